#ifndef KONTOR_OS_SYSTEM_ERROR_H_
#define KONTOR_OS_SYSTEM_ERROR_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace kontor {

// Turns the `error` (an errno value) of a failed `operation` ("write", "open for writing") on
// `path` into a Status whose text says what to do about it. `writing` tells a permission that
// forbids writing (kReadOnly) from one that forbids reading (kIo).
Status SystemError(std::string_view operation, std::string_view path, int error, bool writing);

}  // namespace kontor

#endif  // KONTOR_OS_SYSTEM_ERROR_H_
