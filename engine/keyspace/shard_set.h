#ifndef KONTOR_KEYSPACE_SHARD_SET_H_
#define KONTOR_KEYSPACE_SHARD_SET_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace kontor {

// Some of the shards of a keyspace, by index.
class ShardSet {
 public:
  ShardSet() = default;
  static ShardSet Of(uint32_t index) { return ShardSet().set(index); }
  // Those below `count`.
  static ShardSet First(uint32_t count) {
    ShardSet all;
    for (uint32_t index = 0; index < count; ++index) all.set(index);
    return all;
  }

  ShardSet& set(uint32_t index) {
    words_[index / 64] |= uint64_t{1} << (index % 64);
    return *this;
  }
  bool operator[](uint32_t index) const { return (words_[index / 64] >> (index % 64) & 1) != 0; }
  ShardSet& operator|=(const ShardSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  // 0 if there are none.
  uint32_t first() const {
    for (uint32_t word = 0; word < words_.size(); ++word) {
      if (words_[word] != 0) {
        return word * 64 + static_cast<uint32_t>(std::countr_zero(words_[word]));
      }
    }
    return 0;
  }
  bool operator==(const ShardSet& other) const = default;

  // In ascending order: void(uint32_t index).
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (uint32_t word = 0; word < words_.size(); ++word) {
      for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        visit(word * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  std::array<uint64_t, limits::kShards / 64> words_ = {};
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SHARD_SET_H_
