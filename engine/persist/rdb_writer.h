#ifndef KONTOR_PERSIST_RDB_WRITER_H_
#define KONTOR_PERSIST_RDB_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace kontor {

// Appends the parts that RDB files are made of: what RdbReader reads.

// A number of `width` bytes, 1 to 8, the lowest or the highest first.
void AppendLittleEndian(uint64_t number, size_t width, std::string* out);
void AppendBigEndian(uint64_t number, size_t width, std::string* out);
void AppendRdbLength(uint64_t length, std::string* out);
// As an integer, compressed, or as it is, whichever is shorter.
void AppendRdbString(Bytes text, std::string* out);

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_WRITER_H_
