#ifndef KONTOR_VERBS_CHECK_LIMITS_H_
#define KONTOR_VERBS_CHECK_LIMITS_H_

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "txn/operation.h"

namespace kontor::verbs {

// The limits of base/limits.h, as the verbs that change something check them at the door.
// kTooLarge.

inline Status CheckKey(Bytes key) {
  if (key.size() <= limits::kKeyBytes) return Ok();
  return Status(Code::kTooLarge, "key exceeds maximum allowed size (512 MiB)");
}

inline Status ValueTooLarge() {
  return Status(Code::kTooLarge, "string exceeds maximum allowed size (proto-max-bulk-len)");
}

// Values, fields and elements.
inline Status CheckValue(Bytes value) {
  return value.size() <= limits::kValueBytes ? Ok() : ValueTooLarge();
}

// What is written at `offset` of a string that ends before it takes the zeros in between, too.
// kNoMemory.
inline Status CheckGap(const Operation& operation, size_t size, uint64_t offset) {
  return offset <= size ? Ok() : operation.CheckGrowth(offset - size);
}

// `size` elements are there and `added` come.
inline Status CheckElements(size_t size, size_t added) {
  if (added <= limits::kElementsPerCollection - size) return Ok();
  return Status(Code::kTooLarge, "collection exceeds maximum number of elements (2^32 - 1)");
}

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_CHECK_LIMITS_H_
