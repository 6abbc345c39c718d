#ifndef KONTOR_CAPI_REPLY_H_
#define KONTOR_CAPI_REPLY_H_

#include <memory>
#include <string>
#include <vector>

#include "command/reply_sink.h"
#include "handles.h"

struct kontor_reply : kontor::capi::Handle<5> {
  uint32_t type = KONTOR_REPLY_NULL;
  int64_t integer = 0;
  std::string bytes;
  std::vector<std::unique_ptr<kontor_reply>> children;
};

namespace kontor::capi {

// Builds a reply tree from what a command writes.
class ReplyTree final : public ReplySink {
 public:
  bool ReserveShort() override;
  void Simple(Bytes text) override { Add(KONTOR_REPLY_STATUS)->bytes = text; }
  void Error(Bytes text) override { Add(KONTOR_REPLY_ERROR)->bytes = text; }
  void Integer(int64_t value) override { Add(KONTOR_REPLY_INTEGER)->integer = value; }
  void Bulk(Bytes value) override { Add(KONTOR_REPLY_STRING)->bytes = value; }
  void Null() override { Add(KONTOR_REPLY_NULL); }
  void NullArray() override { Add(KONTOR_REPLY_NULL_ARRAY); }
  void Array(uint64_t count) override { Open(KONTOR_REPLY_ARRAY, count); }
  void Map(uint64_t pairs) override { Open(KONTOR_REPLY_MAP, 2 * pairs); }

  // The finished tree. Null if nothing was written.
  std::unique_ptr<kontor_reply> Take() { return std::move(root_); }

 private:
  // A container that still wants children.
  struct Level {
    kontor_reply* reply;
    uint64_t missing;
  };

  kontor_reply* Add(uint32_t type);
  void Open(uint32_t type, uint64_t children);

  std::unique_ptr<kontor_reply> reserved_;
  std::unique_ptr<kontor_reply> root_;
  std::vector<Level> open_;
};

}  // namespace kontor::capi

#endif  // KONTOR_CAPI_REPLY_H_
