#ifndef KONTOR_SESSION_RESP_WRITER_H_
#define KONTOR_SESSION_RESP_WRITER_H_

#include <cstdint>
#include <string>

#include "command/reply_sink.h"

namespace kontor {

// Appends replies as RESP bytes to a string that somebody else owns, in version 2 or 3 of the
// protocol. Not thread-safe.
class RespWriter final : public ReplySink {
 public:
  explicit RespWriter(std::string* out) : out_(out) {}

  void set_protocol(uint32_t protocol) { protocol_ = protocol; }
  uint32_t protocol() const override { return protocol_; }
  bool ReserveShort() override;

  void Ok() override { out_->append("+OK\r\n"); }
  void Simple(Bytes text) override;
  // Line ends become spaces: an error is one line.
  void Error(Bytes text) override;
  void Integer(int64_t value) override;
  void Double(double value) override;
  void LongDouble(long double value) override;
  void Bulk(Bytes value) override;
  void Verbatim(Bytes text) override;
  void Null() override;
  void NullArray() override;
  void Array(uint64_t count) override;
  void Map(uint64_t pairs) override;
  void Set(uint64_t count) override;
  // What nobody asked for: a message.
  void Push(uint64_t count);

  // Takes back everything written since mark() was this, where a reply must become another one.
  size_t mark() const { return out_->size(); }
  void Truncate(size_t mark) { out_->resize(mark); }

 private:
  void Line(char type, Bytes text);
  void FloatText(Bytes text);
  void Number(char type, int64_t value);
  void Count(char type, uint64_t count);

  std::string* const out_;
  uint32_t protocol_ = 2;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_RESP_WRITER_H_
