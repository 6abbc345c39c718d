#include "verbs/queue_batches.h"

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/limits.h"
#include "txn/make_room.h"
#include "txn/tell_parents.h"
#include "txn/transaction.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {
namespace {

// Messages that differ in their bodies.
class Batch {
 public:
  Batch(const NewMessage& message, size_t count, absl::FunctionRef<Bytes(size_t)> body_of)
      : count_(count), body_of_(body_of), message_(message) {}

  size_t size() const { return count_; }
  // Good until the next call.
  const NewMessage& At(size_t i) {
    message_.compressed = !frames_.empty() && !frames_[i].empty();
    message_.body = message_.compressed ? Bytes(frames_[i]) : body_of_(i);
    return message_;
  }
  // kInvalid for a deduplication id.
  Status Check() {
    if (!message_.deduplication_id.empty()) {
      return Status(Code::kInvalid,
                    "messages that are sent together have no deduplication id; send them one by "
                    "one, or in a transaction");
    }
    for (size_t i = 0; i < count_; ++i) {
      bytes_ += body_of_(i).size();
      if (bytes_ > limits::kJournalRecordBytes / 2) {
        return Status(Code::kTooLarge, "the messages have more than " +
                                           std::to_string(limits::kJournalRecordBytes / 2) +
                                           " bytes together; send fewer at once");
      }
    }
    return Ok();
  }
  // As the queue wants them, where it does. Throws std::bad_alloc.
  void Compress(const WorkQueue& queue) {
    if (!queue.compresses()) return;
    frames_.resize(count_);
    for (size_t i = 0; i < count_; ++i) {
      bytes_ -= body_of_(i).size() - queue.Compress(At(i), &frames_[i]).body.size();
    }
  }
  // Of all bodies, once they are checked.
  size_t bytes() const { return bytes_; }

 private:
  const size_t count_;
  const absl::FunctionRef<Bytes(size_t)> body_of_;
  std::vector<std::string> frames_;  // compressed bodies; empty: there are none, or not of this one
  NewMessage message_;
  size_t bytes_ = 0;
};

// One after the other, so that nothing but the record grows with the batch.
Status PutEach(Core* core, WorkQueue* queue, Batch* batch, int64_t now_unix_ms, uint64_t* first_id,
               Lsn* lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  const WorkQueue::CountsOnce counts_once(queue);
  std::string record;
  QueueEffect put{};
  size_t done = 0;
  absl::Cleanup takes_back = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (; done > 0; --done) {
      put.id = *first_id + done - 1;
      queue->Withdraw(put);
    }
  };
  for (; done < batch->size(); ++done) {
    KONTOR_RETURN_IF_ERROR(queue->PlanEnqueue(batch->At(done), now_unix_ms, 0, 0, &put));
    if (done == 0) *first_id = put.id;
    ApplyAndRecord(core, queue, put, &record);
  }
  std::move(takes_back).Cancel();
  Append(core, record, lsn);
  return Ok();
}

// The same where others may have to go for them, which is known only once all are planned.
Status PutAndDrop(Core* core, WorkQueue* queue, Batch* batch, int64_t now_unix_ms,
                  uint64_t* first_id, Lsn* lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  std::vector<QueueEffect> puts;
  std::vector<QueueEffect> goes;
  puts.reserve(batch->size());
  QueueEffect oldest{};
  for (size_t i = 0; i < batch->size(); ++i) {
    if (queue->PlanOverflow(now_unix_ms, i, goes.size(), goes.empty() ? 0 : goes.back().id,
                            &oldest)) {
      goes.push_back(oldest);
    }
    QueueEffect* const put = &puts.emplace_back();
    KONTOR_RETURN_IF_ERROR(queue->PlanEnqueue(batch->At(i), now_unix_ms, i, goes.size(), put));
  }
  *first_id = puts.front().id;
  CommitTogether(core, queue, puts, goes, lsn);
  return Ok();
}

}  // namespace

Status EnqueueMany(Core* core, WorkQueue* queue, const NewMessage& message, size_t count,
                   absl::FunctionRef<Bytes(size_t)> body_of, uint64_t* first_id) {
  Batch batch(message, count, body_of);
  KONTOR_RETURN_IF_ERROR(batch.Check());
  if (message.HasParent()) {  // a transaction compresses by itself
    const auto message_of = [&batch](size_t i) { return batch.At(i); };
    return EnqueueChildren(core, queue, count, message_of, first_id);
  }
  batch.Compress(*queue);
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, batch.bytes()));
  KONTOR_RETURN_IF_ERROR(QueueUsable(core));
  Lsn lsn = 0;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    const bool limited = queue->options().max_length != 0;
    KONTOR_RETURN_IF_ERROR(limited ? PutAndDrop(core, queue, &batch, now_unix_ms, first_id, &lsn)
                                   : PutEach(core, queue, &batch, now_unix_ms, first_id, &lsn));
  }
  PayBack(core, 0);
  return AwaitDurability(core, lsn);
}

Status EnqueueChildren(Core* core, WorkQueue* queue, size_t count,
                       absl::FunctionRef<NewMessage(size_t)> message_of, uint64_t* first_id) {
  const std::shared_ptr<WorkQueue> shared = core->queues.Find(queue->name());
  if (shared.get() != queue) return QueueClosed();
  Transaction transaction;
  for (size_t i = 0; i < count; ++i) transaction.AddEnqueue(shared, message_of(i));
  Transaction::Outcome outcome;
  KONTOR_RETURN_IF_ERROR(transaction.Commit(core, 0, core->durability, &outcome));
  *first_id = outcome.enqueued_ids.front();
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
