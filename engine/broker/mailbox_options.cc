#include "broker/mailbox_options.h"

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace kontor {

Status Validate(const MailboxOptions& options) {
  if (options.capacity_messages < 1 || options.capacity_messages > limits::kMailboxMessages) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("mailbox option capacity_messages is ", options.capacity_messages,
                               "; it must be from 1 to ", limits::kMailboxMessages));
  }
  if (static_cast<uint32_t>(options.overflow) > static_cast<uint32_t>(OverflowPolicy::kBlock)) {
    return Status(
        Code::kOutOfRange,
        absl::StrCat("mailbox option overflow is ", static_cast<uint32_t>(options.overflow),
                     "; it must be 0 (drop the oldest), 1 (close), 2 (drop the newest), "
                     "3 (conflate) or 4 (block)"));
  }
  if (options.block_ms < 0 || options.block_ms > limits::kBlockMs) {
    return Status(Code::kOutOfRange, absl::StrCat("mailbox option block_ms is ", options.block_ms,
                                                  "; it must be from 0 to ", limits::kBlockMs));
  }
  if (options.interest_linger_ms < 0 || options.interest_linger_ms > limits::kInterestLingerMs) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("mailbox option interest_linger_ms is ", options.interest_linger_ms,
                               "; it must be from 0 to ", limits::kInterestLingerMs));
  }
  return Ok();
}

}  // namespace kontor
