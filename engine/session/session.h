#ifndef KONTOR_SESSION_SESSION_H_
#define KONTOR_SESSION_SESSION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/channel_index.h"
#include "command/command.h"
#include "db/clients.h"
#include "db/key_tracking.h"
#include "session/blocked_command.h"
#include "session/multi.h"
#include "session/postponed_command.h"
#include "session/readiness.h"
#include "session/resp_parser.h"
#include "session/resp_writer.h"
#include "session/subscriptions.h"
#include "session/watched_keys.h"
#include "txn/transaction.h"
#include "txn/undo_log.h"

namespace kontor {

class Engine;

// What a session takes from its client before it says no.
struct SessionLimits {
  RespParser::Limits request;                    // a longer one is a protocol error
  size_t waiting_bytes = limits::kCommandBytes;  // of input that cannot be run yet; more end it
  size_t unread_bytes = size_t{64} << 20;        // while there is more to read no request is run
  size_t mailbox_bytes = SIZE_MAX;               // of messages not read yet; more end it
};

// What its host needs to know of a session now and then.
struct SessionState {
  bool waits = false;  // a command or a subscription may make Read have something new at any time
  bool subscribed = false;
  bool authenticated = false;
  bool ended = false;           // also by others; what it replied can still be read
  bool asked_shutdown = false;  // by SHUTDOWN, which ended it
  size_t unread_bytes = 0;      // of replies
  size_t memory_bytes = 0;      // of requests, replies and messages it holds
};

// What the host of a session says of it.
struct SessionOptions {
  std::string password;        // AUTH is needed first; empty: it is not
  std::string address;         // of whoever is at the other end, for CLIENT LIST
  std::string local_address;   // where it connected to
  uint32_t database = 0;       // which logical one it begins with
  bool may_shut_down = false;  // SHUTDOWN ends the session, and its host looks at the state
  bool may_debug = false;      // DEBUG although there is an address
  SessionLimits limits;
};

// A Redis connection without a socket: RESP bytes in, RESP bytes out. The listener, the drop-ins
// and the tests all drive this object. One thread at a time; it never blocks for others: a command
// that waits leaves the session blocked, and the requests behind it wait in the session, until Read
// (or Write) finds that it can go on. Until then it is in line at its keys, so a host must read
// when the descriptor tells it to, or destroy the session.
class Session {
 public:
  // The limits of those who did not authenticate yet, if theirs are not lower anyway; for those of
  // a request see RespParser.
  static constexpr size_t kWaitingBytesBeforeAuth = size_t{1} << 20;
  static constexpr size_t kUnreadBytesBeforeAuth = size_t{64} << 10;

