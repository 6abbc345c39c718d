#ifndef KONTOR_BROKER_WORK_QUEUE_H_
#define KONTOR_BROKER_WORK_QUEUE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "base/effect.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/awake_queues.h"
#include "broker/deduplication.h"
#include "broker/event_rates.h"
#include "broker/linked_table.h"
#include "broker/message.h"
#include "broker/queue_options.h"
#include "broker/queued_message.h"
#include "broker/rate_limit.h"
#include "broker/ready_lines.h"
#include "broker/schedules.h"
#include "broker/spare_nodes.h"
#include "broker/subject.h"
#include "broker/threshold.h"
#include "broker/timer_wheel.h"

namespace kontor {

// A channel or pattern whose messages a queue gets.
using Binding = SubjectName;
using BindingSet = std::set<Binding, SubjectNameLess>;

// One work queue as a state machine: delayed -> ready -> leased -> acknowledged | ready again |
// dead.
//
// Nothing changes except through Apply, with an effect; the Plan functions look at the state and
// say which effect is due, changing nothing. Whoever calls (verbs/queue_commit.h) applies the
// effect and journals it under the same lock, and recovery applies the journaled ones, so a live
// queue and a recovered one walk the same path. The only change by time alone is a delayed message
// becoming ready; it needs no record.
//
// Every method but the constructor, those that set what outlives it, mutex(), name() and Compress()
// needs the lock.
class WorkQueue : public std::enable_shared_from_this<WorkQueue>, public AwakeLink {
 public:
  // `sequence` orders queues for locking several of them; unique in the engine. `first_id` is what
  // the first message is called, so that a queue made anew under an old name gives out no receipt
  // of its predecessor.
  WorkQueue(std::string name, uint64_t sequence, const QueueOptions& options, uint64_t first_id = 1,
            uint32_t incarnation = 0);
  ~WorkQueue();

  // Who counts the messages until the queue is closed.
  void set_budget(MemoryBudget* budget) {
    const MutexLock lock(&mutex_);
    memory_.set_budget(budget);
  }

  // Where it stands from the first change on until it rests, or is closed.
  void set_awake_queues(AwakeQueues* queues) {
    const MutexLock lock(&mutex_);
    awake_queues_ = queues;
  }

  Mutex* mutex() ABSL_LOCK_RETURNED(mutex_) { return &mutex_; }
  const std::string& name() const { return name_; }
  uint64_t sequence() const { return sequence_; }

  // Ids and the attempt share a receipt's 64 bits.
  static constexpr uint64_t kMaxId = (uint64_t{1} << 48) - 1;

  // The message with its body compressed, in *frame, if it has as many bytes as this queue
  // compresses, and gets smaller. Without the lock. Throws std::bad_alloc.
  NewMessage Compress(const NewMessage& message, std::string* frame) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool compresses() const ABSL_LOCKS_EXCLUDED(mutex_) {
    return compress_bytes_.load(std::memory_order_relaxed) != 0;
  }

  // --- Plans. Effects borrow from the queue (its name, its reasons) and the caller's bytes. On a
  // closed queue they answer kClosed or false. ---

