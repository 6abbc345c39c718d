#include "session/session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/heap_bytes.h"
#include "base/letter_case.h"
#include "base/limits.h"
#include "command/arguments.h"
#include "command/slowness.h"
#include "db/engine.h"
#include "txn/batch.h"

namespace kontor {
namespace {

constexpr size_t kSliceBytes = size_t{1} << 20;
constexpr size_t kKeptBytes = size_t{16} << 10;  // when all is read, no more is kept than this

}  // namespace

Session::Session(Engine* engine, const std::atomic<bool>* closed, SessionOptions options)
    : engine_(engine),
      closed_(closed),
      options_(std::move(options)),
      parser_(options_.limits.request),
      selected_database_(options_.database),
      subscriptions_(&engine->core()->channels, "message", &writer_, options_.limits.mailbox_bytes),
      shard_subscriptions_(&engine->core()->shard_channels, "smessage", &writer_,
                           options_.limits.mailbox_bytes),
      watched_(engine->core()),
      client_(engine->clients()->Add(engine->core()->clock->MonotonicMs(), &waiter_)) {
  client_->ChangeNames([this](ClientNames* names) {
    names->address = options_.address;
    names->local_address = options_.local_address;
  });
  SetAuthenticated(options_.password.empty());
}

Session::~Session() {
  StopTracking();
  client_->Forget();
  engine_->clients()->Remove(*client_);
}

void Session::SetAuthenticated(bool authenticated) {
  authenticated_ = authenticated;
  parser_.set_authenticated(authenticated);
}

size_t Session::UnreadLimit() const {
  const size_t limit = options_.limits.unread_bytes;
  return authenticated_ ? limit : std::min(limit, kUnreadBytesBeforeAuth);
}

size_t Session::WaitingLimit() const {
  const size_t limit = options_.limits.waiting_bytes;
  return authenticated_ ? limit : std::min(limit, kWaitingBytesBeforeAuth);
}

SessionState Session::state() {
  SessionState state;
  state.subscribed = subscribed();
  state.waits =
      state.subscribed || waits() || client_->feed_count.load(std::memory_order_relaxed) > 0;
  state.authenticated = authenticated_;
  state.ended = ended_ || client_->killed.load(std::memory_order_relaxed);
  state.asked_shutdown = asked_shutdown_;
  state.unread_bytes = unread();
  state.memory_bytes = parser_.memory_bytes() + HeapBytesOf(output_) + multi_.memory_bytes() +
                       watched_.memory_bytes() + subscriptions_.memory_bytes() +
                       shard_subscriptions_.memory_bytes();
  if (blocked_ != nullptr) state.memory_bytes += blocked_->memory_bytes();
  if (postponed_ != nullptr) state.memory_bytes += postponed_->memory_bytes();
  if (tracking_ != nullptr) state.memory_bytes += tracking_->memory_bytes();
  return state;
}

Status Session::CheckOpen() const {
  if (closed_ == nullptr || !closed_->load(std::memory_order_acquire)) return Ok();
  return Status(Code::kClosed, "the engine's handle was closed");
}

void Session::End() {
  if (executes_) {
    ends_after_exec_ = true;  // EXEC holds locks, and walks over its commands
    return;
  }
  ended_ = true;
  blocked_.reset();
  postponed_.reset();
  StopTracking();
  subscriptions_.RemoveAll();
  shard_subscriptions_.RemoveAll();
  multi_.Close();
  watched_.Clear();
}

Status Session::Write(Bytes bytes) try {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  if (ended_) return Status(Code::kClosed, "the session ended: open another one");
  Resume();
  // In slices, so that what was run makes room for what comes.
  while (!bytes.empty() && !ended_) {
    parser_.Append(bytes.substr(0, kSliceBytes));
    bytes.remove_prefix(std::min(kSliceBytes, bytes.size()));
    Proceed();
    if (parser_.buffered() > WaitingLimit()) {
      writer_.Error("ERR Protocol error: too many bytes that cannot be run yet");
      End();
    }
  }
  return Ok();
} catch (const std::bad_alloc&) {
  End();  // what was replied may not be whole
  throw;
}

Status Session::Read(char* buffer, size_t capacity, size_t* length) try {
  *length = 0;
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  Resume();
  Proceed();
  if (!ended_) DrainPushes();
  if (ended_ && unread() == 0) {
    return Status(Code::kClosed, "the session ended and everything was read");
  }
  *length = std::min(capacity, unread());
  if (*length != 0) std::memcpy(buffer, output_.data() + read_, *length);
  read_ += *length;
  ForgetRead();
  return Ok();
} catch (const std::bad_alloc&) {
  End();
  throw;
}

void Session::ForgetRead() {
  if (read_ <= output_.size() / 2) return;
  output_.erase(0, read_);
  read_ = 0;
  if (output_.empty() && output_.capacity() > kKeptBytes) output_.shrink_to_fit();
}

void Session::Proceed() {
  if (parser_.buffered() == 0) return;
  now_ns_ = engine_->core()->clock->MonotonicNs();
  const uint64_t count = RunRequests();
  if (count == 0) return;
  engine_->clients()->NoteCommands(count);
  NoteState();
}

uint64_t Session::RunRequests() {
  uint64_t count = 0;
  while (!ended_ && !waits() && unread() <= UnreadLimit()) {
    switch (parser_.Next()) {
      case RespParser::Step::kIncomplete:
        parser_.Trim();
        return count;
      case RespParser::Step::kError:
        writer_.Error("ERR " + parser_.error());
        End();
        return count + 1;
      case RespParser::Step::kRequest:
        ++count;
        if (look_ahead_in_ > 0) {
          --look_ahead_in_;
        } else {
          BringNextNear();
        }
        DrainPushes();
        if (!ended_) Execute(parser_.arguments());
    }
  }
  return count;
}

// One request after the other would wait for memory each; together they wait once. Where all are
// about one key nothing is gained, and the next look can wait.
void Session::BringNextNear() {
  constexpr size_t kPatience = 8;
  const RespParser::Ahead ahead = parser_.LookAhead();
  if (ahead.keys > 1) {
    BringNear(&engine_->core()->keyspace, selected_database_, {ahead.key.data(), ahead.keys});
    look_ahead_in_ = ahead.requests;
  } else {
    look_ahead_in_ = kPatience * ahead.requests;
  }
}

Status Session::Admit(Arguments arguments, const Command** found) {
  KONTOR_RETURN_IF_ERROR(CheckCommand(arguments, found));
  const Command& command = **found;
  if (!authenticated_ && (command.flags & kWithoutAuth) == 0) {
    return Status(Code::kInvalid, "NOAUTH Authentication required.");
  }
  // Who has no address is in this process.
  if ((command.flags & kForHost) != 0 && !options_.address.empty() && !options_.may_debug) {
    return Status(Code::kInvalid,
                  "DEBUG command not allowed. It is for sessions in the process, and for clients "
                  "where whoever serves them permits it (kontor serve --debug)");
  }
  if (subscribed() && writer_.protocol() == 2 && (command.flags & kWhileSubscribed) == 0) {
    return Status(Code::kInvalid,
                  "Can't execute '" + ToLowerCase(command.name) +
                      "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed "
                      "in this context");
  }
  if (multi_.open() && (command.flags & kNotInMulti) != 0) {
    return Status(Code::kInvalid, "Command not allowed inside a transaction");
  }
  return Ok();
}

void Session::Execute(Arguments arguments) {
  const int64_t begin_ns = now_ns_;
  const size_t mark = writer_.mark();
  const Command* command = nullptr;
  if (const Status admitted = Admit(arguments, &command); !admitted.ok()) {
    Refuse(arguments, admitted);
  } else if (!MayRunNow(*command, arguments)) {
    return;
  } else if (multi_.open() && (command->flags & kControlsMulti) == 0) {
    const Status added = multi_.Add(*command, arguments);
    added.ok() ? writer_.Simple("QUEUED") : Reply(added);
  } else {
    client_->last_command.store(command->name.data(), std::memory_order_relaxed);
    const Status tracked = tracking_ == nullptr ? Ok() : TrackReads(*command, arguments);
    tracked.ok() ? Run(*command, arguments) : Reply(tracked);
  }
  now_ns_ = engine_->core()->clock->MonotonicNs();
  if (command != nullptr)
    NoteDuration(engine_, *command, arguments, now_ns_ - begin_ns, client_.get());
  if (caching_said_) ForgetCaching(command);
  if (replies_ == Replies::kOn) return;
  if (blocked_ == nullptr) writer_.Truncate(mark);
  if (replies_ == Replies::kSkip) replies_ = Replies::kOn;
  if (replies_ == Replies::kSkipNext) replies_ = Replies::kSkip;
}

// A transaction fails with what cannot be queued, and at once if that is its EXEC. A browser that
// was talked into sending its requests here shall not have its lines run, so HTTP ends the session,
// as in Redis.
void Session::Refuse(Arguments arguments, const Status& why) {
  if (!arguments.empty() && (IsKeyword(arguments[0], "POST") || IsKeyword(arguments[0], "HOST:"))) {
    return End();
  }
  if (!arguments.empty() && IsKeyword(arguments[0], "EXEC")) {
    multi_.Close();
    watched_.Clear();
    return Reply(
        Status(Code::kInvalid, "EXECABORT Transaction discarded because of: " + why.message()));
  }
  multi_.Refuse();
  Reply(why);
}

void Session::Run(const Command& command, Arguments arguments) {
  const KeyTracking::Acting acting(tracking_.get());
  if ((command.flags & kNeedsSession) != 0) {
    (this->*FindOwn(command.name))(arguments);
  } else if (options_.may_shut_down && command.name == "SHUTDOWN") {
    Shutdown(arguments);
  } else if (IsPingSubscribed(command)) {
    PingSubscribed(arguments);
  } else if ((command.flags & (kBlocks | kTakesMessages | kAwaitsMessage)) != 0) {
    RunBlocking(command, arguments);
  } else {
    RunOrdinary(command, arguments);
  }
}

// What others see of it.
void Session::NoteState() {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  client_->last_active_ms.store(now_ns_ / 1'000'000, kRelaxed);
  client_->database.store(selected_database_, kRelaxed);
  client_->protocol.store(writer_.protocol(), kRelaxed);
  client_->channels.store(subscriptions_.names(SubjectKind::kChannel).size(), kRelaxed);
  client_->shard_channels.store(shard_subscriptions_.count(), kRelaxed);
  client_->patterns.store(subscriptions_.names(SubjectKind::kPattern).size(), kRelaxed);
  client_->queued.store(multi_.open() ? static_cast<int64_t>(multi_.commands().size()) : -1,
                        kRelaxed);
  client_->watched.store(watched_.size(), kRelaxed);
  client_->blocked.store(blocked_ != nullptr, kRelaxed);
  client_->postponed.store(postponed_ != nullptr, kRelaxed);
}

void Session::RunOrdinary(const Command& command, Arguments arguments) {
  const size_t mark = writer_.mark();
  const WaitOptions no_wait;
  Status status;
  try {
    status = RunChecked(engine_, command, &selected_database_, arguments, no_wait, &writer_);
  } catch (const std::bad_alloc&) {
    status = Status(Code::kNoMemory, "there is not enough memory");
  }
  if (status.ok()) return;
  writer_.Truncate(mark);
  Reply(status);
}

void Session::RunBlocking(const Command& command, Arguments arguments) {
  waiter_.Wait(0);  // forgets what notified the command before this one
  client_->unblocked.store(Client::Unblocked::kNo, std::memory_order_relaxed);
  blocked_ = BlockedCommand::Make(engine_, command, arguments, selected_database_, &waiter_);
  Retry();
}

void Session::Retry() {
  const KeyTracking::Acting acting(tracking_.get());
  const size_t mark = writer_.mark();
  Status status = blocked_->Attempt(&writer_);
  const Client::Unblocked unblocked =
      client_->unblocked.exchange(Client::Unblocked::kNo, std::memory_order_relaxed);
  if (status.code() == Code::kAgain && unblocked == Client::Unblocked::kError) {
    status = Status(Code::kInvalid, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
  }
  const bool is_unblocked = unblocked != Client::Unblocked::kNo;
  if (status.code() == Code::kAgain && !is_unblocked && blocked_->RemainingMs() != 0) {
    SetDeadline(blocked_->RetryMs());
    return;
  }
  blocked_.reset();
  client_->blocked.store(false, std::memory_order_relaxed);
  SetDeadline(-1);
  if (!status.ok()) {
    writer_.Truncate(mark);
    // Or its time is over.
    status.code() == Code::kAgain ? writer_.NullArray() : Reply(status);
  }
  if (replies_ == Replies::kOff) writer_.Truncate(mark);
}

// An EXEC is held for what is in its transaction, a command that is to be queued for itself.
bool Session::MayRunNow(const Command& command, Arguments arguments) {
  const bool executes = multi_.open() && command.name == "EXEC";
  const bool writes = IsPausedWithWrites(command) || (executes && multi_.is_paused_with_writes());
  const Clients& clients = *engine_->clients();
  const int64_t now_ms = now_ns_ / 1'000'000;
  if (clients.PausedMs(writes, now_ms) == 0) return true;
  waiter_.Wait(0);  // forgets what notified it before; then looks again, not to miss the end
  const int64_t paused_ms = clients.PausedMs(writes, now_ms);
  if (paused_ms == 0) return true;
  postponed_ = std::make_unique<PostponedCommand>(arguments, writes);
  SetDeadline(paused_ms);
  return false;
}

void Session::ResumePostponed() {
  now_ns_ = engine_->core()->clock->MonotonicNs();
  const int64_t paused_ms = engine_->clients()->PausedMs(postponed_->writes(), now_ns_ / 1'000'000);
  if (paused_ms > 0) return SetDeadline(paused_ms);
  SetDeadline(-1);
  const std::unique_ptr<PostponedCommand> postponed = std::move(postponed_);
  DrainPushes();
  if (!ended_) Execute(postponed->arguments());
  NoteState();
}

void Session::Resume() {
  const bool listens = readiness_ != nullptr;
  if (listens) readiness_->ClearWake();  // before the notice is taken, not to lose one
  // A notice that is not taken would hide the next one from the descriptor.
  const bool notified = (listens || waits()) && waiter_.Wait(0) == WakeReason::kNotified;
  if (client_->killed.load(std::memory_order_relaxed)) return End();
  if (postponed_ != nullptr) return ResumePostponed();
  if (blocked_ != nullptr && (notified || blocked_->RetryMs() == 0)) Retry();
}

void Session::DrainPushes() {
  DrainSubscriptions();
  if (!ended_) DrainInvalidations();
}

void Session::DrainSubscriptions() {
  for (Subscriptions* const each : {&subscriptions_, &shard_subscriptions_}) {
    const Status drained = each->Drain(read_ + UnreadLimit());
    if (drained.ok()) continue;
    Reply(drained);  // it did not read fast enough
    return End();
  }
}

Result<int> Session::Descriptor() {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  if (readiness_ == nullptr) {
    KONTOR_ASSIGN_OR_RETURN(readiness_, Readiness::Create());
    waiter_.set_descriptor(readiness_->wake_descriptor());
    if (blocked_ != nullptr) readiness_->SetDeadline(blocked_->RetryMs());
    if (postponed_ != nullptr) readiness_->SetDeadline(0);  // Read sets the right one
  }
  KONTOR_RETURN_IF_ERROR(TellOfMessages());
  return readiness_->descriptor();
}

}  // namespace kontor
