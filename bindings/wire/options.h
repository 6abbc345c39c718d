// What a listener is told before it begins.
#ifndef KONTOR_WIRE_OPTIONS_H_
#define KONTOR_WIRE_OPTIONS_H_

#include <kontor/wire.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kontor::wire {

class Options {
 public:
  struct Bounds {
    const char* name;
    int64_t minimum;
    int64_t maximum;
    int64_t default_value;
  };
  // Throws a Failure for an unknown option.
  static const Bounds& BoundsOf(uint32_t option);

  Options();
  // These throw a Failure that says what is wrong.
  void SetNumber(uint32_t option, int64_t value);
  void SetText(uint32_t option, std::string_view text);

  // By KONTOR_WIRE_...; the option exists.
  int64_t number(uint32_t option) const { return numbers_.at(option); }
  const std::string& text(uint32_t option) const { return texts_.at(option); }

 private:
  std::array<int64_t, KONTOR_WIRE_DEBUG + 1> numbers_;
  std::array<std::string, KONTOR_WIRE_PASSWORD + 1> texts_;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_OPTIONS_H_
