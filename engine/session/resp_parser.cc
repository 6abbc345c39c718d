#include "session/resp_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/heap_bytes.h"
#include "types/number.h"

namespace kontor {
namespace {

constexpr size_t kCompactBytes = size_t{64} << 10;
constexpr size_t kKeptBytes = size_t{16} << 10;  // an empty buffer keeps no more than this

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads "..." from *at, which is behind the opening quote; false if it is not closed.
bool ReadDoubleQuoted(Bytes line, size_t* at, std::string* out) {
  while (*at < line.size()) {
    const char c = line[*at];
    const Bytes rest = line.substr(*at);
    if (c == '"') {
      ++*at;
      return true;
    }
    if (rest.size() >= 4 && c == '\\' && rest[1] == 'x' && HexDigit(rest[2]) >= 0 &&
        HexDigit(rest[3]) >= 0) {
      out->push_back(static_cast<char>(HexDigit(rest[2]) * 16 + HexDigit(rest[3])));
      *at += 4;
    } else if (rest.size() >= 2 && c == '\\') {
      out->push_back(Unescaped(rest[1]));
      *at += 2;
    } else {
      out->push_back(c);
      ++*at;
    }
  }
  return false;
}

bool ReadSingleQuoted(Bytes line, size_t* at, std::string* out) {
  while (*at < line.size()) {
    const char c = line[*at];
    if (c == '\'') {
      ++*at;
      return true;
    }
    if (c == '\\' && *at + 1 < line.size() && line[*at + 1] == '\'') ++*at;
    out->push_back(line[*at]);
    ++*at;
  }
  return false;
}

// Reads one argument; false if a quote is not closed, or closed in the middle of it.
bool ReadInlineArgument(Bytes line, size_t* at, std::string* out) {
  while (*at < line.size() && !IsSpace(line[*at])) {
    const char c = line[(*at)++];
    if (c != '"' && c != '\'') {
      out->push_back(c);
      continue;
    }
    const bool closed =
        c == '"' ? ReadDoubleQuoted(line, at, out) : ReadSingleQuoted(line, at, out);
    if (!closed || (*at < line.size() && !IsSpace(line[*at]))) return false;
  }
  return true;
}

// Reads "<decimal>\r\n" and moves *at behind it; false for whatever is longer, unusual or not all
// there, which the patient way reads.
bool TakeShortNumber(const char** at, const char* end, size_t* number) {
  constexpr ptrdiff_t kDigits = 9;
  const char* const begin = *at;
  const char* place = begin;
  size_t value = 0;
  while (place < end && *place >= '0' && *place <= '9') {
    value = value * 10 + static_cast<size_t>(*place++ - '0');
    if (place - begin > kDigits) return false;
  }
  const bool canonical = place - begin == 1 || (place != begin && *begin != '0');
  if (!canonical || end - place < 2 || place[0] != '\r') return false;
  *at = place + 2;
  *number = value;
  return true;
}

}  // namespace

void RespParser::Append(Bytes bytes) {
  Compact();
  buffer_.append(bytes);
}

void RespParser::Compact() {
  const size_t used = FirstNeeded();
  const bool all = used == buffer_.size();
  if (!all && (used < kCompactBytes || used < buffer_.size() / 2)) return;
  buffer_.erase(0, used);
  if (all && buffer_.capacity() > kKeptBytes) buffer_.shrink_to_fit();
  at_ -= used;
  for (auto& [place, length] : bulks_) place -= used;
}

void RespParser::Trim() {
  arguments_.clear();
  inline_arguments_.clear();
  if (buffer_.capacity() > kKeptBytes && FirstNeeded() == buffer_.size()) Compact();
}

size_t RespParser::memory_bytes() const {
  size_t bytes = HeapBytesOf(buffer_) + bulks_.capacity() * sizeof(decltype(bulks_)::value_type) +
                 arguments_.capacity() * sizeof(Bytes) +
                 inline_arguments_.capacity() * sizeof(std::string);
  for (const std::string& argument : inline_arguments_) bytes += HeapBytesOf(argument);
  return bytes;
}

RespParser::Step RespParser::Next() {
  if (!error_.empty()) return Step::kError;
  arguments_.clear();
  inline_arguments_.clear();
  while (at_ < buffer_.size()) {
    if (!in_multibulk_ && buffer_[at_] != '*') {
      const Step step = NextInline();
      if (step != Step::kRequest || !arguments_.empty()) return step;
      continue;
    }
    if (!in_multibulk_ && searched_ == 0 && TakeWhole()) return Step::kRequest;
    const Step step = NextMultibulk();
    if (step != Step::kRequest || !arguments_.empty()) return step;
  }
  return Step::kIncomplete;
}

RespParser::Step RespParser::Fail(std::string message) {
  error_ = "Protocol error: " + std::move(message);
  return Step::kError;
}

// The line that begins at at_; at_ moves behind it. With an end of '\r', one more byte (the '\n')
// must be there.
RespParser::Line RespParser::FindLine(char end, Bytes* line) {
  const Bytes rest = Bytes(buffer_).substr(at_);
  const size_t found = rest.find(end, searched_);
  const size_t length = found == Bytes::npos ? rest.size() : found;
  searched_ = length;
  if (length > kLineBytes) return Line::kTooLong;
  const size_t behind = length + (end == '\r' ? 2 : 1);
  if (behind > rest.size()) return Line::kIncomplete;
  *line = rest.substr(0, length);
  at_ += behind;
  searched_ = 0;
  return Line::kFound;
}

RespParser::Step RespParser::NextInline() {
  Bytes line;
  switch (FindLine('\n', &line)) {
    case Line::kIncomplete:
      return Step::kIncomplete;
    case Line::kTooLong:
      return Fail("too big inline request");
    case Line::kFound:
      break;
  }
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!SplitInline(line)) return Fail("unbalanced quotes in request");
  arguments_.assign(inline_arguments_.begin(), inline_arguments_.end());
  return Step::kRequest;
}

