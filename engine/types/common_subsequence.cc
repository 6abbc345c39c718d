#include "types/common_subsequence.h"

#include <algorithm>
#include <bit>

namespace kontor {
namespace {

constexpr size_t kColumns = 64;  // in a word

size_t WordsFor(size_t columns) { return (columns + kColumns - 1) / kColumns; }

// Where each byte of `a` occurs in `b`.
class Occurrences {
 public:
  Occurrences(Bytes a, Bytes b) : words_(WordsFor(b.size())) {
    size_t distinct = 0;
    for (const char byte : a) {
      size_t& place = place_[static_cast<uint8_t>(byte)];
      if (place == kNone) place = distinct++;
    }
    masks_.resize(distinct * words_);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t place = place_[static_cast<uint8_t>(b[j])];
      if (place == kNone) continue;
      masks_[place * words_ + j / kColumns] |= uint64_t{1} << j % kColumns;
    }
  }

  const uint64_t* Of(char byte) const {
    return masks_.data() + place_[static_cast<uint8_t>(byte)] * words_;
  }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  const size_t words_;
  std::array<size_t, 256> place_ = [] {
    std::array<size_t, 256> places;
    places.fill(kNone);
    return places;
  }();
  std::vector<uint64_t> masks_;
};

// The row below `above`, which may be the same memory.
void MakeRow(const uint64_t* above, const uint64_t* occurs, size_t words, uint64_t* row) {
  bool carry = false;
  for (size_t i = 0; i < words; ++i) {
    const uint64_t both = above[i] & occurs[i];
    const uint64_t kept = above[i] & ~occurs[i];
    uint64_t sum = 0;
    const bool overflows = __builtin_add_overflow(above[i], both, &sum);
    const bool overflows_by_carry = __builtin_add_overflow(sum, uint64_t{carry}, &sum);
    carry = overflows || overflows_by_carry;
    row[i] = sum | kept;
  }
}

// Columns behind the last one stay set, because no byte occurs there.
size_t ClearBits(const uint64_t* row, size_t words) {
  size_t clear = 0;
  for (size_t i = 0; i < words; ++i) clear += static_cast<size_t>(std::popcount(~row[i]));
  return clear;
}

}  // namespace

size_t CommonSubsequence::LengthOf(Bytes a, Bytes b) {
  const Occurrences occurrences(a, b);
  std::vector<uint64_t> row(WordsFor(b.size()), ~uint64_t{0});
  for (const char byte : a) MakeRow(row.data(), occurrences.Of(byte), row.size(), row.data());
  return ClearBits(row.data(), row.size());
}

CommonSubsequence::CommonSubsequence(Bytes a, Bytes b)
    : a_(a), b_(b), words_(WordsFor(b.size())), rows_((a.size() + 1) * words_, ~uint64_t{0}) {
  const Occurrences occurrences(a, b);
  uint64_t* row = rows_.data();
  for (const char byte : a) {
    MakeRow(row, occurrences.Of(byte), words_, row + words_);
    row += words_;
  }
  length_ = ClearBits(row, words_);
}

std::vector<CommonSubsequence::Match> CommonSubsequence::Matches() const {
  std::vector<Match> matches;
  bool extends = false;
  size_t i = a_.size();
  size_t j = b_.size();
  while (i > 0 && j > 0) {
    if (a_[i - 1] == b_[j - 1]) {
      --i;
      --j;
      if (!extends) matches.push_back({i + 1, j + 1, 0});
      extends = true;
      matches.back() = {i, j, matches.back().length + 1};
      continue;
    }
    extends = false;
    // Up, if more is in common there than to the left.
    const uint64_t word = rows_[i * words_ + (j - 1) / kColumns];
    const bool clear = (word >> (j - 1) % kColumns & 1) == 0;
    clear ? --i : --j;
  }
  return matches;
}

std::string CommonSubsequence::text() const {
  std::string text;
  text.reserve(length_);
  const std::vector<Match> matches = Matches();
  std::for_each(matches.rbegin(), matches.rend(),
                [&](const Match& match) { text.append(a_.substr(match.a, match.length)); });
  return text;
}

}  // namespace kontor
