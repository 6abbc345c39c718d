#ifndef KONTOR_BROKER_BODY_COMPRESSION_H_
#define KONTOR_BROKER_BODY_COMPRESSION_H_

#include <string>

#include "base/bytes.h"
#include "base/shared_bytes.h"
#include "base/status.h"

namespace kontor {

// Bodies of messages as zstd frames (RFC 8878). All throw std::bad_alloc.

// Empty where the frame would be no smaller.
std::string CompressBody(Bytes body);
// kCorrupt for what is no frame, or claims to hold more than a body may.
Result<SharedBytes> DecompressBody(Bytes frame);

}  // namespace kontor

#endif  // KONTOR_BROKER_BODY_COMPRESSION_H_
