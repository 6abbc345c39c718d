#include "verbs/queue_batches.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/limits.h"
#include "txn/make_room.h"
#include "txn/tell_parents.h"
#include "txn/transaction.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {
namespace {

// Of all bodies; kInvalid for a deduplication id.
Status CheckBatch(absl::Span<const NewMessage> messages, size_t* bytes) {
  for (const NewMessage& message : messages) {
    if (!message.deduplication_id.empty()) {
      return Status(Code::kInvalid,
                    "messages that are sent together have no deduplication id; send them one by "
                    "one, or in a transaction");
    }
    *bytes += message.body.size();
    if (*bytes > limits::kJournalRecordBytes / 2) {
      return Status(Code::kTooLarge, "the messages have more than " +
                                         std::to_string(limits::kJournalRecordBytes / 2) +
                                         " bytes together; send fewer at once");
    }
  }
  return Ok();
}

// The puts, and what goes for them where the queue is full.
Status PlanBatch(WorkQueue* queue, absl::Span<const NewMessage> messages, int64_t now_unix_ms,
                 std::vector<QueueEffect>* puts, std::vector<QueueEffect>* goes)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  QueueEffect oldest{};
  for (const NewMessage& message : messages) {
    if (queue->PlanOverflow(now_unix_ms, puts->size(), goes->size(),
                            goes->empty() ? 0 : goes->back().id, &oldest)) {
      goes->push_back(oldest);
    }
    const size_t before = puts->size();
    QueueEffect* const put = &puts->emplace_back();
    KONTOR_RETURN_IF_ERROR(queue->PlanEnqueue(message, now_unix_ms, before, goes->size(), put));
  }
  return Ok();
}

}  // namespace

Status EnqueueMany(Core* core, WorkQueue* queue, absl::Span<const NewMessage> given,
                   uint64_t* ids) {
  size_t bytes = 0;
  KONTOR_RETURN_IF_ERROR(CheckBatch(given, &bytes));
  const bool has_parent = std::any_of(given.begin(), given.end(),
                                      [](const NewMessage& each) { return each.HasParent(); });
  if (has_parent) return EnqueueChildren(core, queue, given, ids);
  std::vector<std::string> frames;
  std::vector<NewMessage> compressed;
  absl::Span<const NewMessage> messages = given;
  if (queue->compresses()) {
    frames.resize(given.size());
    compressed.reserve(given.size());
    for (size_t i = 0; i < given.size(); ++i) {
      compressed.push_back(queue->Compress(given[i], &frames[i]));
      bytes -= given[i].body.size() - compressed[i].body.size();
    }
    messages = compressed;
  }
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, bytes));
  KONTOR_RETURN_IF_ERROR(QueueUsable(core));
  std::vector<QueueEffect> puts;
  std::vector<QueueEffect> goes;
  puts.reserve(messages.size());
  Lsn lsn = 0;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    KONTOR_RETURN_IF_ERROR(PlanBatch(queue, messages, now_unix_ms, &puts, &goes));
    for (size_t i = 0; i < puts.size(); ++i) ids[i] = puts[i].id;
    CommitTogether(core, queue, puts, goes, &lsn);
  }
  PayBack(core, 0);
  return AwaitDurability(core, lsn);
}

Status EnqueueChildren(Core* core, WorkQueue* queue, absl::Span<const NewMessage> messages,
                       uint64_t* ids) {
  const std::shared_ptr<WorkQueue> shared = core->queues.Find(queue->name());
  if (shared.get() != queue) return QueueClosed();
  Transaction transaction;
  for (const NewMessage& message : messages) transaction.AddEnqueue(shared, message);
  Transaction::Outcome outcome;
  KONTOR_RETURN_IF_ERROR(transaction.Commit(core, 0, core->durability, &outcome));
  std::copy(outcome.enqueued_ids.begin(), outcome.enqueued_ids.end(), ids);
  return Ok();
}

Status AcknowledgeMany(Core* core, WorkQueue* queue, absl::Span<const uint64_t> receipts,
                       size_t* acknowledged, uint8_t* done) {
  *acknowledged = 0;
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  Status status;
  Lsn lsn = 0;
  bool owes = false;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    std::string record;
    const WorkQueue::CountsOnce counts_once(queue);
    try {
      for (size_t i = 0; i < receipts.size(); ++i) {
        const Result<QueueEffect> effect =
            queue->PlanAcknowledge(Receipt::FromBits(receipts[i]), now_unix_ms);
        if (effect.ok()) ApplyAndRecord(core, queue, *effect, &record);
        if (done != nullptr) done[i] = effect.ok() ? 1 : 0;
        *acknowledged += effect.ok() ? 1 : 0;
      }
    } catch (const std::bad_alloc&) {
      status = Status(Code::kNoMemory, "there is not enough memory");
    }
    Append(core, record, &lsn);
    owes = !queue->owed_parents().empty();
  }
  if (owes) TellParents(core, queue);
  KONTOR_RETURN_IF_ERROR(status);
  return AwaitDurability(core, lsn);
}

}  // namespace kontor::verbs
