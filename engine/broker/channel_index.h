#ifndef KONTOR_BROKER_CHANNEL_INDEX_H_
#define KONTOR_BROKER_CHANNEL_INDEX_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/effect.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "broker/interest_linger.h"
#include "broker/mailbox.h"
#include "broker/message_log.h"
#include "broker/presence_room.h"
#include "broker/subject_index.h"

namespace kontor {

// Of channels on which single replies are waited for. Nobody is told of interest in them.
inline constexpr Bytes kReplyChannelPrefix = "__reply__:";

struct PublishResult {
  uint64_t mailboxes = 0;
  uint64_t tags = 0;    // what PUBLISH answers: subscriptions reached
  uint64_t lost = 0;    // subscriptions whose mailbox had no room
  uint64_t queues = 0;  // that were bound, and have it
};

// Whether a publisher waits for mailboxes that are full and of OverflowPolicy::kBlock. Only who
// holds no lock may.
enum class PublishWait { kNever, kUpToDeadline };

// A message that is published, and what became of it.
struct OutgoingMessage {
  Bytes channel;
  Bytes body;
  Bytes reply_channel = {};
  PublishResult result = {};
};

// Puts that found their mailbox full, and wait for room.
using PendingPuts = std::list<PendingPut>;

struct PublishOptions {
  // Where puts go that wait for room, for ChannelIndex::WaitForRoom; null: nobody waits.
  PendingPuts* pending = nullptr;
  // Whether a channel may keep it: not if DemandFor has just told that it does not. A message that
  // comes with the declaration of its channel comes before it then.
  bool may_be_kept = true;
  int64_t now_unix_ms = 0;  // for channels that keep messages
  bool journaled = false;   // whether somebody writes down what durable channels keep
};

// Where a subscription begins on a channel that keeps messages.
struct JoinPoint {
  enum class From : uint32_t {
    kNow = 0,       // with what is published from now on
    kLast = 1,      // with the last `value` that are kept
    kSequence = 2,  // with the message of this sequence; what of it is not kept is told as a gap
  };
  From from = From::kNow;
  uint64_t value = 0;
};

struct RetentionFigures {
  RetentionOptions options;
  uint64_t first_sequence = 0;  // of what is kept; last_sequence + 1 if that is nothing
  uint64_t last_sequence = 0;   // of what was published; 0 if that is nothing
  uint64_t count = 0;
  uint64_t bytes = 0;  // of bodies
};

// Who is subscribed to what in one engine, what channels keep, and the
// interest that follows from it. A publish costs what matching costs (broker/subject_index.h) and
// the mailboxes it reaches, never the number of tags. A mailbox belongs to one index, which shares
// its ownership until it leaves. Thread-safe; lock order: this, then a mailbox's.
//
// A call that finds no memory throws std::bad_alloc and changes nothing. Ending subscriptions,
// leaving and closing need none. What is published and finds no memory on its way into a mailbox is
// lost there, and told as a gap.
class ChannelIndex {
 public:
  ChannelIndex() = default;
  ~ChannelIndex();

  // Who counts what waits in the mailboxes, and who subscribes; must outlive them. Before anything
  // else.
  void set_budget(MemoryBudget* budget);

