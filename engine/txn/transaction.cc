#include "txn/transaction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/naming.h"
#include "txn/incarnation.h"
#include "txn/lock_set.h"
#include "txn/make_room.h"
#include "txn/slowness_watch.h"
#include "txn/tell_parents.h"
#include "txn/undo_log.h"

namespace kontor {

void Transaction::AddKeys(const ShardSet& shards, Access access, Body body, size_t bytes) {
  steps_.emplace_back(Keys{shards, access, std::move(body), bytes});
}

void Transaction::AddEnqueue(std::shared_ptr<WorkQueue> queue, const NewMessage& given) {
  std::string frame;
  const NewMessage message = queue->Compress(given, &frame);
  steps_.emplace_back(Enqueue{.queue = std::move(queue),
                              .body = std::string(message.body),
                              .compressed = message.compressed,
                              .priority = message.priority,
                              .delay_ms = message.delay_ms,
                              .group = std::string(message.group),
                              .deduplication_id = std::string(message.deduplication_id),
                              .children = message.children,
                              .parent_queue = std::string(message.parent_queue),
                              .parent_id = message.parent_id,
                              .parent_step = message.parent_step});
  // Where that is the message itself the commit refuses it.
  if (Enqueue* const parent = EnqueueAt(given.parent_step); parent != nullptr) {
    ++parent->children_here;
  }
}

Transaction::Enqueue* Transaction::EnqueueAt(int64_t step) {
  if (step < 0 || std::cmp_greater_equal(step, steps_.size())) return nullptr;
  return std::get_if<Enqueue>(&steps_[static_cast<size_t>(step)]);
}

void Transaction::AddAcknowledge(std::shared_ptr<WorkQueue> queue, Receipt receipt, Bytes result) {
  steps_.emplace_back(Acknowledge{std::move(queue), receipt, std::string(result)});
}

void Transaction::AddPublish(Bytes channel, Bytes body, Bytes reply_channel) {
  steps_.emplace_back(Publish{std::string(channel), std::string(body), std::string(reply_channel)});
}

Status Transaction::PlanAcknowledge(const Acknowledge& step, int64_t now_unix_ms, Planned* planned,
                                    QueuePlans* plans) {
  WorkQueue* const queue = step.queue.get();
  queue->mutex()->AssertHeld();
  if (queue->closed()) return Status(Code::kClosed, "the queue was deleted or closed");
  if (!planned->acknowledged.insert(step.receipt.bits()).second) {
    return Status(Code::kStaleReceipt, "the same receipt is acknowledged twice in one transaction");
  }
  KONTOR_ASSIGN_OR_RETURN(QueueEffect effect,
                          queue->PlanAcknowledge(step.receipt, now_unix_ms, step.result));
  plans->push_back({step.queue, effect});
  return Ok();
}

Status Transaction::PlanParent(size_t step, int64_t now_unix_ms, const Outcome& outcome,
                               NewMessage* message) const {
  const auto& child = std::get<Enqueue>(steps_[step]);
  WorkQueue* parents = child.parent.get();
  if (child.parent_step != NewMessage::kNoStep) {
    const auto at = static_cast<size_t>(child.parent_step);
    const auto* parent = at < step ? std::get_if<Enqueue>(&steps_[at]) : nullptr;
    if (parent == nullptr || parent->children == 0) {
      return Status(Code::kInvalid, absl::StrCat("parent_step ", child.parent_step,
                                                 " is no earlier step of this transaction that "
                                                 "enqueues a message with children"));
    }
    parents = parent->queue.get();
    message->parent_queue = parents->name();
    message->parent_id = outcome.enqueued_ids[at];
  }
  Status absent =
      Status(Code::kInvalid, absl::StrCat("queue ", Quoted(child.parent_queue), " has no message ",
                                          child.parent_id, " that waits for children"));
  if (parents == nullptr) return absent;
  parents->mutex()->AssertHeld();
  if (child.parent_step == NewMessage::kNoStep &&
      !parents->WaitsForChildren(child.parent_id, now_unix_ms)) {
    return absent;
  }
  child.queue->mutex()->AssertHeld();
  if (parents->options().durable != 0 && child.queue->options().durable == 0) {
    return Status(Code::kInvalid,
                  "a message of a durable queue cannot wait for one that is gone with the process");
  }
  return Ok();
}

Result<uint64_t> Transaction::PlanEnqueue(size_t step, int64_t now_unix_ms, Planned* planned,
                                          QueuePlans* plans, const Outcome& outcome) {
  const auto& enqueue = std::get<Enqueue>(steps_[step]);
  WorkQueue* const queue = enqueue.queue.get();
  queue->mutex()->AssertHeld();
  if (queue->closed()) return Status(Code::kClosed, "the queue was deleted or closed");
  if (enqueue.children != 0 && enqueue.children_here > enqueue.children) {
    return Status(Code::kInvalid,
                  absl::StrCat("the message waits for ", enqueue.children, " children, and ",
                               enqueue.children_here, " are sent in this transaction"));
  }
  NewMessage message = enqueue.message();
  if (duplicates_.contains(static_cast<size_t>(enqueue.parent_step))) {
    duplicates_.insert(step);
    return uint64_t{0};
  }
  if (message.HasParent()) KONTOR_RETURN_IF_ERROR(PlanParent(step, now_unix_ms, outcome, &message));
  uint64_t known = queue->DuplicateOf(message, now_unix_ms);
  const bool remembers =
      !message.deduplication_id.empty() && queue->options().deduplication_ms != 0;
  if (const auto same = planned->deduplicated.find(enqueue.deduplication_id);
      known == 0 && remembers && same != planned->deduplicated.end()) {
    known = same->second;
  }
  if (known != 0) {
    duplicates_.insert(step);
    return known;
  }
  KONTOR_ASSIGN_OR_RETURN(const uint64_t id,
                          PlanPut(enqueue.queue, message, now_unix_ms, planned, plans, nullptr));
  if (remembers) planned->deduplicated.emplace(enqueue.deduplication_id, id);
  return id;
}

Result<uint64_t> Transaction::PlanPut(const std::shared_ptr<WorkQueue>& queue,
                                      const NewMessage& message, int64_t now_unix_ms,
                                      Planned* planned, QueuePlans* plans,
                                      SharedBytes* shared_body) {
  queue->mutex()->AssertHeld();
  const uint64_t leaving = planned->leaving + planned->going;
  QueueEffect goes{};
  const bool overflows =
      queue->PlanOverflow(now_unix_ms, planned->puts, leaving, planned->last_going_id, &goes);
  QueueEffect put{};
  KONTOR_RETURN_IF_ERROR(
      queue->PlanEnqueue(message, now_unix_ms, planned->puts, leaving + (overflows ? 1 : 0), &put));
  put.shared_body = shared_body;
  plans->push_back({queue, put});
  ++planned->puts;
  if (overflows) {
    plans->push_back({queue, goes});
    ++planned->going;
    planned->last_going_id = goes.id;
  }
  return put.id;
}

Status Transaction::PlanReceived(int64_t now_unix_ms, Receiver* receiver, Planned* planned,
                                 QueuePlans* plans) {
  receiver->queue->mutex()->AssertHeld();
  if (receiver->queue->closed()) return Ok();  // deleted since it was found
  const auto& message = std::get<Publish>(steps_[receiver->step]);
  KONTOR_RETURN_IF_ERROR(PlanPut(receiver->queue,
                                 {.body = message.body, .channel = message.channel}, now_unix_ms,
                                 planned, plans, &shared_bodies_[receiver->step])
                             .status());
  receiver->gets = true;
  return Ok();
}

Status Transaction::PlanQueues(int64_t now_unix_ms, QueuePlans* plans, Outcome* outcome) {
  std::map<const WorkQueue*, Planned> planned;
  for (const Step& step : steps_) {
    const auto* done = std::get_if<Acknowledge>(&step);
    if (done != nullptr) ++planned[done->queue.get()].leaving;
  }
  auto receiver = receivers_.begin();  // in the order of their steps
  for (size_t i = 0; i < steps_.size(); ++i) {
    outcome->failed_step = i;
    if (const auto* done = std::get_if<Acknowledge>(&steps_[i]); done != nullptr) {
      KONTOR_RETURN_IF_ERROR(
          PlanAcknowledge(*done, now_unix_ms, &planned[done->queue.get()], plans));
    } else if (const auto* put = std::get_if<Enqueue>(&steps_[i]); put != nullptr) {
      KONTOR_ASSIGN_OR_RETURN(
          outcome->enqueued_ids[i],
          PlanEnqueue(i, now_unix_ms, &planned[put->queue.get()], plans, *outcome));
    }
    for (; receiver != receivers_.end() && receiver->step == i; ++receiver) {
      KONTOR_RETURN_IF_ERROR(
          PlanReceived(now_unix_ms, &*receiver, &planned[receiver->queue.get()], plans));
    }
  }
  outcome->failed_step.reset();
  return Ok();
}

Status Transaction::RunKeys(Operation* operation, Outcome* outcome) const {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto* step = std::get_if<Keys>(&steps_[i]);
    if (step == nullptr) continue;
    outcome->failed_step = i;
    KONTOR_RETURN_IF_ERROR(step->body(*operation));
  }
  outcome->failed_step.reset();
  return Ok();
}

