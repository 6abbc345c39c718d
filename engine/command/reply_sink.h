#ifndef KONTOR_COMMAND_REPLY_SINK_H_
#define KONTOR_COMMAND_REPLY_SINK_H_

#include <cstdint>

#include "base/bytes.h"
#include "types/number.h"

namespace kontor {

// Where a command puts its reply: a tree (capi) or RESP bytes (session). An array of n is followed
// by its n replies, a map of n by 2n.
class ReplySink {
 public:
  virtual ~ReplySink() = default;

  virtual void Ok() { Simple("OK"); }
  virtual void Simple(Bytes text) = 0;  // a status
  virtual void Error(Bytes text) = 0;   // with its prefix: "ERR ..."
  virtual void Integer(int64_t value) = 0;
  virtual void Double(double value) { Bulk(FormatDouble(value)); }  // its text in RESP2
  // The same, spelled as INCRBYFLOAT does.
  virtual void LongDouble(long double value) { Bulk(FormatFloat(value)); }
  virtual void Bulk(Bytes value) = 0;                // a string
  virtual void Verbatim(Bytes text) { Bulk(text); }  // text for people
  virtual void Null() = 0;
  virtual void NullArray() = 0;  // RESP2's nil array: what a blocking pop that timed out answers
  virtual void Array(uint64_t count) = 0;
  virtual void Map(uint64_t pairs) = 0;  // a flat array in RESP2
  virtual void Set(uint64_t count) { Array(count); }

  // Makes room for a reply of a few bytes, which then cannot fail. False: that cannot be promised.
  virtual bool ReserveShort() { return false; }
  // Where a reply has another shape in RESP3 than in RESP2.
  virtual uint32_t protocol() const { return 2; }
};

}  // namespace kontor

#endif  // KONTOR_COMMAND_REPLY_SINK_H_