  // The message that was sent under the same deduplication id lately; 0 if there is none.
  uint64_t DuplicateOf(const NewMessage& message, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessagePut with the next free id, `extra` ids further (for several puts planned before the
  // first is applied; `leaving` messages go in the same commit), into an effect that is empty.
  // kFull at max_length (of which a revived message takes no notice), kTooLarge, kOutOfRange.
  Status PlanEnqueue(const NewMessage& message, int64_t now_unix_ms, uint64_t extra,
                     uint64_t leaving, QueueEffect* put) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What goes for the next put, if the queue is full and its policy is not to refuse: kMessageDrop
  // or kMessageDead of the message that has been ready longest; where some were planned to go in
  // the same commit, behind the last of them (`after_id`; 0: none).
  bool PlanOverflow(int64_t now_unix_ms, uint64_t extra, uint64_t leaving, uint64_t after_id,
                    QueueEffect* effect) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageLease of the message that is next, if one can be taken; Advance comes first. lease_ms
  // 0: the queue's; the caller has checked that it is not above limits::kLeaseMs.
  bool PlanTake(int64_t lease_ms, int64_t now_unix_ms, QueueEffect* effect) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageAcknowledge; kStaleReceipt if the lease is not, or no longer, this receipt's.
  // kMessageDone where results are kept; kInvalid for a result (borrowed) where they are not.
  Result<QueueEffect> PlanAcknowledge(Receipt receipt, int64_t now_unix_ms, Bytes result = {}) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageProgress; kStaleReceipt, kTooLarge.
  Result<QueueEffect> PlanProgress(Receipt receipt, Bytes progress, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageReturn, or kMessageDead once max_deliveries is reached. delay_ms < 0: the queue's retry
  // delay. The effect's time is 0 if there is no delay: ready as soon as it is applied.
  // kStaleReceipt, kOutOfRange.
  Result<QueueEffect> PlanReturn(Receipt receipt, int64_t delay_ms, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageDead at once, with the worker's reason (borrowed). kStaleReceipt, kTooLarge.
  Result<QueueEffect> PlanBury(Receipt receipt, Bytes reason, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageLease of the same attempt with a new deadline, from now. lease_ms 0: the queue's.
  // kStaleReceipt, kOutOfRange.
  Result<QueueEffect> PlanExtend(Receipt receipt, int64_t lease_ms, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What follows for the next message whose time was over at the last Advance: of a lease
  // kMessageReturn, kMessageDead, or kMessageLease where it is renewed; of one that is too old
  // kMessageDrop or kMessageDead. False if none.
  bool PlanOverdue(int64_t now_unix_ms, QueueEffect* effect) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first run of a schedule that is due: what it puts in, and the kScheduleRun that goes with
  // it, still without the message's id. Borrowed from the schedule. False if none.
  struct DueRun {
    NewMessage message;
    QueueEffect effect;
  };
  bool PlanRun(int64_t now_unix_ms, DueRun* run) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether PlanOverdue or PlanRun has something.
  bool HasDue(int64_t now_unix_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !overdue_.empty() || schedules_.NextDueUnixMs() <= now_unix_ms;
  }
  // What there is to be told of its depth (how many are ready) or age (how long the one has been
  // ready that has waited longest), since one of them crossed its threshold; NoteEvent, once it was
  // told. False if nothing.
  struct Event {
    bool of_age = false;
    bool high = false;
    int64_t number = 0;
  };
  bool NextEvent(int64_t now_unix_ms, Event* event) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteEvent(const Event& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of parents: kMessageChildren once `over` more children of a message are over. False if it is
  // not there, or waits for none.
  bool PlanChildrenOver(uint64_t id, uint32_t over, QueueEffect* effect) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a message is there and not ready before its children are over.
  bool WaitsForChildren(uint64_t id, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After recovery: whoever held a lease died with the process, so their messages are to be ready
  // again at once, ahead of fresh ones, the lost attempt counted. kMessageReturn or kMessageDead
  // for each, by id.
  std::vector<QueueEffect> PlanReleaseAll(int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageReturn that makes a dead letter ready again, ahead of fresh ones, with its attempts
  // forgotten; kNotFound. (Only the count towards max_deliveries starts anew: the attempt number in
  // effects and receipts goes on growing, so that no receipt is ever given out twice.)
  Result<QueueEffect> PlanRevive(uint64_t id, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kMessageAcknowledge that drops a dead letter for good; kNotFound.
  Result<QueueEffect> PlanDiscard(uint64_t id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- The one way to change anything. Idempotent by message id: each effect says what its message
  // is from now on, so replaying the end of a journal over a state that already contains some of it
  // ends in that same state. A put of a known id overwrites it, anything else of an unknown id only
  // keeps that id from being given out again. Throws std::bad_alloc, and then nothing was changed;
  // an acknowledgement needs no memory. ---
  void Apply(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // While there is one, what the queue holds is not counted; at its end it is: for many changes
  // under one lock.
  class CountsOnce {
   public:
    explicit CountsOnce(WorkQueue* queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex_)
        : queue_(queue) {
      ++queue->counting_once_;
    }
    ~CountsOnce() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (--queue_->counting_once_ == 0) queue_->CountMemory();
    }
    CountsOnce(const CountsOnce&) = delete;
    CountsOnce& operator=(const CountsOnce&) = delete;

   private:
    WorkQueue* const queue_;
  };
  // Takes back a put that was just applied, as if it had not been.
  void Withdraw(const QueueEffect& put) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of the ends of a message these need memory.
  static bool NeedsPreparation(QueueEffectKind kind);
  // Takes what memory such an effect needs, so that it can be applied among others that must not
  // fail; Cancel gives it back instead.
  void Prepare(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CancelPreparation(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // From now until then the lease of this receipt is extended by itself, as long as the process
  // lives. kStaleReceipt.
  Status Renew(Receipt receipt, int64_t until_unix_ms, int64_t now_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // From now on receipts are others than those of earlier incarnations of the engine, whatever of
  // these was lost, and so are ids.
  void BeginIncarnation(uint32_t incarnation, uint64_t first_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After a purge or a deletion, without the lock: frees what was in the queue.
  void FreeDiscarded() ABSL_LOCKS_EXCLUDED(mutex_);
  // What time alone does: delayed messages whose time has come are ready, and PlanOverdue has the
  // leases that ran out.
  void Advance(int64_t now_unix_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Leaves the awake queues if time alone changes nothing in it and nobody waits; the next change,
  // or waiter, brings it back. For whoever looks at those again and again, after Advance.
  void Rest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The totals count from here: what recovery replayed is not counted.
  void ResetTotals() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- Looking. ---
  const QueueOptions& options() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return options_; }
  const Schedules& schedules() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return schedules_; }
  const BindingSet& bindings() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return bindings_; }
  bool IsBound(SubjectKind kind, Bytes subject) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return bindings_.contains(SubjectNameLess::Key(kind, subject));
  }
  // Of children that are over: whom that is to be told (txn/tell_parents.h).
  const OwedParents& owed_parents() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return owed_; }
  // The message that a just applied kMessageLease names, without its body; `attempt` counts from
  // the last revive.
  TakenMessage Taken(uint64_t id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What was sent as the body of the message that PlanTake names. Throws std::bad_alloc.
  SharedBytes NextBody() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return PlainBody(*ready_.Head());
  }
  // As of the last Advance: there is a message, the queue is not paused, and its rate allows it.
  bool CanTake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !paused_ && ready_.Head() != nullptr && AllowedAtUnixMs() <= timers_.now_ms();
  }
  // When something may happen here by time alone (a delay or a lease ends), or an earlier moment at
  // which to ask again; INT64_MAX if nothing will.
  int64_t NextDueUnixMs() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueFigures Figures(int64_t now_unix_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The oldest dead letters first, `limit` at most, those with id > after.
  std::vector<MessageView> DeadLetters(uint64_t after, size_t limit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is such a message, and how it is.
  bool View(uint64_t id, MessageView* view) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The one that would be taken next, were the queue not paused, and its rate none. False if none.
  bool ViewNext(MessageView* view) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Some of the messages in these states, `limit` at most; the cursor is 0 at first, and again
  // after the last. Who is there all the time is told at least once. kTooSmall, if not even those
  // of one place in the table fit in.
  Status Browse(MessageStates states, size_t limit, uint64_t* cursor,
                std::vector<MessageView>* views) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // When time alone may end this message, or make it ready; INT64_MAX if it cannot.
  int64_t DueUnixMs(uint64_t id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Above every id given out so far.
  uint64_t next_id() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return next_id_; }
  // Effects that rebuild this queue from nothing (for the snapshot), its declaration first, the
  // order of what is ready and the next id included; leases are told as leases. Of a queue that is
  // not durable only the declaration. What an effect borrows is valid during the call of `tell`.
  void Describe(const std::function<void(const QueueEffect&)>& tell) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takers that wait for a message, with the Unix time at which each looks again by itself. A taker
  // that sleeps until NextDueUnixMs is safe if whoever leaves the list calls TellFirstWaiter: the
  // first is told when something becomes ready, and when NextDueUnixMs moves nearer.
  WaitList* waiters() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Wake();
    return &waiters_;
  }
  // Tells the first waiter of what is ready, or will be soon and before it looks again by itself.
  // Whoever leaves the list calls it, and whoever looks at the queue again and again.
  void TellFirstWaiter() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts `place` among those that are told when this message ends, or its progress is told.
  void Await(uint64_t id, WaitPlace* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopAwaiting(uint64_t id, WaitPlace* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotifyEverybody() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // From one to the other no child of another message is put into it: PlanEnqueue answers kClosed.
  // (It is to be deleted, and parents would not be told.)
  void RefuseChildren() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { ++refusing_children_; }
  void AcceptChildren() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { --refusing_children_; }
  // A deleted or closed queue answers kClosed to its waiting takers.
  bool closed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_; }
  void Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  using Message = QueuedMessage;
  using MessageTable = LinkedTable<Message, /*kKeptBuckets=*/128>;

  // Among the awake queues from now on.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (awake_ || awake_queues_ == nullptr) return;
    awake_ = true;
    awake_queues_->Add(this);
  }
  void LeaveAwake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(awake_, false)) awake_queues_->Remove(this);
  }
  using State = QueuedMessage::State;
  using Tell = std::function<void(const QueueEffect&)>;

  // When the queue's rate allows the next take.
  int64_t AllowedAtUnixMs() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return rate_limit_.AllowedAtMs(options_.rate(), timers_.now_ms());
  }
  uint64_t Alive() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return messages_.size() - Count(State::kDead) - Count(State::kDone);
  }
  // Of the delivery with this attempt, in this incarnation (0: in memory only). Those of one
  // incarnation follow each other, and those of the next ones are far away.
  Receipt ReceiptOf(uint64_t id, uint32_t attempt) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    constexpr uint32_t kApart = 40503;  // 2^16 / golden ratio, which spreads multiples evenly
    return {id, attempt + (incarnation_ <= 1 ? 0 : incarnation_ - 1) * kApart};
  }
  QueueEffect DropOrDead(const Message& message, bool dead, Bytes reason, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const std::string& ReasonFor(Bytes what, int64_t number, Bytes unit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t OldestReadyAgeMs(int64_t now_unix_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t RestMs(const Message& message) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Exhausted(const Message& message) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status NotOpen() const;
  Message* FindMessage(uint64_t id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return messages_.Find(HashOfMessageId(id));
  }
  // The message leased under this receipt; kStaleReceipt, kClosed.
  Result<const Message*> FindLeased(Receipt receipt, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Result<const Message*> FindDead(uint64_t id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueEffect About(QueueEffectKind kind, const Message& message) const;
  QueueEffect ReturnOrDead(const Message& message, bool expired, int64_t delay_ms,
                           int64_t now_unix_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What is needed under these options where nothing may fail.
  void Reserve(const QueueOptions& options) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetTimersByAge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyOptions(Bytes encoded) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplySchedule(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyBinding(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyDelete() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyMessageAndTell(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyMessage(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyTo(const QueueEffect& effect, Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyPut(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyLease(const QueueEffect& effect, Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyReturn(const QueueEffect& effect, Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyDead(const QueueEffect& effect, Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyEnd(const QueueEffect& effect, Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyProgress(const QueueEffect& effect, Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyDone(const QueueEffect& effect, Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyChildren(const QueueEffect& effect, Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyOwed(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The message is over: its parent is to be told.
  void OweParent(Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountArrival(const QueueEffect& put) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunTimers(int64_t now_unix_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellWaiters(bool could_take, int64_t due_unix_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes a message out of the line or wheel of its state.
  void Detach(Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of a message that is delayed or ready: its timer ends with its age at the latest.
  int64_t LimitedByAge(const Message& message, int64_t due_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkOverdue(Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts a detached one into that of its new state; for what waits for a time room was reserved.
  // Waiters are told of a ready one.
  void BecomeReady(Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitUntil(Message* message, State state, int64_t due_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Become(Message* message, State state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t Count(State state) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_[static_cast<size_t>(state)];
  }
  void SetNote(Message* message, std::unique_ptr<std::string> note)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the message its note; throws std::bad_alloc with nothing changed if it was not prepared.
  void TakePrepared(const QueueEffect& effect, Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellAwaiters(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static SharedBytes PlainBody(const Message& message);
  MessageView ViewOf(const Message& message) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Frees a detached one.
  void Drop(Message* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountMemory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of the delayed and the leased those of one state, and of all others what is overdue.
  void ForEachTimed(State state, absl::FunctionRef<void(const Message&)> visit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // All but its options and its messages.
  void DescribeOthers(const Tell& tell) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DescribeMessage(const Message& message, const Tell& tell) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  const std::string name_;
  const uint64_t sequence_;
  // Of options_, for who compresses without the lock. Relaxed: any moment's will do.
  std::atomic<int64_t> compress_bytes_;
  AwakeQueues* awake_queues_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t refusing_children_ ABSL_GUARDED_BY(mutex_) = 0;  // how many do so
  QueueOptions options_ ABSL_GUARDED_BY(mutex_);
  MessageTable messages_ ABSL_GUARDED_BY(mutex_);   // by id; it owns them
  MessageTable discarded_ ABSL_GUARDED_BY(mutex_);  // that are to be freed
  uint64_t children_ ABSL_GUARDED_BY(mutex_) = 0;   // messages with parents
  SpareNodes<Message> spare_messages_ ABSL_GUARDED_BY(mutex_);
  int64_t message_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t counting_once_ ABSL_GUARDED_BY(mutex_) = 0;  // how many CountsOnce there are
  CountedMemory memory_ ABSL_GUARDED_BY(mutex_){MemoryPurpose::kQueues};
  std::array<uint64_t, kMessageStates> counts_ ABSL_GUARDED_BY(mutex_) = {};
  ReadyLines ready_ ABSL_GUARDED_BY(mutex_);
  TimerWheel timers_ ABSL_GUARDED_BY(mutex_);  // of the delayed and the leased
  LinkedLine<Message, InLine> overdue_ ABSL_GUARDED_BY(mutex_);
  Deduplication deduplication_ ABSL_GUARDED_BY(mutex_);
  Schedules schedules_ ABSL_GUARDED_BY(mutex_);
  BindingSet bindings_ ABSL_GUARDED_BY(mutex_);
  int64_t binding_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  RateLimit rate_limit_ ABSL_GUARDED_BY(mutex_);
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  absl::btree_set<uint64_t> dead_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_);
  uint32_t incarnation_ ABSL_GUARDED_BY(mutex_);
  QueueFigures totals_ ABSL_GUARDED_BY(mutex_);
  Threshold depth_threshold_ ABSL_GUARDED_BY(mutex_);
  Threshold age_threshold_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<EventRates> rates_ ABSL_GUARDED_BY(mutex_);  // from the first message on
  OwedParents owed_ ABSL_GUARDED_BY(mutex_);
  int64_t owed_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Notes for effects that are about to be applied.
  std::map<uint64_t, std::unique_ptr<std::string>> prepared_ ABSL_GUARDED_BY(mutex_);
  WaitList waiters_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, WaitList> awaiters_ ABSL_GUARDED_BY(mutex_);  // by message id
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Why the queue itself gave up on a message: planned effects borrow them, so they stay.
  mutable std::map<std::pair<std::string, int64_t>, std::string> reasons_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_WORK_QUEUE_H_
