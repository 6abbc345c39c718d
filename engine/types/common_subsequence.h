#ifndef KONTOR_TYPES_COMMON_SUBSEQUENCE_H_
#define KONTOR_TYPES_COMMON_SUBSEQUENCE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kontor {

// A longest common subsequence of two strings: the one that Redis' LCS answers where there are
// several.
//
// Row i of the table of lengths is a row of bits: bit j is clear where the first i bytes of `a` and
// the first j + 1 of `b` have one byte more in common than with the first j. A row follows from the
// one above in one addition for 64 columns (H. Hyyro, "Bit-parallel LCS-length computation
// revisited", AWOCA 2004), and the clear bits are all that the way back through the table asks for.
// So a table takes a bit for each pair of bytes, and a byte of `a` at least 8 bytes.
class CommonSubsequence {
 public:
  // Keeps the table; `a` and `b` must outlive this. Throws std::bad_alloc.
  CommonSubsequence(Bytes a, Bytes b);

  // Its length alone, without the table.
  static size_t LengthOf(Bytes a, Bytes b);

  size_t length() const { return length_; }

  // A run of equal bytes, of which the subsequence is made.
  struct Match {
    size_t a = 0;  // where it begins
    size_t b = 0;
    size_t length = 0;
  };
  // As long as they can be, the last one first.
  std::vector<Match> Matches() const;
  std::string text() const;

 private:
  const Bytes a_;
  const Bytes b_;
  const size_t words_;  // of a row
  std::vector<uint64_t> rows_;
  size_t length_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_COMMON_SUBSEQUENCE_H_
