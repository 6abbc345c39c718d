#ifndef KONTOR_BROKER_CHANNEL_INDEX_H_
#define KONTOR_BROKER_CHANNEL_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "broker/mailbox.h"

namespace kontor {

enum class SubjectKind : uint32_t {
  kChannel = 0,  // exact name
  kPattern = 1,  // Redis glob (base/glob.h)
};

struct PublishResult {
  uint64_t mailboxes = 0;
  uint64_t tags = 0;  // what PUBLISH answers: subscriptions reached
};

// Who is subscribed to what in one engine, and the interest that follows from it. A publish costs
// the mailboxes it reaches plus a look at each pattern, never the number of tags. A mailbox belongs
// to one index. Thread-safe; lock order: this, then a mailbox's.
class ChannelIndex {
 public:
  ChannelIndex();
  ~ChannelIndex();

  // Who counts what waits in the mailboxes, and who subscribes; must outlive them. Before anything
  // else.
  void set_budget(MemoryBudget* budget) { budget_ = budget; }

  // CloseAll reaches the mailbox from now on; if it has already been, closes it. Subscribe and
  // WatchInterest do this too.
  void Join(const std::shared_ptr<Mailbox>& mailbox);
  // kExists if the tag already has this subscription, kTooLarge for a name over limits::kNameBytes,
  // kFull at limits::kSubscriptionsPerMailbox, kClosed.
  Status Subscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind, Bytes subject,
                   uint64_t tag);
  // kNotFound if there is no such subscription.
  Status Unsubscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind, Bytes subject,
                     uint64_t tag);
  // Ends every subscription of a tag in this mailbox; how many there were.
  uint64_t UnsubscribeTag(const std::shared_ptr<Mailbox>& mailbox, uint64_t tag);
  // From now on the mailbox is told of first and last subscriptions, beginning with a
  // kInterestGained for each subject that has some already, so that nothing is missed. After a gap,
  // call it again and begin anew from what it tells. kClosed.
  Status WatchInterest(const std::shared_ptr<Mailbox>& mailbox);
  // Closes the mailbox and ends all its subscriptions. What is in it can still be read.
  void Leave(const std::shared_ptr<Mailbox>& mailbox);
  // Closes every mailbox (the engine closes).
  void CloseAll();

  // One entry per matching subscription, so a mailbox with the channel and a pattern that matches
  // it gets it twice (as in Redis). Mailboxes found closed, also by this very overflow, leave. The
  // caller has checked the sizes.
  PublishResult Publish(Bytes channel, Bytes body);

  // PUBSUB CHANNELS / NUMSUB / NUMPAT. An empty pattern: all.
  std::vector<std::string> Channels(Bytes pattern) const;
  uint64_t SubscriptionsOf(Bytes channel) const;
  uint64_t PatternCount() const;

 private:
  // One channel or pattern with at least one subscription.
  struct Subject {
    struct Reader {
      std::shared_ptr<Mailbox> mailbox;
      std::shared_ptr<Mailbox::Subscription> subscription;
    };
    std::vector<Reader> readers;
    uint64_t tags = 0;
  };
  using Subjects = absl::flat_hash_map<std::string, Subject>;

  Subjects& SubjectsOf(SubjectKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return kind == SubjectKind::kPattern ? patterns_ : channels_;
  }
  void JoinLocked(const std::shared_ptr<Mailbox>& mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The mailbox's subscription, made (without any tag yet) if there is none.
  Mailbox::Subscription* FindOrAddLocked(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                                         Bytes subject) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Accounts for a tag that the mailbox has already let go.
  void ForgetTagLocked(Mailbox* mailbox, Mailbox::Subscription* subscription, uint64_t tag)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes a subscription and `tags` of its tags out of its subject, which goes with its last one.
  void SubtractLocked(const Mailbox::Subscription& subscription, uint64_t tags, bool leaves)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveAllLocked(Mailbox* mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellInterestLocked(DeliveryKind kind, const std::string& subject, bool is_pattern)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if the mailbox took it; otherwise it is closed and will be reaped.
  bool PutLocked(const std::shared_ptr<Mailbox>& mailbox, Mailbox::Entry entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishToLocked(const Subject& subject, DeliveryKind kind,
                       const std::shared_ptr<const Publication>& publication, PublishResult* result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends what is left of mailboxes that were found closed. The last thing every change does.
  void ReapLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  MemoryBudget* budget_ = nullptr;
  mutable Mutex mutex_;
  Subjects channels_ ABSL_GUARDED_BY(mutex_);
  Subjects patterns_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Mailbox>> interest_watchers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Mailbox>> found_closed_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Mailbox*, std::weak_ptr<Mailbox>> members_ ABSL_GUARDED_BY(mutex_);
  size_t members_sweep_at_ ABSL_GUARDED_BY(mutex_) = 64;
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;  // of the latest publication
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_CHANNEL_INDEX_H_
