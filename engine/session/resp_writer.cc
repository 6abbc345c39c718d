#include "session/resp_writer.h"

#include <algorithm>

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

void RespWriter::Integer(int64_t value) { Line(':', FormatInteger(value)); }

void RespWriter::Bulk(Bytes value) {
  Line('$', FormatInteger(static_cast<int64_t>(value.size())));
  out_->append(value);
  out_->append("\r\n");
}

void RespWriter::Null() { out_->append("$-1\r\n"); }

void RespWriter::NullArray() { out_->append("*-1\r\n"); }

void RespWriter::Array(uint64_t count) { Line('*', FormatInteger(static_cast<int64_t>(count))); }

void RespWriter::Map(uint64_t pairs) { Array(pairs * 2); }

}  // namespace kontor
