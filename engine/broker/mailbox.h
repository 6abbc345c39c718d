#ifndef KONTOR_BROKER_MAILBOX_H_
#define KONTOR_BROKER_MAILBOX_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/sequence_lock.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/backlog.h"
#include "broker/conflation.h"
#include "broker/entry_queue.h"
#include "broker/linked_table.h"
#include "broker/mailbox_options.h"
#include "broker/presence_room.h"
#include "broker/publication.h"
#include "broker/subscription.h"
#include "broker/tag_registry.h"
#include "broker/waiting_lists.h"
#include "os/event_descriptor.h"

namespace kontor {

// What a reader gets out of a mailbox.
struct Delivery {
  DeliveryKind kind = DeliveryKind::kMessage;
  // Of messages. It still counts as waiting, and so must be gone before the mailbox's budget is; or
  // be held (PublicationRef::Hold).
  PublicationRef publication;
  // The pattern (kPatternMessage); the channel or pattern (interest); the channel of a gap in what
  // it keeps, or of who is there.
  std::string subject;
  SubjectKind subject_kind = SubjectKind::kChannel;  // of the subscription, or of an event
  uint64_t lost = 0;           // of gaps: messages; of conflated messages: how many it replaced
  std::vector<uint64_t> tags;  // the host's tags this goes to, those subscribed when it was
                               // published; who came or left
};

// A message that waits outside of a full mailbox, with its publisher.
class PendingPut {
 public:
  PendingPut(std::shared_ptr<class Mailbox> mailbox, const MailboxEntry& entry, uint64_t tags);
  PendingPut(const PendingPut&) = delete;
  PendingPut& operator=(const PendingPut&) = delete;
  ~PendingPut();

  // Waits for room, up to the mailbox's block_ms since this was made, and puts it in. False if it
  // is lost, or nobody wants it any more. Holding no lock.
  bool WaitForRoom();
  uint64_t tags() const { return tags_; }

 private:
  friend class Mailbox;

  const std::shared_ptr<class Mailbox> mailbox_;
  const uint64_t tags_;
  const Countdown countdown_;
  Waiter waiter_;
  // Guarded by the mailbox's lock.
  WaitPlace place_;
  MailboxEntry entry_;
  bool unwanted_ = false;  // its subscription has ended
  PendingPut* next_ = nullptr;
};

// What one thread or event loop reads: the messages of many subscriptions, each with any number of
// 64-bit tags of the host. A publish puts one shared message in; the reader expands it to tags.
// Thread-safe.
//
// Two locks: of the tags, which a reader holds while it expands, and of what waits, which is all
// that a publisher takes. Lock order: the ChannelIndex's, the tags', what waits.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  // The options are valid.
  explicit Mailbox(const MailboxOptions& options) : options_(options) {}
  const MailboxOptions& options() const { return options_; }
  ~Mailbox();

  // The oldest delivery. Readers are served first come, first served, also before one that only
  // polls (timeout_ms 0). kTimeout, kInterrupted, or kClosed once closed and drained; *delivery is
  // unspecified then. Using the same Delivery again saves allocations. `waiter` may be null. What
  // finds no memory stays in the mailbox.
  Status Next(int64_t timeout_ms, Waiter* waiter, Delivery* delivery) {
    size_t taken = 0;
    return NextMany(timeout_ms, waiter, delivery, 1, &taken);
  }
  // The same for up to `count` at once, in their order; it waits for the first only. If memory runs
  // out behind the first one, those before are answered.
  Status NextMany(int64_t timeout_ms, Waiter* waiter, Delivery* deliveries, size_t count,
                  size_t* taken);
  // A descriptor that is readable while there is something to read or the mailbox is closed; owned
  // by the mailbox.
  Result<int> Descriptor();
  // Wakes every reader and waiting publisher; nothing more is accepted. (Subscriptions end through
  // ChannelIndex::Leave.)
  void Close();

  bool closed() const;
  // What waits to be read; some of it may turn out to have no reader left.
  uint64_t pending() const;
  uint64_t pending_bytes() const;
  // Those that were replaced by newer ones of their channel included.
  uint64_t lost_total() const;

