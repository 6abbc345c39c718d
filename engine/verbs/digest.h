#ifndef KONTOR_VERBS_DIGEST_H_
#define KONTOR_VERBS_DIGEST_H_

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "keyspace/record.h"
#include "txn/operation.h"

namespace kontor::verbs {

// A fingerprint of data: equal for equal data, and different for different data but for a chance
// that nobody meets unless he looks for it, since XXH3 is no cryptographic hash. At first all zero:
// nothing.
class Digest {
 public:
  // What comes after all that was appended before, which it depends on.
  void Append(Bytes part);
  // A part in no order: what was added before or after does not matter.
  void Add(const Digest& part);

  // 40 digits.
  std::string Hex() const;
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::array<uint64_t, 3> words_{};  // of the last one, the lower half counts
};

// Of a value, however it is held: neither its key nor the deadline of that. Fields whose deadlines
// have passed are no part of it.
Digest ValueDigest(const Record& record, int64_t now_unix_ms);
// Of all keys of all databases, their deadlines and their values, but for what has expired; queues
// are no part of it. Needs all shards.
Digest DataDigest(Operation& operation);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_DIGEST_H_
