#ifndef KONTOR_COMMAND_QUEUE_ARGUMENTS_H_
#define KONTOR_COMMAND_QUEUE_ARGUMENTS_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "command/command.h"
#include "txn/core.h"

// What the commands of queues have in common: their flags, and how their arguments are read.
namespace kontor {

using QueuePointer = std::shared_ptr<WorkQueue>;

Core* CoreOf(const CommandContext& context);
// kNotFound.
Result<QueuePointer> FindQueue(Core* core, Bytes name);
Status ParseReceipt(Bytes argument, Receipt* receipt);
Status ParseMessageId(Bytes argument, uint64_t* id);

// "LEASE 1000", "DELAY 5": options with a number, each at most once.
struct NumberOption {
  Bytes name;
  int64_t low;
  int64_t high;
  int64_t* value;
};
// The same with any bytes.
struct TextOption {
  Bytes name;
  Bytes* value;
};
Status ParseQueueOptions(Arguments options, absl::Span<const NumberOption> numbers,
                         absl::Span<const TextOption> texts = {});

// How long BLOCK lets a command wait, as XREAD has it: -1, without it, is not at all, and 0 for
// ever. In the answer < 0 is for ever.
inline int64_t TimeoutOfBlock(int64_t block_ms) {
  return block_ms < 0 ? 0 : block_ms == 0 ? -1 : block_ms;
}

inline constexpr KeyPositions kNoKeys{};
inline constexpr uint32_t kAlone = kNotInTransaction | kNotInMulti;
inline constexpr uint32_t kChangesQueue = kAlone | kSends;
inline constexpr uint32_t kStepOfQueue = kNotInTransaction | kQueueStep | kSends;

}  // namespace kontor

#endif  // KONTOR_COMMAND_QUEUE_ARGUMENTS_H_
