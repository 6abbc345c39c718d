#ifndef KONTOR_FUZZ_BYTE_SOURCE_H_
#define KONTOR_FUZZ_BYTE_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fuzz {

// An input, read as one choice after the other. Behind its end every choice is 0.
class ByteSource {
 public:
  ByteSource(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  uint8_t Byte() {
    if (empty()) return 0;
    --left_;
    return *data_++;
  }
  // One of so many choices; of more than 256 by two bytes.
  size_t Below(size_t choices) {
    size_t choice = Byte();
    if (choices > 256) choice = choice << 8 | Byte();
    return choice % choices;
  }
  // So many bytes, or what is left.
  std::string Bytes(size_t most) {
    const size_t count = std::min(most, left_);
    std::string bytes(reinterpret_cast<const char*>(data_), count);
    data_ += count;
    left_ -= count;
    return bytes;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace fuzz

#endif  // KONTOR_FUZZ_BYTE_SOURCE_H_
