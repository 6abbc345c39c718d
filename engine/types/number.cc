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

bool ParseFloat(Bytes text, long double* value) {
  constexpr size_t kLongest = 5119;  // what FormatFloat writes is that long at most: no exponent
  if (text.empty() || text.size() > kLongest) return false;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return false;
  const std::string terminated(text);
  char* end = nullptr;
  errno = 0;
  *value = std::strtold(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size()) return false;
  if (errno == ERANGE && (std::isinf(*value) || *value == 0)) return false;
  return !std::isnan(*value);
}

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

}  // namespace kontor