  // CloseAll reaches the mailbox from now on; if it has already been, closes it. Subscribe and
  // WatchInterest do this too.
  void Join(const std::shared_ptr<Mailbox>& mailbox);
  // kExists if the tag already has this subscription, kTooLarge for a name over limits::kNameBytes,
  // kInvalid for a token pattern that is none, kFull at limits::kSubscriptionsPerMailbox, kClosed.
  Status Subscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind, Bytes subject,
                   uint64_t tag);
  // kNotFound if there is no such subscription.
  Status Unsubscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind, Bytes subject,
                     uint64_t tag);
  // Ends every subscription of a tag in this mailbox; how many there were.
  uint64_t UnsubscribeTag(const std::shared_ptr<Mailbox>& mailbox, uint64_t tag);
  // From now on the mailbox is told of first and last subscriptions, of the latter once its
  // interest_linger_ms have passed (TellOfInterest), beginning with a
  // kInterestGained for each subject that has some already, so that nothing is missed. After a gap,
  // call it again and begin anew from what it tells. kClosed.
  Status WatchInterest(const std::shared_ptr<Mailbox>& mailbox);
  // Tells what was lost long enough. To be called again and again: lingering is as exact as that.
  void TellOfInterest(int64_t now_ms);
  // From now on the mailbox is told of the tags that come into this channel, which is to subscribe
  // to it by name in the first mailbox anywhere, and that leave their last one; beginning with
  // kPresent of those who are there, so that nothing is missed. After a gap, call it again and
  // begin anew. kTooLarge, kClosed.
  Status WatchPresence(const std::shared_ptr<Mailbox>& mailbox, Bytes channel);
  // kNotFound.
  Status UnwatchPresence(const std::shared_ptr<Mailbox>& mailbox, Bytes channel);
  // Who is in the channel: each tag once, in rising order.
  std::vector<uint64_t> TagsOf(Bytes channel) const;
  // Closes the mailbox and ends all its subscriptions. What is in it can still be read.
  void Leave(const std::shared_ptr<Mailbox>& mailbox);
  // Closes every mailbox (the engine closes).
  void CloseAll();

  // One entry per matching subscription, so a mailbox with the channel and a pattern that matches
  // it gets it twice (as in Redis). Mailboxes found closed, also by this very overflow, leave;
  // those that lose it at once are not counted as reached. The caller has checked the sizes.
  PublishResult Publish(Bytes channel, Bytes body, PublishWait wait = PublishWait::kNever);

  // Several at once and in their order, or none. `commit` is called once all memory is taken and
  // nothing has changed, under the lock, with the effects of durable channels: it writes them down,
  // or refuses everything. (What there is no memory for in a mailbox is lost there all the same.)
  // kClosed, or what commit answered.
  using Commit = absl::FunctionRef<Status(Bytes effects)>;
  Status PublishAll(absl::Span<OutgoingMessage> messages, const PublishOptions& options,
                    Commit commit);
  // What PublishAll left for whoever holds no lock.
  static void WaitForRoom(PendingPuts* pending, PublishResult* result);
  // What becomes of a message on this channel now.
  enum class Demand { kNone, kWanted, kKept, kKeptDurably };
  Demand DemandFor(Bytes channel) const;

  // --- Channels that keep messages. `journal` gets the effect of a durable one, under the lock.
  // ---

  using Journaling = absl::FunctionRef<void(Bytes effects)>;
  // From now on it keeps what these options say; one that does already takes them on. kInvalid
  // where `durable` would change, kFull at limits::kRetainedChannels, kClosed.
  Status Declare(Bytes channel, const RetentionOptions& options, int64_t now_unix_ms,
                 Journaling journal);
  // It keeps nothing any more; its subscriptions stay. kNotFound, kClosed.
  Status Forget(Bytes channel, Journaling journal);
  // As Subscribe by name, from that point on: what was kept goes to this tag alone, and comes
  // before what waits. kNotFound if the channel keeps nothing and should, kOutOfRange for a
  // sequence that has not come yet.
  Status SubscribeFrom(const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag,
                       const JoinPoint& from, int64_t now_unix_ms);
  // Up to `count` that are kept, from this sequence on; a gap first if some are not kept any more.
  // *read: how many deliveries. kNotFound, kOutOfRange as above.
  Status ReadRetained(Bytes channel, uint64_t sequence, size_t count, int64_t now_unix_ms,
                      Delivery* deliveries, size_t* read);
  // The names of those that match a glob.
  std::vector<std::string> RetainedChannels(Bytes pattern) const;
  Result<RetentionFigures> FiguresOf(Bytes channel, int64_t now_unix_ms);
  // Replays an effect. kCorrupt for one that cannot be.
  Status Apply(const ChannelEffect& effect);
  // Held by a snapshot, so that its cut is exact.
  Mutex* mutex() ABSL_LOCK_RETURNED(mutex_) { return &mutex_; }
  // The effects that make the durable channels what they are.
  using Visit = absl::FunctionRef<void(const ChannelEffect&)>;
  void DescribeLocked(Visit visit) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // PUBSUB CHANNELS / NUMSUB / NUMPAT. An empty pattern: all.
  std::vector<std::string> Channels(Bytes pattern) const;
  uint64_t SubscriptionsOf(Bytes channel) const;
  uint64_t PatternCount() const;

 private:
  struct InterestWatcher {
    Mailbox* mailbox;
    std::unique_ptr<InterestLinger> linger;  // null: it is told everything at once
  };

  // A message on its way to its mailboxes.
  struct Publishing {
    Publishing(PublicationRef its_publication, PendingPuts* its_pending)
        : publication(std::move(its_publication)), pending(its_pending) {}

    PublicationRef publication;
    PendingPuts* pending;
    RetainedChannel* retained = nullptr;
    absl::InlinedVector<const Subject*, 8> matches;
    uint64_t unused = 0;  // of the waiting references that were taken for the mailboxes
    PublishResult result = {};
  };

  static constexpr size_t kPresenceBatch = 256;  // tags of one event, at most

  void JoinLocked(const std::shared_ptr<Mailbox>& mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Subscription* FindLocked(const Mailbox& mailbox, SubjectKind kind, Bytes name) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The mailbox's subscription, made (without any tag yet) if there is none.
  Subscription* FindOrAddLocked(Mailbox* mailbox, SubjectKind kind, Bytes name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the tag was added; a subscription without tags does not stay.
  bool AddTagLocked(Mailbox* mailbox, Subscription* subscription, uint64_t tag)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After this tag of it has gone.
  void AfterRemovalLocked(Mailbox* mailbox, Subscription* subscription, uint64_t tag)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes it out of its subject, which goes with its last one.
  void DetachLocked(Subscription* subscription) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveSubjectLocked(Subject* subject) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveWatcherLocked(const Mailbox* mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The mailbox leaves; whoever calls keeps it.
  void RemoveAllLocked(Mailbox* mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountMemoryLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // None of these four can fail.
  // A list of how everything is: see Mailbox::PutList.
  void TellListLocked(Mailbox* watcher, const void* thing, std::vector<MailboxEntry> list)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellAllInterestLocked(Mailbox* watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellInterestLocked(DeliveryKind kind, SubjectKind subject_kind, Bytes name, Mailbox* watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellInterestLocked(DeliveryKind kind, const Subject& subject)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if nobody watches it.
  PresenceRoom* FindRoomLocked(Bytes channel) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PresenceRoom* RoomOfLocked(const Subject& subject) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountRoomLocked(PresenceRoom* room, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // None of these five can fail.
  void EnterRoomLocked(PresenceRoom* room, std::unique_ptr<PresentTag> entering)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveRoomLocked(const Subject& subject, absl::Span<const uint64_t> tags)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveRoomLocked(const Subscription& subscription) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellPresenceLocked(DeliveryKind kind, Bytes channel, absl::Span<const uint64_t> tags,
                          absl::Span<Mailbox* const> watchers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellPresentLocked(PresenceRoom* room, absl::Span<const uint64_t> tags, Mailbox* watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The room goes with its last watcher.
  void RemoveWatcherLocked(PresenceRoom* room, const Mailbox* mailbox)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes all memory that it needs, and a sequence where one is given.
  void PlanLocked(Publishing* publishing, const PublishOptions& options, std::string* effects)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DeliverLocked(Publishing* publishing, int64_t now_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishToLocked(const Subject& subject, Publishing* publishing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PutLocked(Subscription* subscription, const MailboxEntry& entry, Publishing* publishing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FoundClosedLocked(Mailbox* mailbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends what is left of mailboxes that were found closed. The last thing every change does.
  void ReapLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Status SubscribeLocked(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind, Bytes subject,
                         uint64_t tag, std::unique_ptr<Backlog> backlog)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  RetainedChannel* FindRetainedLocked(Bytes channel) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same, and only what is not too old; kNotFound.
  Result<RetainedChannel*> CurrentLocked(Bytes channel, int64_t now_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ApplyLocked(const ChannelEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ApplyDeclareLocked(const ChannelEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyDeleteLocked(Bytes channel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ApplyPublishLocked(const ChannelEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepLocked(RetainedChannel* channel, const Publication& publication, int64_t now_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  MemoryBudget* budget_ = nullptr;
  mutable Mutex mutex_;
  SubjectIndex subjects_ ABSL_GUARDED_BY(mutex_);
  size_t reader_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // what readers take beside their subjects
  LinkedTable<RetainedChannel> retained_ ABSL_GUARDED_BY(mutex_);
  size_t retained_bytes_ ABSL_GUARDED_BY(mutex_) = 0;        // without what is kept
  LinkedTable<PresenceRoom> rooms_ ABSL_GUARDED_BY(mutex_);  // that somebody watches
  size_t room_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  CountedMemory memory_ ABSL_GUARDED_BY(mutex_){MemoryPurpose::kMailboxes};
  // Both by their places, or in no order: what goes is replaced by the last one.
  std::vector<std::shared_ptr<Mailbox>> members_ ABSL_GUARDED_BY(mutex_);
  std::vector<InterestWatcher> interest_watchers_ ABSL_GUARDED_BY(mutex_);
  Mailbox* found_closed_ ABSL_GUARDED_BY(mutex_) = nullptr;  // the first of those linked
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;            // of the latest publication
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_CHANNEL_INDEX_H_
