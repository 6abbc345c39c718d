#ifndef KONTOR_BROKER_NAMING_H_
#define KONTOR_BROKER_NAMING_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/bytes.h"

namespace kontor {

// Bytes as Abseil's containers and functions take them: where Abseil was built for C++14 its
// string_view is its own.
inline absl::string_view AbslView(Bytes bytes) {
  return absl::string_view(bytes.data(), bytes.size());
}

// A name for an error message: in quotes, escaped where it is not printable.
inline std::string Quoted(Bytes name) {
  return absl::StrCat("'", absl::Utf8SafeCHexEscape(AbslView(name)), "'");
}

}  // namespace kontor

#endif  // KONTOR_BROKER_NAMING_H_
