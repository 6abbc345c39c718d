#include "types/number.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace kontor {

bool ParseInteger(Bytes text, int64_t* value) {
  if (text.empty() || text.size() > 20) return false;
  const Bytes digits = text[0] == '-' ? text.substr(1) : text;
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
  if (digits[0] == '0' && text.size() != 1) return false;  // "007", "-0"
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end;
}

bool ParseUnsigned(Bytes text, uint64_t* value) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end;
}

namespace {

// `parse` is strtod or strtold.
template <typename Number, typename Parse>
bool ParseNumber(Bytes text, Parse parse, Number* value) {
  constexpr size_t kLongest = 5119;  // what FormatFloat writes is that long at most: no exponent
  if (text.empty() || text.size() > kLongest) return false;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return false;
  const std::string terminated(text);
  char* end = nullptr;
  errno = 0;
  *value = parse(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size()) return false;
  if (errno == ERANGE && (std::isinf(*value) || *value == 0)) return false;
  return !std::isnan(*value);
}

}  // namespace

bool ParseFloat(Bytes text, long double* value) { return ParseNumber(text, std::strtold, value); }

bool ParseDouble(Bytes text, double* value) { return ParseNumber(text, std::strtod, value); }

std::string FormatInteger(int64_t value) {
  char buffer[24];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, result.ptr);
}

std::string FormatFloat(long double value) {
  // The largest long double has 4933 digits before the point; 17 follow it.
  char buffer[4960];
  const int length = std::snprintf(buffer, sizeof(buffer), "%.17Lf", value);
  std::string text(buffer, static_cast<size_t>(length));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  constexpr double kIntegers = 0x1p62;
  const bool negative_zero = value == 0 && std::signbit(value);
  if (std::abs(value) < kIntegers && value == std::trunc(value) && !negative_zero) {
    return FormatInteger(static_cast<int64_t>(value));
  }
  if (value == 0) return "-0";
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof(buffer) - 1, std::abs(value),
                                     std::chars_format::scientific);
  *written.ptr = '\0';
  // "d.ddde-dd": the digits, and the power of ten of the last one.
  const Bytes scientific(buffer, static_cast<size_t>(written.ptr - buffer));
  const size_t e = scientific.find('e');
  std::string digits(scientific.substr(0, e));
  if (digits.size() > 1) digits.erase(1, 1);
  const int first_power = std::atoi(buffer + e + 1);
  const auto count = static_cast<int>(digits.size());
  const int last_power = first_power - (count - 1);
  const std::string sign = value < 0 ? "-" : "";
  if (last_power >= 0 && first_power < count + 7) {
    return sign + digits + std::string(static_cast<size_t>(last_power), '0');
  }
  if (last_power < 0 && (last_power > -7 || std::abs(first_power) < 4)) {
    if (first_power < 0)
      return sign + "0." + std::string(static_cast<size_t>(-first_power - 1), '0') + digits;
    return sign + digits.substr(0, static_cast<size_t>(first_power) + 1) + "." +
           digits.substr(static_cast<size_t>(first_power) + 1);
  }
  if (count > 1) digits.insert(1, ".");
  return sign + digits + "e" + (first_power < 0 ? "" : "+") + std::to_string(first_power);
}

}  // namespace kontor
