#include "interop/resp_value.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace interop {
namespace {

constexpr size_t kNoReply = std::string_view::npos;

std::string Quoted(std::string_view bytes) {
  constexpr size_t kLongest = 200;
  std::string quoted = "\"";
  for (const char c : bytes.substr(0, kLongest)) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c >= ' ' && c < 127) {
      quoted += c;
    } else {
      constexpr char kDigits[] = "0123456789abcdef";
      quoted += {'\\', 'x', kDigits[(c >> 4) & 15], kDigits[c & 15]};
    }
  }
  quoted += '"';
  if (bytes.size() > kLongest) quoted += "(" + std::to_string(bytes.size()) + " bytes)";
  return quoted;
}

size_t ReadElements(std::string_view bytes, size_t at, uint64_t count, RespValue* value) {
  for (; count > 0; --count) {
    RespValue& element = value->values.emplace_back();
    const size_t length = ReadResp(bytes.substr(at), &element);
    if (length == 0 || length == kNoReply) return length;
    at += length;
  }
  return at;
}

}  // namespace

size_t ReadResp(std::string_view bytes, RespValue* value) {
  const size_t end = bytes.find("\r\n");
  if (end == kNoReply) return 0;
  *value = {};
  value->type = bytes[0];
  const std::string_view line = bytes.substr(1, end - 1);
  const size_t at = end + 2;
  if (std::string_view("+-:_,#(").find(value->type) != kNoReply) {
    value->text = line;
    value->null = value->type == '_';
    return at;
  }
  int64_t length = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), length);
  if (parsed.ptr != line.data() + line.size() || length < -1) return kNoReply;
  value->null = length < 0;
  if (value->null) return at;
  const auto count = static_cast<uint64_t>(length);
  switch (value->type) {
    case '$':
    case '=':
    case '!':
      if (bytes.size() < at + count + 2) return 0;
      value->text = bytes.substr(at, count);
      return at + count + 2;
    case '*':
    case '~':
    case '>':
      return ReadElements(bytes, at, count, value);
    case '%':
    case '|':
      return ReadElements(bytes, at, 2 * count, value);
    default:
      return kNoReply;
  }
}

std::string Print(const RespValue& value) {
  switch (value.type) {
    case 0:
      return "(nothing)";
    case '$':
      return value.null ? "nil" : Quoted(value.text);
    case '*':
    case '~':
    case '>':
    case '%':
    case '|':
      break;
    default:
      return value.type + value.text;
  }
  if (value.null) return "nil array";
  std::string text = value.type == '*' ? "[" : std::string(1, value.type) + "[";
  constexpr size_t kMost = 40;
  for (size_t i = 0; i < std::min(kMost, value.values.size()); ++i) {
    text += (i > 0 ? " " : "") + Print(value.values[i]);
  }
  if (value.values.size() > kMost) text += " ... " + std::to_string(value.values.size());
  return text + "]";
}

void SortElements(RespValue* value, size_t parts) {
  std::vector<RespValue>& values = value->values;
  if (parts == 0 || values.size() % parts != 0) return;
  std::vector<std::vector<RespValue>> groups;
  for (size_t i = 0; i < values.size(); i += parts) {
    groups.emplace_back(values.begin() + static_cast<ptrdiff_t>(i),
                        values.begin() + static_cast<ptrdiff_t>(i + parts));
  }
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](const RespValue& x, const RespValue& y) {
                                          return Print(x) + x.text < Print(y) + y.text;
                                        });
  });
  values.clear();
  for (auto& group : groups) values.insert(values.end(), group.begin(), group.end());
}

std::string EncodeCommand(const std::vector<std::string>& arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments) {
    bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  }
  return bytes;
}

std::string Print(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    const bool plain =
        !argument.empty() && std::all_of(argument.begin(), argument.end(), [](char c) {
          return c > ' ' && c < 127 && c != '"' && c != '\\' && c != '\'';
        });
    text +=
        (text.empty() ? "" : " ") + (plain && argument.size() < 200 ? argument : Quoted(argument));
  }
  return text;
}

}  // namespace interop
