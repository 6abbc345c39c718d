#include "resp_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace kontor::shell {
namespace {

constexpr size_t kDepth = 128;
constexpr int64_t kMostItems = int64_t{1} << 32;
constexpr int64_t kLongestBulk = int64_t{1} << 40;
constexpr size_t kLongestLine = size_t{1} << 30;  // MONITOR puts whole arguments into one

std::optional<int64_t> ParseInteger(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<ReplyKind> KindOfLine(char type) {
  switch (type) {
    case '+':
      return ReplyKind::kStatus;
    case '-':
      return ReplyKind::kError;
    case ',':
      return ReplyKind::kDouble;
    case '(':
      return ReplyKind::kBigNumber;
    default:
      return std::nullopt;
  }
}

ReplyKind KindOfItems(char type) {
  if (type == '%' || type == '|') return ReplyKind::kMap;
  if (type == '~') return ReplyKind::kSet;
  return type == '>' ? ReplyKind::kPush : ReplyKind::kArray;
}

}  // namespace

RespRead RespReader::Next(Reply* reply) {
  for (;;) {
    Reply value;
    switch (ReadValue(&value)) {
      case Step::kMore:
        return RespRead::kMore;
      case Step::kBroken:
        return RespRead::kBroken;
      case Step::kOpened:
        continue;
      case Step::kValue:
        break;
    }
    if (!Close(&value)) continue;
    *reply = std::move(value);
    return RespRead::kReply;
  }
}

RespReader::Step RespReader::ReadValue(Reply* value) {
  const std::optional<std::string_view> whole = Line();
  if (!whole.has_value()) {
    return buffer_.size() - begin_ > kLongestLine ? Step::kBroken : Step::kMore;
  }
  if (whole->empty()) return Step::kBroken;
  const char type = whole->front();
  const std::string_view line = whole->substr(1);
  const size_t line_bytes = whole->size() + 2;
  if (type == '$' || type == '=' || type == '!') return ReadBulk(type, line, line_bytes, value);
  if (std::string_view("*%~>|").find(type) != std::string_view::npos) {
    return OpenItems(type, line, line_bytes, value);
  }
  if (const std::optional<ReplyKind> kind = KindOfLine(type)) {
    value->kind = *kind;
    value->text = line;
  } else if (type == ':') {
    const std::optional<int64_t> integer = ParseInteger(line);
    if (!integer.has_value()) return Step::kBroken;
    *value = Reply::Integer(*integer);
  } else if (type == '#' && (line == "t" || line == "f")) {
    value->kind = ReplyKind::kBoolean;
    value->integer = line == "t" ? 1 : 0;
  } else if (type != '_' || !line.empty()) {
    return Step::kBroken;
  }
  Consume(line_bytes);
  return Step::kValue;
}

RespReader::Step RespReader::ReadBulk(char type, std::string_view line, size_t line_bytes,
                                      Reply* value) {
  const std::optional<int64_t> length = ParseInteger(line);
  if (!length.has_value() || *length < -1 || *length > kLongestBulk) return Step::kBroken;
  if (*length == -1) {
    Consume(line_bytes);
    return Step::kValue;
  }
  const size_t bytes = static_cast<size_t>(*length);
  if (buffer_.size() - begin_ < line_bytes + bytes + 2) return Step::kMore;
  std::string_view text = std::string_view(buffer_).substr(begin_ + line_bytes, bytes + 2);
  if (text.substr(bytes) != "\r\n") return Step::kBroken;
  text.remove_suffix(2);
  value->kind = type == '$'   ? ReplyKind::kString
                : type == '=' ? ReplyKind::kVerbatim
                              : ReplyKind::kError;
  // "txt:" or "mkd:" is no part of what a verbatim string says.
  if (type == '=') text.remove_prefix(std::min<size_t>(4, text.size()));
  value->text = text;
  Consume(line_bytes + bytes + 2);
  return Step::kValue;
}

RespReader::Step RespReader::OpenItems(char type, std::string_view line, size_t line_bytes,
                                       Reply* value) {
  const std::optional<int64_t> count = ParseInteger(line);
  if (!count.has_value() || *count < -1 || *count > kMostItems) return Step::kBroken;
  Consume(line_bytes);
  if (*count == -1) return Step::kValue;
  const bool is_attribute = type == '|';
  value->kind = KindOfItems(type);
  if (*count == 0) return is_attribute ? Step::kOpened : Step::kValue;
  if (open_.size() == kDepth) return Step::kBroken;
  const uint64_t items = static_cast<uint64_t>(*count) * (value->kind == ReplyKind::kMap ? 2 : 1);
  open_.push_back({std::move(*value), items, is_attribute});
  return Step::kOpened;
}

bool RespReader::Close(Reply* value) {
  while (!open_.empty()) {
    OpenAggregate& parent = open_.back();
    parent.reply.items.push_back(std::move(*value));
    if (--parent.missing > 0) return false;
    const bool is_attribute = parent.is_attribute;
    *value = std::move(parent.reply);
    open_.pop_back();
    if (is_attribute) return false;  // what it is about comes now
  }
  return true;
}

std::optional<std::string_view> RespReader::Line() {
  const size_t end = buffer_.find("\r\n", std::max(searched_, begin_));
  if (end == std::string::npos) {
    searched_ = std::max(begin_, buffer_.size() - std::min<size_t>(1, buffer_.size()));
    return std::nullopt;
  }
  return std::string_view(buffer_).substr(begin_, end - begin_);
}

void RespReader::Consume(size_t bytes) {
  begin_ += bytes;
  if (begin_ < buffer_.size() / 2) return;  // so that each byte is moved once or so
  buffer_.erase(0, begin_);
  begin_ = 0;
  searched_ = 0;
}

}  // namespace kontor::shell
