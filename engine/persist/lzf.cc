#include "persist/lzf.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace kontor {
namespace {

constexpr size_t kLongestLiteral = 32;
constexpr size_t kShortestCopy = 3;
constexpr size_t kLongestCopy = 264;
constexpr size_t kFarthest = 8192;
constexpr uint8_t kLongCopy = 7;  // the length that says that a byte more follows

class Compressor {
 public:
  explicit Compressor(Bytes text)
      : text_(text), recent_(std::bit_ceil(std::clamp<size_t>(text.size(), 64, 16384))) {}

  std::string Compress() && {
    size_t at = 0;
    while (at + kShortestCopy <= text_.size()) {
      const size_t before = Exchange(at);
      const size_t length = before == kNowhere ? 0 : MatchLength(before, at);
      if (length < kShortestCopy) {
        ++at;
        continue;
      }
      PutLiterals(at);
      PutCopy(at - before, length);
      for (size_t next = at + 1; next < at + length; ++next) {
        if (next + kShortestCopy <= text_.size()) Exchange(next);
      }
      at += length;
      literals_ = at;
    }
    PutLiterals(text_.size());
    return std::move(out_);
  }

 private:
  static constexpr size_t kNowhere = SIZE_MAX;

  // Where three bytes with the same hash were seen last, if that is not too far; it is `at` now.
  size_t Exchange(size_t at) {
    const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(text_[at + i])}; };
    const uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    // Multiplicative hashing (D. Knuth, The Art of Computer Programming, volume 3, section 6.4).
    const uint32_t hash = three * 2654435769U;
    uint32_t& slot = recent_[hash >> 16 & (recent_.size() - 1)];
    const size_t before = slot;
    slot = static_cast<uint32_t>(at + 1);
    return before == 0 || at - (before - 1) > kFarthest ? kNowhere : before - 1;
  }

  size_t MatchLength(size_t before, size_t at) const {
    const size_t most = std::min(kLongestCopy, text_.size() - at);
    size_t length = 0;
    while (length < most && text_[before + length] == text_[at + length]) ++length;
    return length;
  }

  void Put(size_t byte) { out_.push_back(static_cast<char>(byte)); }

  // Those from `literals_` to `end`.
  void PutLiterals(size_t end) {
    while (literals_ < end) {
      const size_t count = std::min(kLongestLiteral, end - literals_);
      Put(count - 1);
      out_.append(text_.substr(literals_, count));
      literals_ += count;
    }
  }

  void PutCopy(size_t distance, size_t length) {
    const size_t offset = distance - 1;
    const size_t more = length - 2;
    if (more < kLongCopy) {
      Put(more << 5 | offset >> 8);
    } else {
      Put(size_t{kLongCopy} << 5 | offset >> 8);
      Put(more - kLongCopy);
    }
    Put(offset & 0xff);
  }

  const Bytes text_;
  std::vector<uint32_t> recent_;  // places by hash, plus 1
  std::string out_;
  size_t literals_ = 0;  // from here on nothing is written yet
};

}  // namespace

std::optional<std::string> LzfCompress(Bytes text) {
  if (text.size() > UINT32_MAX - 1) return std::nullopt;
  std::string compressed = Compressor(text).Compress();
  if (compressed.size() >= text.size()) return std::nullopt;
  return compressed;
}

std::optional<std::string> LzfDecompress(Bytes compressed, size_t size) {
  std::string text;
  text.reserve(size);
  size_t at = 0;
  const auto next = [&] { return size_t{static_cast<uint8_t>(compressed[at++])}; };
  while (at < compressed.size()) {
    const size_t control = next();
    if (control < kLongestLiteral) {
      const size_t count = control + 1;
      if (compressed.size() - at < count || size - text.size() < count) return std::nullopt;
      text.append(compressed.substr(at, count));
      at += count;
      continue;
    }
    size_t length = (control >> 5) + 2;
    const bool is_long = length == kLongCopy + 2;
    if (compressed.size() - at < (is_long ? 2U : 1U)) return std::nullopt;
    if (is_long) length += next();
    const size_t distance = ((control & 0x1f) << 8 | next()) + 1;
    if (distance > text.size() || size - text.size() < length) return std::nullopt;
    // It may overlap itself: byte by byte.
    for (size_t i = 0; i < length; ++i) text.push_back(text[text.size() - distance]);
  }
  if (text.size() != size) return std::nullopt;
  return text;
}

}  // namespace kontor
