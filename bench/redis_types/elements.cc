#include "redis_types/elements.h"

#include <algorithm>
#include <charconv>

#include "workload.h"

namespace bench {
namespace {

// In the order of Elements::Type.
constexpr std::array<std::string_view, 7> kNames = {
    "hash", "integer-set", "text-set", "list", "sorted-set", "stream", "hyperloglog"};

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15u;  // what is multiplied by it stays different
constexpr uint64_t kScores = 1'000'000;
constexpr int64_t kFirstEntryMs = 1'700'000'000'000;

}  // namespace

Text::Text(uint64_t number) {
  uint64_t mixed = number * kOdd;
  for (char& letter : letters_) {
    letter = "abcdefghijklmnopqrstuvwxyzABCDEF"[mixed & 31];
    mixed >>= 5;
  }
}

Elements::Elements(std::string_view type) {
  const auto found = std::find(kNames.begin(), kNames.end(), type);
  if (found == kNames.end()) Fail("there is no such type");
  type_ = static_cast<Type>(found - kNames.begin());
}

std::span<const std::string_view> Elements::names() { return kNames; }

template <typename... Arguments>
Command Elements::Make(Arguments... arguments) {
  command_ = {arguments...};
  return Command(command_).first(sizeof...(arguments));
}

Command Elements::MakeFifty(std::string_view key, uint64_t number) {
  command_[0] = "PFADD";
  command_[1] = key;
  for (size_t i = 0; i < texts_.size(); ++i) {
    texts_[i] = Text(number * texts_.size() + i);
    command_[i + 2] = texts_[i].view();
  }
  return command_;
}

std::string_view Elements::Print(int64_t number, std::string_view suffix) {
  char* const end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
  return {digits_.data(), std::copy(suffix.begin(), suffix.end(), end)};
}

Command Elements::Insert(std::string_view key, uint64_t number) {
  text_ = Text(number);
  switch (type_) {
    case Type::kHash:
      value_ = Text(~number);
      return Make("HSET", key, text_.view(), value_.view());
    case Type::kIntegerSet:
      return Make("SADD", key, Print(static_cast<int64_t>(number * kOdd & 0x7fffffff)));
    case Type::kTextSet:
      return Make("SADD", key, text_.view());
    case Type::kList:
      return Make("RPUSH", key, text_.view());
    case Type::kSortedSet:
      return Make("ZADD", key, Print(static_cast<int64_t>(Random(number).Next() % kScores)),
                  text_.view());
    case Type::kStream:
      value_ = Text(~number);
      return Make("XADD", key, Print(kFirstEntryMs + static_cast<int64_t>(number), "-0"),
                  "temperature", text_.view(), "humidity", value_.view());
    case Type::kHyperLogLog:
      return MakeFifty(key, number);
  }
  Fail("there is no such type");
}

Command Elements::Find(std::string_view key, uint64_t number) {
  constexpr uint64_t kNearAnEnd = 1000;
  text_ = Text(number);
  switch (type_) {
    case Type::kHash:
      return Make("HGET", key, text_.view());
    case Type::kIntegerSet:
      return Make("SISMEMBER", key, Print(static_cast<int64_t>(number * kOdd & 0x7fffffff)));
    case Type::kTextSet:
      return Make("SISMEMBER", key, text_.view());
    case Type::kList: {
      const auto place = static_cast<int64_t>(number / 2 % kNearAnEnd);
      return Make("LINDEX", key, Print((number & 1) != 0 ? place : -1 - place));
    }
    case Type::kSortedSet:
      return Make((number & 1) != 0 ? "ZRANK" : "ZSCORE", key, text_.view());
    case Type::kStream: {
      const std::string_view id = Print(kFirstEntryMs + static_cast<int64_t>(number), "-0");
      return Make("XRANGE", key, id, id);
    }
    case Type::kHyperLogLog:
      return Make("PFCOUNT", key);
  }
  Fail("there is no such type");
}

}  // namespace bench
