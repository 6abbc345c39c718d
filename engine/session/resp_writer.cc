#include "session/resp_writer.h"

#include <algorithm>
#include <charconv>

#include "types/number.h"

namespace kontor {

void RespWriter::Line(char type, Bytes text) {
  out_->push_back(type);
  out_->append(text);
  out_->append("\r\n");
}

void RespWriter::Simple(Bytes text) { Line('+', text); }

void RespWriter::Error(Bytes text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\r', ' ');
  std::replace(line.begin(), line.end(), '\n', ' ');
  Line('-', line);
}

void RespWriter::Number(char type, int64_t value) {
  char line[24];
  line[0] = type;
  char* end = std::to_chars(line + 1, line + sizeof(line) - 2, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out_->append(line, end);
}

bool RespWriter::ReserveShort() {
  constexpr size_t kShortBytes = 64;
  const size_t needed = out_->size() + kShortBytes;
  if (out_->capacity() < needed) out_->reserve(std::max(needed, 2 * out_->capacity()));
  return true;
}

void RespWriter::Integer(int64_t value) { Number(':', value); }

void RespWriter::Bulk(Bytes value) {
  Number('$', static_cast<int64_t>(value.size()));
  out_->append(value);
  out_->append("\r\n");
}

void RespWriter::FloatText(Bytes text) { protocol_ == 2 ? Bulk(text) : Line(',', text); }

void RespWriter::Double(double value) { FloatText(FormatDouble(value)); }

void RespWriter::LongDouble(long double value) { FloatText(FormatFloat(value)); }

void RespWriter::Verbatim(Bytes text) {
  if (protocol_ == 2) return Bulk(text);
  Count('=', text.size() + 4);
  out_->append("txt:").append(text).append("\r\n");
}

void RespWriter::Null() { out_->append(protocol_ == 2 ? "$-1\r\n" : "_\r\n"); }

void RespWriter::NullArray() { out_->append(protocol_ == 2 ? "*-1\r\n" : "_\r\n"); }

void RespWriter::Count(char type, uint64_t count) { Number(type, static_cast<int64_t>(count)); }

void RespWriter::Array(uint64_t count) { Count('*', count); }

void RespWriter::Map(uint64_t pairs) { protocol_ == 2 ? Array(pairs * 2) : Count('%', pairs); }

void RespWriter::Set(uint64_t count) { Count(protocol_ == 2 ? '*' : '~', count); }

void RespWriter::Push(uint64_t count) { Count(protocol_ == 2 ? '*' : '>', count); }

}  // namespace kontor
