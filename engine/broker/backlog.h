#ifndef KONTOR_BROKER_BACKLOG_H_
#define KONTOR_BROKER_BACKLOG_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/heap_bytes.h"
#include "broker/linked_line.h"
#include "broker/message_log.h"
#include "broker/subscription.h"

namespace kontor {

struct Delivery;
struct InBacklogLine;

// What a channel had kept when a tag joined it, as far as the tag was not told yet: a share of the
// channel's blocks, an eighth of a pointer for each message. So nothing of it is lost, whatever the
// channel lets go of and however little room its mailbox has.
class Backlog : public Linked<InBacklogLine> {
 public:
  // What is kept from `first` on; `missing` messages before it are kept no more, which is told
  // first. With the lock of the log's index. Throws std::bad_alloc.
  Backlog(const MessageLog& log, uint64_t first, uint64_t missing, uint64_t tag);
  ~Backlog();
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Before it goes into a mailbox.
  void set_subscription(Subscription* its_subscription) {
    subscription = its_subscription;
    hash = HashOf(subscription, tag);
  }
  static uint32_t HashOf(const Subscription* of_subscription, uint64_t of_tag);

  // Deliveries that are left.
  uint64_t left() const { return end_ - next_ + (missing_ == 0 ? 0 : 1); }
  // Tells the next one. If it throws std::bad_alloc nothing has changed.
  void TellNext(Delivery* delivery);

  size_t heap_bytes() const {
    return HeapBytes(sizeof(Backlog)) + HeapBytes(blocks_.capacity() * sizeof(void*));
  }

  const uint64_t tag;
  Subscription* subscription = nullptr;
  Backlog* next_in_bucket = nullptr;
  uint32_t hash = 0;

 private:
  uint64_t missing_;
  uint64_t next_;
  const uint64_t end_;                 // behind the last one
  std::vector<HistoryBlock*> blocks_;  // those from first_block_ on; null where it was let go of
  const uint64_t first_block_;
};

// Messages that a channel keeps no more, and one that it keeps; for which tags, the caller tells.
void TellGap(Bytes channel, uint64_t lost, Delivery* delivery);
void TellKept(const Publication& publication, Delivery* delivery);

}  // namespace kontor

#endif  // KONTOR_BROKER_BACKLOG_H_