std::vector<OutgoingMessage> Transaction::Messages() const {
  std::vector<OutgoingMessage> messages;
  for (const Step& step : steps_) {
    const auto* message = std::get_if<Publish>(&step);
    if (message == nullptr) continue;
    messages.push_back({message->channel, message->body, message->reply_channel});
  }
  return messages;
}

void Transaction::TellPublished(const std::vector<OutgoingMessage>& messages,
                                Outcome* outcome) const {
  auto message = messages.begin();
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (std::holds_alternative<Publish>(steps_[i])) outcome->published[i] = (message++)->result;
  }
  for (const Receiver& receiver : receivers_) {
    if (receiver.gets) ++outcome->published[receiver.step].queues;
  }
}

Status Transaction::MakeRecord(const Operation& operation, const QueuePlans& plans, Bytes published,
                               std::string* record) {
  *record = operation.effects();
  const SharedBytes* last_shared = nullptr;
  for (const QueuePlan& plan : plans) {
    plan.queue->mutex()->AssertHeld();
    if (plan.queue->options().durable == 0) continue;
    QueueEffect effect = plan.effect;
    if (effect.kind == QueueEffectKind::kMessagePut) {
      const SharedBytes* const shared = effect.shared_body;
      effect.has_body_of_last_put = shared != nullptr && shared == last_shared;
      last_shared = shared;
    }
    EncodeEffect(effect, record);
  }
  *record += published;
  if (record->size() <= limits::kJournalRecordBytes) return Ok();
  return Status(Code::kTooLarge, "the transaction makes a record of " +
                                     std::to_string(record->size()) + " bytes; the limit is " +
                                     std::to_string(limits::kJournalRecordBytes));
}

