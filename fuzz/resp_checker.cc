#include "resp_checker.h"

#include <algorithm>
#include <charconv>

#include "database.h"

namespace fuzz {
namespace {

constexpr size_t kDeepest = 16;

bool ParseInteger(std::string_view text, int64_t* integer) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *integer);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() &&
         std::to_string(*integer) == text;
}

}  // namespace

void RespChecker::Check(bool is_right, const char* what) const {
  if (is_right) return;
  const size_t begin = at_ < 200 ? 0 : at_ - 200;
  Fail(std::string(what) + " at the end of: " + buffer_.substr(begin, at_ - begin + 200));
}

int64_t RespChecker::LengthIn(std::string_view text, bool may_be_null) const {
  int64_t length = 0;
  Check(ParseInteger(text, &length), "no length");
  Check(length >= (may_be_null ? -1 : 0), "a length below 0");
  return length;
}

void RespChecker::Feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
  while (at_ < buffer_.size() && ReadElement()) {
  }
}

void RespChecker::Begin(uint64_t elements) {
  if (elements == 0) return End();
  Check(left_.size() < kDeepest, "too deep");
  left_.push_back(elements);
}

void RespChecker::End() {
  while (!left_.empty()) {
    if (--left_.back() > 0) return;
    left_.pop_back();
  }
  ++replies_;
}

bool RespChecker::ReadBulk(size_t line_end, int64_t length, bool is_verbatim) {
  if (length >= 0) {
    const auto size = static_cast<size_t>(length);
    if (buffer_.size() - line_end < size + 2) return false;
    Check(buffer_.compare(line_end + size, 2, "\r\n") == 0, "a string without its end");
    Check(!is_verbatim || (size >= 4 && buffer_[line_end + 3] == ':'), "no verbatim string");
    line_end += size + 2;
  }
  at_ = line_end;
  End();
  return true;
}

bool RespChecker::ReadElement() {
  const size_t end = buffer_.find('\n', at_);
  if (end == std::string::npos) return false;
  Check(end > at_ + 1 && buffer_[end - 1] == '\r', "a line without its end");
  const char type = buffer_[at_];
  const std::string_view line(buffer_.data() + at_ + 1, end - at_ - 2);
  Check(line.find('\r') == std::string_view::npos, "a line in a line");
  constexpr std::string_view kResp3 = "_#,(!=%~>";
  if (kResp3.find(type) != std::string_view::npos) saw_resp3_ = true;
  int64_t integer = 0;
  switch (type) {
    case '$':
      return ReadBulk(end + 1, LengthIn(line, /*may_be_null=*/true), false);
    case '!':
    case '=':
      return ReadBulk(end + 1, LengthIn(line, /*may_be_null=*/false), type == '=');
    case '*':
    case '%':
    case '~':
    case '>': {
      const int64_t length = LengthIn(line, /*may_be_null=*/type == '*');
      at_ = end + 1;
      Begin(static_cast<uint64_t>(std::max<int64_t>(length, 0)) * (type == '%' ? 2 : 1));
      return true;
    }
    case ':':
      Check(ParseInteger(line, &integer), "no integer");
      break;
    case '_':
      Check(line.empty(), "no null");
      break;
    case '#':
      Check(line == "t" || line == "f", "no boolean");
      break;
    case '+':
    case '-':
    case ',':
    case '(':
      Check(!line.empty(), "nothing");
      break;
    default:
      Check(false, "no type");
  }
  at_ = end + 1;
  End();
  return true;
}

}  // namespace fuzz
