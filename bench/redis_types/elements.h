#ifndef KONTOR_BENCH_REDIS_TYPES_ELEMENTS_H_
#define KONTOR_BENCH_REDIS_TYPES_ELEMENTS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "redis_types/store.h"

namespace bench {

// Ten letters, other ones for every number below 2^50, in no order.
class Text {
 public:
  Text() = default;
  explicit Text(uint64_t number);
  std::string_view view() const { return {letters_.data(), letters_.size()}; }

 private:
  std::array<char, 10> letters_ = {};
};

// The elements of a collection of one type, by number: what adds one (fifty to a HyperLogLog), what
// looks it up. A command is borrowed until the next one.
class Elements {
 public:
  // As names() has them; ends the program for any other.
  explicit Elements(std::string_view type);
  static std::span<const std::string_view> names();

  Command Insert(std::string_view key, uint64_t number);
  // Of a list it is an element near one of the ends: no list finds its middle at once.
  Command Find(std::string_view key, uint64_t number);

 private:
  enum class Type { kHash, kIntegerSet, kTextSet, kList, kSortedSet, kStream, kHyperLogLog };
  template <typename... Arguments>
  Command Make(Arguments... arguments);
  Command MakeFifty(std::string_view key, uint64_t number);
  std::string_view Print(int64_t number, std::string_view suffix = {});

  Type type_ = Type::kHash;
  Text text_, value_;
  std::array<Text, 50> texts_ = {};
  std::array<char, 32> digits_ = {};
  std::array<std::string_view, 52> command_ = {};
};

}  // namespace bench

#endif  // KONTOR_BENCH_REDIS_TYPES_ELEMENTS_H_