// All that needs memory, or none of it: new messages, and what is noted of those that end.
void Transaction::ApplyPuts(const QueuePlans& plans) {
  size_t applied = 0;
  try {
    for (; applied < plans.size(); ++applied) {
      const QueuePlan& plan = plans[applied];
      plan.queue->mutex()->AssertHeld();
      if (plan.effect.kind == QueueEffectKind::kMessagePut) plan.queue->Apply(plan.effect);
      if (WorkQueue::NeedsPreparation(plan.effect.kind)) plan.queue->Prepare(plan.effect);
    }
  } catch (...) {
    while (applied > 0) {
      const QueuePlan& plan = plans[--applied];
      plan.queue->mutex()->AssertHeld();
      if (plan.effect.kind == QueueEffectKind::kMessagePut) plan.queue->Withdraw(plan.effect);
      if (WorkQueue::NeedsPreparation(plan.effect.kind)) {
        plan.queue->CancelPreparation(plan.effect.id);
      }
    }
    throw;
  }
}

// Acknowledgements, and what goes for others: none of it can fail now.
void Transaction::ApplyOthers(const QueuePlans& plans) {
  for (const QueuePlan& plan : plans) {
    plan.queue->mutex()->AssertHeld();
    if (plan.effect.kind != QueueEffectKind::kMessagePut) plan.queue->Apply(plan.effect);
  }
}

Status Transaction::CommitLocked(Core* core, const ShardSet& shards, uint32_t database,
                                 UndoLog* undo, PendingPuts* pending, Lsn* lsn, Outcome* outcome) {
  if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
  const int64_t now_unix_ms = core->clock->UnixMs();
  QueuePlans plans;
  KONTOR_RETURN_IF_ERROR(PlanQueues(now_unix_ms, &plans, outcome));
  Operation operation(core, shards, Access::kWrite, database, undo);
  operation.set_now_unix_ms(now_unix_ms);
  std::vector<OutgoingMessage> messages = Messages();
  const auto commit = [&](Bytes published) -> Status {
    std::string record;
    KONTOR_RETURN_IF_ERROR(MakeRecord(operation, plans, published, &record));
    ApplyPuts(plans);
    // From here nothing can be refused.
    ApplyOthers(plans);
    if (core->journal != nullptr && !record.empty()) *lsn = core->journal->Append(record);
    return Ok();
  };
  try {
    Status status = RunKeys(&operation, outcome);
    if (status.ok()) {
      const PublishOptions options{
          .pending = pending, .now_unix_ms = now_unix_ms, .journaled = core->journal != nullptr};
      status = messages.empty()
                   ? commit({})
                   : core->channels.PublishAll(absl::MakeSpan(messages), options, commit);
    }
    if (!status.ok()) {
      undo->Rollback();
      return status;
    }
  } catch (...) {
    undo->Rollback();
    throw;
  }
  operation.TellEverybody();
  TellPublished(messages, outcome);
  return Ok();
}

