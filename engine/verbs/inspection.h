#ifndef KONTOR_VERBS_INSPECTION_H_
#define KONTOR_VERBS_INSPECTION_H_

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "txn/operation.h"

namespace kontor::verbs {

// What OBJECT tells about a value. Looking at a key in this way is no use of it.

// How Redis 7.2 with its default settings holds such a value: "int", "listpack"... None if there is
// no such key. Where a limit of ours differs from that of Redis, that of Redis counts, and a
// collection that has become small again is called what it is now.
std::optional<Bytes> KeyEncoding(Operation& operation, Bytes key);
// How often it was used lately, on a scale of logarithms from 0 to 255 as that of Redis is: 5 for
// one use, some 12 more each time the uses double. Says something only while uses are counted,
// under a policy ByUse (keyspace/eviction.h).
std::optional<int64_t> KeyFrequency(Operation& operation, Bytes key);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_INSPECTION_H_
