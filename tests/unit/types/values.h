#ifndef KONTOR_TESTS_UNIT_TYPES_VALUES_H_
#define KONTOR_TESTS_UNIT_TYPES_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace kontor {

// Around every border of the packed encoding: forms, lengths and sizes of integers; and texts that
// look like integers and are none.
inline std::vector<std::string> BorderValues() {
  std::vector<std::string> values = {"007",
                                     "-0",
                                     "+1",
                                     " 1",
                                     "1 ",
                                     "-",
                                     "1e3",
                                     "0x1",
                                     "",
                                     "9223372036854775808",
                                     "-9223372036854775809",
                                     "00000000000000000000",
                                     std::string(1, '\0'),
                                     "\xff"};
  for (const int64_t integer : {int64_t{0}, int64_t{1}, int64_t{112}, int64_t{113}, INT64_MAX,
                                INT64_MIN, int64_t{-1}, int64_t{-113}}) {
    values.push_back(std::to_string(integer));
  }
  for (int bits = 7; bits < 63; bits += 8) {
    const int64_t border = int64_t{1} << bits;
    for (const int64_t integer : {border - 1, border, -border, -border - 1}) {
      values.push_back(std::to_string(integer));
    }
  }
  for (const size_t length : {1u, 63u, 64u, 65u, 125u, 126u, 127u, 128u, 255u, 256u, 8180u, 8192u,
                              65535u, 65536u, 1u << 20u}) {
    values.push_back(std::string(length, 'x'));
  }
  return values;
}

// Short ones mostly, integers among them.
inline std::string RandomValue(Random* random) {
  switch (random->Below(12)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random->Next()));
    case 1:
      return "0" + std::to_string(random->Below(100));
    case 2:
      return std::string(random->Below(300), static_cast<char>(random->Below(256)));
    case 3:
      return random->OneIn(20) ? std::string(random->Below(20000), 'l') : "";
    case 4:
    case 5:
      return "word" + std::to_string(random->Below(30));
    default:
      return std::to_string(static_cast<int64_t>(random->Below(400)) - 100);
  }
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_TYPES_VALUES_H_
