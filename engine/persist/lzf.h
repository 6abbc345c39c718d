#ifndef KONTOR_PERSIST_LZF_H_
#define KONTOR_PERSIST_LZF_H_

#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kontor {

// The compression of strings in RDB files: the format of LZF (M. Lehmann, liblzf, 2000). It is a
// row of literals and of copies of what came before:
//   000lllll  l + 1 literal bytes follow
//   lllooooo oooooooo           copies l + 2 bytes from o + 1 bytes before, l from 1 to 6
//   111ooooo llllllll oooooooo  copies l + 9 bytes

// What one byte becomes at most.
inline constexpr size_t kLzfMostExpansion = 264 / 3;

// None if it would not become smaller.
std::optional<std::string> LzfCompress(Bytes text);
// None if these bytes are not what became of a text of this size, which the caller has bounded.
std::optional<std::string> LzfDecompress(Bytes compressed, size_t size);

}  // namespace kontor

#endif  // KONTOR_PERSIST_LZF_H_
