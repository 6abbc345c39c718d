#ifndef KONTOR_BROKER_MAILBOX_H_
#define KONTOR_BROKER_MAILBOX_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/waiter.h"
#include "os/event_descriptor.h"

namespace kontor {

// A published message: one allocation shared by every mailbox it reached.
struct Publication {
  Publication(Bytes of_channel, Bytes of_body) : channel(of_channel), body(of_body) {}

  const std::string channel;
  const std::string body;
  // In how many entries of mailboxes it waits: the first one counts its memory, and the last one
  // that lets go of it takes it out of the count, whoever else still reads it.
  mutable std::atomic<uint64_t> waiting{0};
};

enum class OverflowPolicy : uint32_t {
  kDropOldest = 0,  // make room; the loss is counted and told in-band as a gap
  kClose = 1,       // the mailbox closes: what is in it can still be read, then kClosed
};

struct MailboxOptions {
  uint64_t capacity_messages = 65536;
  // Of channels and bodies that wait, shared with other mailboxes or not; one message always fits.
  uint64_t capacity_bytes = UINT64_MAX;
  OverflowPolicy overflow = OverflowPolicy::kDropOldest;
};

// kOutOfRange, naming the option and its bounds.
Status Validate(const MailboxOptions& options);

enum class DeliveryKind : uint32_t {
  kMessage = 0,         // of a channel subscribed by name
  kPatternMessage = 1,  // of a channel that matches a subscribed pattern
  kGap = 2,             // `lost` messages were dropped before what follows
  kInterestGained = 3,  // a channel or pattern got its first subscription anywhere in the engine
  kInterestLost = 4,    // its last subscription ended
};

// What a reader gets out of a mailbox.
struct Delivery {
  DeliveryKind kind = DeliveryKind::kMessage;
  std::shared_ptr<const Publication> publication;  // of messages
  std::string subject;  // the pattern (kPatternMessage); the channel or pattern (interest)
  bool subject_is_pattern = false;  // of interest events
  uint64_t lost = 0;                // of gaps
  std::vector<uint64_t>
      tags;  // the host's tags this goes to, those subscribed when it was published
};

// What one thread or event loop reads: the messages of many subscriptions, each with any number of
// 64-bit tags of the host. A publish puts one shared message in; the reader expands it to tags.
// Thread-safe. The lock is a leaf, except that ChannelIndex calls in with its own lock held.
class Mailbox {
 public:
  // The options are valid.
  explicit Mailbox(const MailboxOptions& options) : options_(options) {}
  ~Mailbox();

  // The oldest delivery, a gap first. Readers are served first come, first served, also before one
  // that only polls (timeout_ms 0). kTimeout, kInterrupted, or kClosed once closed and drained;
  // *delivery is unspecified then. Using the same Delivery again saves allocations. `waiter` may be
  // null.
  Status Next(int64_t timeout_ms, Waiter* waiter, Delivery* delivery);
  // A descriptor that is readable while there is something to read or the mailbox is closed; owned
  // by the mailbox.
  Result<int> Descriptor();
  // Wakes every reader; nothing more is accepted. (Subscriptions end through ChannelIndex::Leave.)
  void Close();

  bool closed() const;
  // What waits to be read; some of it may turn out to have no reader left.
  uint64_t pending() const;
  uint64_t pending_bytes() const;
  uint64_t lost_total() const;

 private:
  friend class ChannelIndex;

  // One channel or pattern as this mailbox is subscribed to it.
  struct Subscription {
    std::string subject;
    bool is_pattern = false;
    // Dense, so that expanding is a walk; a tag gets what was published after its `since`.
    struct Member {
      uint64_t tag;
      uint64_t since;
    };
    std::vector<Member> members;
    absl::flat_hash_map<uint64_t, size_t> places;  // tag -> index in members
    // Guarded by the ChannelIndex's lock.
    uint64_t tag_count = 0;
    size_t reader_place = 0;  // where it stands among the readers of its subject
  };
  // The subscriptions of one tag; most tags have one.
  class TagSubscriptions {
   public:
    void Add(Subscription* subscription);
    void Remove(Subscription* subscription);
    bool empty() const { return first_ == nullptr && (more_ == nullptr || more_->empty()); }
    std::vector<Subscription*> All() const;

   private:
    Subscription* first_ = nullptr;
    std::unique_ptr<absl::flat_hash_set<Subscription*>> more_;
  };
  struct Entry {
    DeliveryKind kind = DeliveryKind::kMessage;
    std::shared_ptr<const Publication> publication = nullptr;
    std::shared_ptr<Subscription> subscription = nullptr;  // of messages
    std::string subject = {};                              // of interest events
    bool subject_is_pattern = false;
    uint64_t sequence = 0;
  };

  // Who counts what waits here and who subscribes; must outlive the mailbox. Before the first
  // subscription.
  void set_budget(MemoryBudget* budget) ABSL_LOCKS_EXCLUDED(mutex_);
  // For ChannelIndex. Put returns false if the mailbox is closed (also by this very put).
  bool Put(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);
  // True if the tag was not there. `since`: the engine-wide publish sequence at this moment.
  bool AddTag(Subscription* subscription, uint64_t tag, uint64_t since) ABSL_LOCKS_EXCLUDED(mutex_);
  bool RemoveTag(Subscription* subscription, uint64_t tag) ABSL_LOCKS_EXCLUDED(mutex_);

  bool IsFullFor(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // An entry comes, or goes; `body` is null where it has none, and still there.
  void CountLocked(const Publication* body) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DiscountLocked(const Publication* body) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The oldest delivery that still goes to somebody; false if there is none.
  bool TakeLocked(Delivery* delivery) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ExpandLocked(Entry* expanded, Delivery* delivery) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends a reader's wait; the next in line takes over if there is more to read.
  void LeaveLineLocked(WaitPlace* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ReadableLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ClosedStatusLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const MailboxOptions options_;
  mutable Mutex mutex_;
  MemoryBudget* budget_ ABSL_GUARDED_BY(mutex_) = nullptr;
  CountedMemory tag_memory_ ABSL_GUARDED_BY(mutex_){MemoryPurpose::kMailboxes};
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of entries_
  uint64_t lost_since_read_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t lost_total_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool overflowed_ ABSL_GUARDED_BY(mutex_) = false;  // why it is closed
  WaitList waiters_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<EventDescriptor> descriptor_ ABSL_GUARDED_BY(mutex_);
  // What this mailbox is subscribed to, by name and by tag; all below is guarded by the
  // ChannelIndex's lock.
  absl::flat_hash_map<std::string, std::shared_ptr<Subscription>> channels_;
  absl::flat_hash_map<std::string, std::shared_ptr<Subscription>> patterns_;
  absl::flat_hash_map<uint64_t, TagSubscriptions> tags_;
  uint64_t subscription_count_ = 0;
  uint64_t last_reached_ = 0;  // sequence of the latest publication put in here
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MAILBOX_H_
