#ifndef KONTOR_PERSIST_CRC64_H_
#define KONTOR_PERSIST_CRC64_H_

#include <cstdint>

#include "base/bytes.h"

namespace kontor {

// The checksum of RDB files: the CRC of 64 bits with the polynomial of D. Jones ("An Improved
// 64-bit Cyclic Redundancy Check for Protein Sequences", 2009), reflected, beginning with 0. Goes
// on from `crc`, which is that of the bytes before.
uint64_t Crc64(Bytes bytes, uint64_t crc = 0);

}  // namespace kontor

#endif  // KONTOR_PERSIST_CRC64_H_
