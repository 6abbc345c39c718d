#ifndef KONTOR_PERSIST_RDB_VALUE_H_
#define KONTOR_PERSIST_RDB_VALUE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/status.h"
#include "keyspace/record.h"
#include "persist/rdb_reader.h"
#include "types/hash.h"
#include "types/list.h"
#include "types/set.h"
#include "types/sorted_set.h"
#include "types/stream.h"

namespace kontor {

// Values as Redis writes them into its files, and into what DUMP answers.

// A string, or a collection that is not empty, unless it is a stream. Another type needs a case of
// its own here and in the two functions below.
using RdbValue =
    std::variant<std::string, std::unique_ptr<List>, std::unique_ptr<Set>,
                 std::unique_ptr<SortedSet>, std::unique_ptr<Hash>, std::unique_ptr<Stream>>;

// Reads a value that is written in this form (rdb::Form); none if it is malformed, empty, or of a
// form that is unknown here. What it allocates is at most some hundred times as large as the input,
// which is what compression makes of it.
std::optional<RdbValue> ReadRdbValue(uint8_t form, RdbReader* reader);

// Appends the form and the value of a record, each element as a string of its own: every version of
// Redis reads that, and packs again what is small. A stream is packed, since none reads another
// form of it.
void AppendRdbValue(const Record& record, std::string* out);

// What DUMP answers: the form, the value, the version and a checksum.
std::string DumpOf(const Record& record);
// kInvalid, worded as Redis does.
Result<RdbValue> ReadDump(Bytes dump);

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_VALUE_H_