  // `closed` (may be null): set when the handle closes that this session came from. Both must
  // outlive the session.
  Session(Engine* engine, const std::atomic<bool>* closed, SessionOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes request bytes, whole requests or not, and runs what is complete. kClosed after QUIT or a
  // protocol error, or once the handle closed. More than limits::kCommandBytes that cannot be run
  // yet end the session, as does std::bad_alloc, which both throw.
  Status Write(Bytes bytes);
  // Takes up to `capacity` reply bytes; *length 0: there are none now. First retries a blocked
  // command, runs requests that had to wait and collects pushed messages. kClosed once the session
  // ended and everything was read.
  Status Read(char* buffer, size_t capacity, size_t* length);
  // Readable when Read may have something new although nothing was written: a blocked command can
  // go on or its time is over, a message was pushed. For poll and epoll only; owned by the session.
  // kIo if the process has no descriptors left.
  Result<int> Descriptor();
  // Costs next to nothing.
  SessionState state();

 private:
  // Whether replies are passed on (CLIENT REPLY).
  enum class Replies { kOn, kOff, kSkipNext, kSkip };

  Status CheckOpen() const;
  size_t unread() const { return output_.size() - read_; }
  size_t UnreadLimit() const;
  size_t WaitingLimit() const;
  void SetAuthenticated(bool authenticated);
  void Reply(const Status& failure) { writer_.Error(ErrorText(failure)); }
  void ForgetRead();
  void End();

  // Runs requests until one blocks, the input or the room for replies is used up, or the session
  // ends.
  void Proceed();
  // How many there were.
  uint64_t RunRequests();
  // Begins to fetch what the next requests of a packet will touch.
  void BringNextNear();
  void Execute(Arguments arguments);
  // Why it is not run now: its name or arguments, AUTH, what the session is in the middle of.
  Status Admit(Arguments arguments, const Command** command);
  void Refuse(Arguments arguments, const Status& why);
  void Run(const Command& command, Arguments arguments);
  void RunOrdinary(const Command& command, Arguments arguments);
  void RunBlocking(const Command& command, Arguments arguments);
  void Retry();
  // False: a pause holds the command, and the arguments are kept until it ends.
  bool MayRunNow(const Command& command, Arguments arguments);
  void ResumePostponed();
  void Resume();
  bool waits() const { return blocked_ != nullptr || postponed_ != nullptr; }
  void SetDeadline(int64_t remaining_ms) {
    if (readiness_ != nullptr) readiness_->SetDeadline(remaining_ms);
  }
  // What nobody asked for: messages and invalidations.
  void DrainPushes();
  void DrainSubscriptions();
  void NoteState();

  // Commands that only a session can run (session_commands.cc, client_command.cc).
  using OwnCommand = void (Session::*)(Arguments arguments);
  static OwnCommand FindOwn(Bytes name);
  // What can be subscribed to: channels, patterns, channels of SPUBLISH.
  struct Topic {
    Subscriptions Session::*subscriptions;
    SubjectKind kind;
    Bytes subscribe;  // the words of the replies
    Bytes unsubscribe;
  };
  static const Topic kChannels;
  static const Topic kPatterns;
  static const Topic kShardChannels;
  void Subscribe(const Topic& topic, Arguments arguments);
  void Unsubscribe(const Topic& topic, Arguments arguments);
  template <const Topic& kTopic>
  void SubscribeTo(Arguments arguments) {
    Subscribe(kTopic, arguments);
  }
  template <const Topic& kTopic>
  void UnsubscribeFrom(Arguments arguments) {
    Unsubscribe(kTopic, arguments);
  }
  void ReplySubscription(const Topic& topic, Bytes what, const Bytes* subject);
  bool subscribed() const { return subscriptions_.count() + shard_subscriptions_.count() > 0; }
  // A PING has another reply while subscribed, in RESP2.
  bool IsPingSubscribed(const Command& command) const {
    return subscribed() && writer_.protocol() == 2 && command.name == "PING";
  }
  void PingSubscribed(Arguments arguments);
  Status TellOfMessages();
  void Quit(Arguments arguments);
  void Shutdown(Arguments arguments);
  void Reset(Arguments arguments);

  void BeginMulti(Arguments arguments);
  void Discard(Arguments arguments);
  void Watch(Arguments arguments);
  void Unwatch(Arguments arguments);
  void Exec(Arguments arguments);
  // What a publish reached is known after all else is done; only then its reply can be put where it
  // belongs. The outcome of the commit that it was part of; nothing: it is still to be done.
  struct Publishes {
    std::vector<size_t> places;  // in output_, ascending
    std::optional<Transaction::Outcome> outcome = {};
  };
  Status ExecuteQueued(Publishes* publishes);
  // With queues or channels among the commands.
  Status CommitQueued(Publishes* publishes);
  // Of the queue steps the transaction knows the outcome already.
  Status RunQueued(Operation* operation, UndoLog* undo, Publishes* publishes);
  void ReplyToPublishes(const Publishes& publishes);
  void RunOneQueued(const Multi::Queued& queued, Operation* operation, UndoLog* undo);

  void AclList(Arguments arguments);
  void AclGetUser(Arguments arguments);

  void Auth(Arguments arguments);
  Status Authenticate(Bytes user, Bytes password);
  void Hello(Arguments arguments);
  Status ParseHello(Arguments arguments, uint32_t* protocol, std::optional<std::string>* name);
  void ReplyToHello();

  // CLIENT: each replies, or says what is wrong.
  template <Status (Session::*kRun)(Arguments arguments)>
  void RunClient(Arguments arguments) {
    if (const Status status = (this->*kRun)(arguments); !status.ok()) Reply(status);
  }
  void Id(Arguments arguments);
  void Info(Arguments arguments);
  void GetName(Arguments arguments);
  Status SetName(Arguments arguments);
  Status SetInfo(Arguments arguments);
  Status SetNoEvict(Arguments arguments) { return SetMark(kMarkNoEvict, arguments); }
  Status SetNoTouch(Arguments arguments) { return SetMark(kMarkNoTouch, arguments); }
  Status SetMark(ClientMark mark, Arguments arguments);
  Status Pause(Arguments arguments);
  void Unpause(Arguments arguments);

  // CLIENT TRACKING and its kin (tracking_commands.cc).
  struct TrackingOptions;
  Status Tracking(Arguments arguments);
  Status ParseTracking(Arguments arguments, TrackingOptions* options) const;
  Status CheckTracking(const TrackingOptions& options) const;
  void StartTracking(const TrackingOptions& options);
  void StopTracking();
  Status Caching(Arguments arguments);
  void ForgetCaching(const Command* ran);
  void GetRedirect(Arguments arguments);
  void TrackingInfo(Arguments arguments);
  // Of a command that is about to run.
  Status TrackReads(const Command& command, Arguments arguments);
  Status TrackKeys(const Command& command, Arguments arguments, uint32_t database);
  void DrainInvalidations();
  void PassOn(KeyTracking* tracking);
  void WriteInvalidations(const KeyTracking& tracking,
                          const KeyTracking::Invalidations& invalidations);
  // The words in front of what is invalid. False: this client cannot be told.
  bool BeginInvalidation(bool redirected);
  Status SetReplies(Arguments arguments);
  Status List(Arguments arguments);
  Status Kill(Arguments arguments);
  Status Unblock(Arguments arguments);

  Engine* const engine_;
  const std::atomic<bool>* const closed_;
  const SessionOptions options_;
  RespParser parser_;
  size_t look_ahead_in_ = 0;  // so many requests
  std::string output_;
  size_t read_ = 0;  // of output_, that many bytes were read
  RespWriter writer_{&output_};
  uint32_t selected_database_;
  bool authenticated_ = false;
  int64_t now_ns_ = 0;  // when the last request was done, or the first one of these came
  bool ended_ = false;
  bool executes_ = false;  // an EXEC, right now
  bool ends_after_exec_ = false;
  bool asked_shutdown_ = false;
  Replies replies_ = Replies::kOn;
  Subscriptions subscriptions_;
  Subscriptions shard_subscriptions_;
  Multi multi_;
  WatchedKeys watched_;
  // CLIENT TRACKING, if it is on, and whether reads are tracked only, or not, after CLIENT CACHING.
  enum class TrackReadsWhen { kAlways, kAskedFor, kNotAskedNotTo };
  TrackReadsWhen track_when_ = TrackReadsWhen::kAlways;
  bool caching_said_ = false;
  std::unique_ptr<Readiness> readiness_;  // made by the first call of Descriptor
  Waiter waiter_;
  const std::shared_ptr<Client> client_;
  std::shared_ptr<KeyTracking> tracking_;
  std::unique_ptr<PostponedCommand> postponed_;
  std::unique_ptr<BlockedCommand>
      blocked_;  // last: it goes first, and leaves the lists that notify the waiter
};

}  // namespace kontor

#endif  // KONTOR_SESSION_SESSION_H_