bool Transaction::NeedsMemory() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    const auto* keys = std::get_if<Keys>(&step);
    if (keys != nullptr) return keys->access == Access::kWrite;
    const auto* done = std::get_if<Acknowledge>(&step);
    return done == nullptr || !done->result.empty();
  });
}

size_t Transaction::StoredBytes() const {
  size_t bytes = 0;
  for (const Step& step : steps_) {
    const auto* keys = std::get_if<Keys>(&step);
    if (keys != nullptr && keys->access == Access::kWrite) bytes += keys->bytes;
    if (const auto* put = std::get_if<Enqueue>(&step); put != nullptr) bytes += put->body.size();
    if (const auto* done = std::get_if<Acknowledge>(&step); done != nullptr) {
      bytes += done->result.size();
    }
    if (const auto* message = std::get_if<Publish>(&step); message != nullptr) {
      bytes += message->body.size();
    }
  }
  return bytes;
}

void Transaction::FindReceivers(Core* core) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto* message = std::get_if<Publish>(&steps_[i]);
    if (message == nullptr) continue;
    for (std::shared_ptr<WorkQueue>& queue : core->queues.BoundTo(message->channel)) {
      receivers_.push_back({.step = i, .queue = std::move(queue)});
    }
  }
}

std::vector<std::shared_ptr<WorkQueue>> Transaction::FindQueues(Core* core) {
  std::vector<std::shared_ptr<WorkQueue>> queues;
  for (Step& step : steps_) {
    if (auto* put = std::get_if<Enqueue>(&step); put != nullptr) {
      queues.push_back(put->queue);
      if (put->parent_id != 0) put->parent = core->queues.Find(put->parent_queue);
      if (put->parent != nullptr) queues.push_back(put->parent);
    }
    if (const auto* done = std::get_if<Acknowledge>(&step); done != nullptr) {
      queues.push_back(done->queue);
    }
  }
  FindReceivers(core);
  for (const Receiver& receiver : receivers_) queues.push_back(receiver.queue);
  return queues;
}

std::vector<std::shared_ptr<WorkQueue>> Transaction::ThatOweParents(
    const std::vector<std::shared_ptr<WorkQueue>>& queues) {
  std::vector<std::shared_ptr<WorkQueue>> owing;
  for (const std::shared_ptr<WorkQueue>& queue : queues) {
    queue->mutex()->AssertHeld();
    if (!queue->owed_parents().empty()) owing.push_back(queue);
  }
  return owing;
}

Status Transaction::Commit(Core* core, uint32_t database, Durability durability, Outcome* outcome,
                           PendingPuts* pending) {
  outcome->failed_step.reset();
  outcome->enqueued_ids.assign(steps_.size(), 0);
  outcome->published.assign(steps_.size(), {});
  ShardSet shards;
  for (const Step& step : steps_) {
    if (const auto* keys = std::get_if<Keys>(&step); keys != nullptr) shards |= keys->shards;
  }
  const std::vector<std::shared_ptr<WorkQueue>> queues = FindQueues(core);
  std::vector<std::shared_ptr<WorkQueue>> owing;
  Lsn lsn = 0;
  Status status = core->journal == nullptr ? Ok() : core->journal->CheckWritable();
  if (status.ok() && !queues.empty()) status = EnsureIncarnation(core);
  const bool needs_memory = NeedsMemory();
  if (status.ok() && needs_memory) {
    status = CheckRoom(core, Access::kWrite, shards.first(), StoredBytes());
  }
  UndoLog undo(&core->keyspace);
  if (status.ok()) {
    const SlownessWatch watch(core);
    const ShardLocks shard_locks(&core->keyspace, shards);
    const QueueLocks queue_locks(queues);
    status = CommitLocked(core, shards, database, &undo, pending, &lsn, outcome);
    if (status.ok()) owing = ThatOweParents(queues);
  }
  steps_.clear();
  receivers_.clear();
  shared_bodies_.clear();
  const bool found_some = !duplicates_.empty();
  duplicates_.clear();
  for (const std::shared_ptr<WorkQueue>& queue : owing) TellParents(core, queue.get());
  if (needs_memory) PayBack(core, shards.first());
  if (status.ok() && lsn == 0 && found_some) return AwaitWhatIsThere(core);
  if (!status.ok() || lsn == 0) return status;
  const bool sync = durability == Durability::kSync || core->durability == Durability::kSync;
  return sync ? core->journal->WaitDurable(lsn) : Ok();
}

}  // namespace kontor
