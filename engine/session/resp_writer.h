#ifndef KONTOR_SESSION_RESP_WRITER_H_
#define KONTOR_SESSION_RESP_WRITER_H_

#include <cstdint>
#include <string>

#include "command/reply_sink.h"

namespace kontor {

// Appends replies as RESP2 bytes to a string that somebody else owns. Not thread-safe.
class RespWriter final : public ReplySink {
 public:
  explicit RespWriter(std::string* out) : out_(out) {}

  void Simple(Bytes text) override;
  // Line ends become spaces: an error is one line.
  void Error(Bytes text) override;
  void Integer(int64_t value) override;
  void Bulk(Bytes value) override;
  void Null() override;
  void NullArray() override;
  void Array(uint64_t count) override;
  void Map(uint64_t pairs) override;

  // Takes back everything written since mark() was this, where a reply must become another one.
  size_t mark() const { return out_->size(); }
  void Truncate(size_t mark) { out_->resize(mark); }

 private:
  void Line(char type, Bytes text);

  std::string* const out_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_RESP_WRITER_H_
