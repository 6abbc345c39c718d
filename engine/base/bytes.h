#ifndef KONTOR_BASE_BYTES_H_
#define KONTOR_BASE_BYTES_H_

#include <string_view>

namespace kontor {

// A borrowed run of bytes. Keys, values, names and bodies are bytes: never NUL-terminated, never
// assumed to be text.
using Bytes = std::string_view;

}  // namespace kontor

#endif  // KONTOR_BASE_BYTES_H_