bool RespParser::SplitInline(Bytes line) {
  size_t at = 0;
  while (true) {
    while (at < line.size() && IsSpace(line[at])) ++at;
    if (at == line.size()) return true;
    inline_arguments_.emplace_back();
    if (!ReadInlineArgument(line, &at, &inline_arguments_.back())) return false;
  }
}

bool RespParser::TakeWhole() {
  if (!authenticated_) return false;
  const char* const end = buffer_.data() + buffer_.size();
  const char* at = buffer_.data() + at_ + 1;
  size_t count = 0;
  if (!TakeShortNumber(&at, end, &count)) return false;
  if (count == 0 || count > limits_.arguments) return false;
  for (size_t i = 0; i < count; ++i) {
    Bytes argument;
    if (!TakeBulk(&at, &argument)) {
      arguments_.clear();
      return false;
    }
    arguments_.push_back(argument);
  }
  at_ = static_cast<size_t>(at - buffer_.data());
  return true;
}

bool RespParser::TakeBulk(const char** at, Bytes* bulk) const {
  const char* const end = buffer_.data() + buffer_.size();
  size_t length = 0;
  const char* place = *at;
  if (place == end || *place != '$' || !TakeShortNumber(&++place, end, &length)) return false;
  if (length > limits_.argument_bytes || static_cast<size_t>(end - place) < length + 2)
    return false;
  *bulk = Bytes(place, length);
  *at = place + length + 2;
  return true;
}

RespParser::Ahead RespParser::LookAhead() const {
  constexpr size_t kShort = 8;  // arguments: what is not all there is looked over again and again
  const char* const end = buffer_.data() + buffer_.size();
  const char* at = buffer_.data() + at_;
  Ahead ahead;
  for (; ahead.requests < ahead.key.size(); ++ahead.requests) {
    size_t count = 0;
    if (at == end || *at != '*' || !TakeShortNumber(&++at, end, &count) || count > kShort) break;
    std::array<Bytes, kShort> words;
    size_t whole = 0;
    while (whole < count && TakeBulk(&at, &words[whole])) ++whole;
    if (whole < count) break;
    const bool repeats = ahead.keys > 0 && ahead.key[ahead.keys - 1] == words[1];
    if (count > 1 && !repeats) ahead.key[ahead.keys++] = words[1];
  }
  return ahead;
}

// kRequest without arguments: an empty request, to be passed over.
RespParser::Step RespParser::NextMultibulk() {
  if (!in_multibulk_) {
    const Step step = ReadCount();
    if (step != Step::kRequest || !in_multibulk_) return step;
  }
  while (bulks_left_ > 0) {
    const Step step = ReadBulk();
    if (step != Step::kRequest) return step;
  }
  in_multibulk_ = false;
  for (const auto& [place, length] : bulks_) {
    arguments_.push_back(Bytes(buffer_).substr(place, length));
  }
  bulks_.clear();
  return Step::kRequest;
}

RespParser::Step RespParser::ReadCount() {
  Bytes line;
  switch (FindLine('\r', &line)) {
    case Line::kIncomplete:
      return Step::kIncomplete;
    case Line::kTooLong:
      return Fail("too big mbulk count string");
    case Line::kFound:
      break;
  }
  int64_t count = 0;
  if (!ParseInteger(line.substr(1), &count) || count > static_cast<int64_t>(limits_.arguments)) {
    return Fail("invalid multibulk length");
  }
  if (!authenticated_ && count > int64_t{kArgumentsBeforeAuth}) {
    return Fail("unauthenticated multibulk length");
  }
  in_multibulk_ = count > 0;
  bulks_left_ = count;
  return Step::kRequest;
}

RespParser::Step RespParser::ReadBulk() {
  if (bulk_length_ < 0) {
    Bytes line;
    switch (FindLine('\r', &line)) {
      case Line::kIncomplete:
        return Step::kIncomplete;
      case Line::kTooLong:
        return Fail("too big bulk count string");
      case Line::kFound:
        break;
    }
    if (line.empty() || line[0] != '$') {
      const char got = line.empty() ? '\r' : line[0];
      return Fail(std::string("expected '$', got '") + got + "'");
    }
    if (!ParseInteger(line.substr(1), &bulk_length_) || bulk_length_ < 0 ||
        bulk_length_ > static_cast<int64_t>(limits_.argument_bytes)) {
      return Fail("invalid bulk length");
    }
    if (!authenticated_ && bulk_length_ > int64_t{kArgumentBytesBeforeAuth}) {
      return Fail("unauthenticated bulk length");
    }
  }
  const auto length = static_cast<size_t>(bulk_length_);
  if (buffer_.size() - at_ < length + 2)
    return Step::kIncomplete;  // with the line end, which nobody looks at
  bulks_.emplace_back(at_, length);
  at_ += length + 2;
  bulk_length_ = -1;
  --bulks_left_;
  return Step::kRequest;
}

}  // namespace kontor
