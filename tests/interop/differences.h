#ifndef KONTOR_TESTS_INTEROP_DIFFERENCES_H_
#define KONTOR_TESTS_INTEROP_DIFFERENCES_H_

#include <string>
#include <string_view>
#include <vector>

namespace interop {

// Where Kontor answers otherwise than Redis 7.0 on purpose: the whole list, with reasons.
struct Difference {
  std::string_view command;  // the first word, or empty for all
  std::string_view redis;    // what the printed replies contain
  std::string_view kontor;
  std::string_view why;
};

inline constexpr Difference kDifferences[] = {
    {"", "timeout is negative", "timeout is out of range",
     "a timeout that no clock can hold is called what it is"},
    {"HELLO", "\"7.0.15\"", "\"7.2.0\"", "what is there is that of 7.2"},
    {"ZRANK", "wrong number of arguments", "syntax error", "WITHSCORE came with 7.2"},
    {"ZREVRANK", "wrong number of arguments", "syntax error", "WITHSCORE came with 7.2"},
    {"XADD", "Elements are too large to be stored", "equal or smaller than the target",
     "Redis 7.0 does not set what it reads, after the last sequence of a millisecond"},
    {"XREAD", "Unbalanced XREAD list", "Unbalanced 'xread' list", "the words of 7.2"},
    {"XREADGROUP", "Unbalanced XREAD list", "Unbalanced 'xreadgroup' list", "the words of 7.2"},
    {"SORT", "scores can't be converted into double", "[",
     "Redis looks at the errno that an earlier command left"},
    {"SORT", "\\x00", "\\x00", "Redis compares by ALPHA no further than the first zero byte"},
    {"SORT_RO", "\\x00", "\\x00", "Redis compares by ALPHA no further than the first zero byte"},
    {"SORT_RO", "scores can't be converted into double", "[",
     "Redis looks at the errno that an earlier command left"},
};

inline bool IsDeliberate(const std::vector<std::string>& command, std::string_view redis,
                         std::string_view kontor) {
  for (const Difference& difference : kDifferences) {
    if ((difference.command.empty() || difference.command == command[0]) &&
        redis.find(difference.redis) != redis.npos &&
        kontor.find(difference.kontor) != kontor.npos) {
      return true;
    }
  }
  return false;
}

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_DIFFERENCES_H_
