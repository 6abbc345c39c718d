#ifndef KONTOR_BROKER_MAILBOX_OPTIONS_H_
#define KONTOR_BROKER_MAILBOX_OPTIONS_H_

#include <cstdint>

#include "base/status.h"

namespace kontor {

// What happens to a message that finds the mailbox full. Every loss is counted and told in-band, by
// a gap where the messages would have been.
enum class OverflowPolicy : uint32_t {
  kDropOldest = 0,  // it takes the place of the oldest ones
  kClose = 1,       // the mailbox closes: what is in it can still be read, then kClosed
  kDropNewest = 2,  // it is lost
  // Whether the mailbox is full or not, a message replaces one of the same channel (and the same
  // subscription) that still waits: at its place in the order, and the reader is told how many were
  // replaced. A mailbox full of other channels loses the oldest.
  kConflate = 3,
  // Its publisher waits for room, up to block_ms, in the order of publishing; then it is lost, as
  // it is at once if its publisher may not wait.
  kBlock = 4,
};

struct MailboxOptions {
  uint64_t capacity_messages = 65536;
  // Of channels and bodies that wait, shared with other mailboxes or not; one message always fits.
  uint64_t capacity_bytes = UINT64_MAX;
  OverflowPolicy overflow = OverflowPolicy::kDropOldest;
  int64_t block_ms = 1000;  // of kBlock
  // How long a subject has had no subscription when a watcher of interest is told that it lost its
  // last one. Whatever gets one again meanwhile is not told of at all.
  int64_t interest_linger_ms = 0;
};

// kOutOfRange, naming the option and its bounds.
Status Validate(const MailboxOptions& options);

}  // namespace kontor

#endif  // KONTOR_BROKER_MAILBOX_OPTIONS_H_