 private:
  friend class ChannelIndex;
  friend class PendingPut;

  enum class PutResult { kPut, kLost, kClosed, kMustWait };
  // Publications that go, to be freed after the lock is given back: bodies may be large.
  struct Dropped;
  static constexpr size_t kBatch = 8;  // entries taken out under one lock
  static constexpr size_t kNotJoined = SIZE_MAX;

  // Takes over the entry's waiting reference if the answer is kPut or kLost. kMustWait only if it
  // may wait. Cannot fail: what finds no memory is lost.
  PutResult Put(const MailboxEntry& entry, bool may_wait);
  // A list of how everything is, however full it is (WaitingLists::Replace). False if it is closed.
  bool PutList(const void* thing, std::vector<MailboxEntry>* list);
  void ForgetList(const void* thing);
  // Asks for the lines that a put touches.
  void PrefetchForPut() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    __builtin_prefetch(&mutex_, 1);
    __builtin_prefetch(&entries_, 1);
    __builtin_prefetch(&put_, 1);
    __builtin_prefetch(&last_reached_, 1);
  }
  // Something for it could not be made.
  void Lose();
  void set_budget(MemoryBudget* budget);

  // These four are called with the ChannelIndex's lock, too. False, or null, if there is no such
  // tag, or it is there already.
  bool AddTag(Subscription* subscription, uint64_t tag, uint64_t since)
      ABSL_LOCKS_EXCLUDED(tags_mutex_);
  bool RemoveTag(Subscription* subscription, uint64_t tag) ABSL_LOCKS_EXCLUDED(tags_mutex_);
  Subscription* RemoveAnyOf(uint64_t tag) ABSL_LOCKS_EXCLUDED(tags_mutex_);
  // What a tag that was just added gets before all that waits. Cannot fail.
  void AddBacklog(std::unique_ptr<Backlog> backlog) ABSL_LOCKS_EXCLUDED(tags_mutex_);
  // A subscription for it, without tags yet. Throws std::bad_alloc with nothing changed.
  Subscription* MakeSubscription(Subject* subject) ABSL_LOCKS_EXCLUDED(tags_mutex_);
  // It has left the index; what waits for its tags, if it has any, is still told.
  void EndSubscription(Subscription* subscription) ABSL_LOCKS_EXCLUDED(tags_mutex_);

  void CountTagsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // The tag has gone: what it had not been told yet goes, too.
  void CancelBacklogLocked(const Subscription* subscription, uint64_t tag)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  void RemoveBacklogLocked(Backlog* backlog) ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  void FreeLocked(Subscription* subscription) ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // Frees what ended and waits for nobody any more.
  void FreeEndedLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);

  bool IsFullFor(const MailboxEntry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsMessageConflated(const MailboxEntry& entry) const {
    return options_.overflow == OverflowPolicy::kConflate && entry.subscription != nullptr;
  }
  PutResult PutLocked(const MailboxEntry& entry, bool may_wait, Dropped* dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // kPut: there is room.
  PutResult MakeRoomLocked(const MailboxEntry& entry, bool may_wait, Dropped* dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether an older one of its channel was there to be replaced.
  bool ReplaceLocked(const MailboxEntry& entry, Dropped* dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PutResult AppendLocked(const MailboxEntry& entry, Dropped* dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PutResult LoseLocked(const MailboxEntry& entry, Dropped* dropped)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldestLocked(Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeReaderLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Something is there to be taken out.
  bool HoldsSomethingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return lost_at_front_ != 0 || lost_at_back_ != 0 || !entries_.empty() || lists_.size() != 0;
  }
  // Or was taken and not told.
  bool HasSomethingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return HoldsSomethingLocked() || taken_left_.load(std::memory_order_relaxed) != 0 ||
           backlog_left_.load(std::memory_order_relaxed) != 0;
  }
  void CountMemoryLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The next entry or gap goes from what waits to what was taken; false if there is none.
  bool TakeOneLocked(MailboxEntry* taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeLocked(size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_, mutex_);
  // False if it goes to nobody any more. If it throws nothing has changed.
  bool ExpandLocked(const MailboxEntry& entry, Delivery* delivery) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  bool ExpandMessageLocked(const MailboxEntry& entry, Delivery* delivery) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // Tells what was taken, up to so many, and adds to *told.
  void TellLocked(Delivery* deliveries, size_t count, size_t* told)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // The same for backlogs.
  void TellBacklogsLocked(Delivery* deliveries, size_t count, size_t* told)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // How many; none if others are ahead.
  size_t ReadLocked(const WaitPlace& place, Delivery* deliveries, size_t count)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tags_mutex_);
  // What a reader who found nothing answers, kOk if it waits on.
  Status WhyNotLocked(int64_t timeout_ms, int64_t remaining_ms, bool interrupted) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ClosedStatusLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends a reader's wait; the next in line takes over if there is more to read.
  void LeaveLineLocked(WaitPlace* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const MailboxOptions options_;

  mutable Mutex tags_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  TagRegistry registry_ ABSL_GUARDED_BY(tags_mutex_);
  CountedMemory tag_memory_ ABSL_GUARDED_BY(tags_mutex_){MemoryPurpose::kMailboxes};
  size_t subscription_objects_ ABSL_GUARDED_BY(tags_mutex_) = 0;
  // In the order of their end.
  Subscription* first_ended_ ABSL_GUARDED_BY(tags_mutex_) = nullptr;
  Subscription* last_ended_ ABSL_GUARDED_BY(tags_mutex_) = nullptr;
  // Taken out, but not told yet: `taken_left_` of these, from `taken_begin_` on. They stay for
  // longer than a read only where it found no memory.
  std::array<MailboxEntry, kBatch> taken_ ABSL_GUARDED_BY(tags_mutex_);
  size_t taken_begin_ ABSL_GUARDED_BY(tags_mutex_) = 0;
  std::atomic<size_t> taken_left_{0};  // changed under tags_mutex_; a figure to others
  // What channels kept, for tags that joined: told before anything else is taken out.
  LinkedLine<Backlog, InBacklogLine> backlogs_ ABSL_GUARDED_BY(tags_mutex_);
  LinkedTable<Backlog> backlog_table_ ABSL_GUARDED_BY(tags_mutex_);
  size_t backlog_bytes_ ABSL_GUARDED_BY(tags_mutex_) = 0;
  std::atomic<uint64_t> backlog_left_{0};  // as taken_left_

  // Half the price of a Mutex where nobody waits for it, which is what a publish to many mailboxes
  // consists of. (Its version is not used.)
  mutable SequenceLock mutex_;
  EntryQueue entries_ ABSL_GUARDED_BY(mutex_);
  Conflation conflation_ ABSL_GUARDED_BY(mutex_);
  CountedMemory memory_ ABSL_GUARDED_BY(mutex_){MemoryPurpose::kMailboxes};
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of entries_
  uint64_t put_ ABSL_GUARDED_BY(mutex_) = 0;    // entries, since the beginning
  WaitingLists lists_ ABSL_GUARDED_BY(mutex_);
  // Lost before the first entry and behind the last one, and not told yet.
  uint64_t lost_at_front_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t lost_at_back_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t lost_total_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool overflowed_ ABSL_GUARDED_BY(mutex_) = false;  // why it is closed
  WaitList waiters_ ABSL_GUARDED_BY(mutex_);
  WaitList publishers_ ABSL_GUARDED_BY(mutex_);
  PendingPut* pending_puts_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::unique_ptr<EventDescriptor> descriptor_ ABSL_GUARDED_BY(mutex_);

  // All below is guarded by the ChannelIndex's lock.
  LinkedTable<Subscription> subscriptions_;  // by subject
  size_t member_place_ = kNotJoined;         // among the members of the index
  Mailbox* next_found_closed_ = nullptr;     // itself if it is the last one
  uint64_t tag_count_ = 0;                   // of all its subscriptions
  std::vector<PresenceRoom*> watched_rooms_;
  uint64_t last_reached_ = 0;  // sequence of the latest publication put in here
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MAILBOX_H_
