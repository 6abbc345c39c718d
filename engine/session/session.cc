#include "session/session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "db/engine.h"

namespace kontor {
namespace {

constexpr size_t kSliceBytes = size_t{1} << 20;

}  // namespace

Session::Session(Engine* engine, const std::atomic<bool>* closed)
    : engine_(engine), closed_(closed), subscriptions_(&engine->core()->channels) {}

Session::~Session() = default;

Status Session::CheckOpen() const {
  if (closed_ == nullptr || !closed_->load(std::memory_order_acquire)) return Ok();
  return Status(Code::kClosed, "the engine's handle was closed");
}

void Session::End() {
  ended_ = true;
  blocked_.reset();
  subscriptions_.RemoveAll();
}

Status Session::Write(Bytes bytes) {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  if (ended_) return Status(Code::kClosed, "the session ended: open another one");
  Resume();
  // In slices, so that what was run makes room for what comes.
  while (!bytes.empty() && !ended_) {
    parser_.Append(bytes.substr(0, kSliceBytes));
    bytes.remove_prefix(std::min(kSliceBytes, bytes.size()));
    Proceed();
    if (parser_.buffered() > limits::kCommandBytes) {
      writer_.Error("ERR Protocol error: too many bytes that cannot be run yet");
      End();
    }
  }
  return Ok();
}

Status Session::Read(char* buffer, size_t capacity, size_t* length) {
  *length = 0;
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  Resume();
  Proceed();
  if (!ended_) DrainSubscriptions();
  if (ended_ && unread() == 0) {
    return Status(Code::kClosed, "the session ended and everything was read");
  }
  *length = std::min(capacity, unread());
  if (*length != 0) std::memcpy(buffer, output_.data() + read_, *length);
  read_ += *length;
  ForgetRead();
  return Ok();
}

void Session::ForgetRead() {
  if (read_ <= output_.size() / 2) return;
  output_.erase(0, read_);
  read_ = 0;
  if (output_.empty() && output_.capacity() > kSliceBytes) output_.shrink_to_fit();
}

void Session::Proceed() {
  while (!ended_ && blocked_ == nullptr && unread() <= kUnreadBytes) {
    switch (parser_.Next()) {
      case RespParser::Step::kIncomplete:
        return;
      case RespParser::Step::kError:
        writer_.Error("ERR " + parser_.error());
        End();
        return;
      case RespParser::Step::kRequest:
        DrainSubscriptions();
        if (!ended_) Execute(parser_.arguments());
    }
  }
}

void Session::Execute(Arguments arguments) {
  const Command* command = nullptr;
  if (const Status checked = CheckCommand(arguments, &command); !checked.ok()) {
    Reply(checked);
  } else if (subscriptions_.count() > 0 && !AllowedWhileSubscribed(*command)) {
    std::string name(command->name);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c | 0x20; });
    writer_.Error("ERR Can't execute '" + name +
                  "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                  "this context");
  } else if (RunOwn(*command, arguments)) {
    return;
  } else if ((command->flags & kBlocks) != 0) {
    RunBlocking(*command, arguments);
  } else {
    RunOrdinary(arguments);
  }
}

void Session::RunOrdinary(Arguments arguments) {
  const size_t mark = writer_.mark();
  const WaitOptions no_wait;
  const Status status = RunCommand(engine_, &selected_database_, arguments, no_wait, &writer_);
  if (status.ok()) return;
  writer_.Truncate(mark);
  Reply(status);
}

void Session::RunBlocking(const Command& command, Arguments arguments) {
  waiter_.Wait(0);  // forgets what notified the command before this one
  blocked_ =
      std::make_unique<BlockedCommand>(engine_, command, arguments, selected_database_, &waiter_);
  Retry();
}

void Session::Retry() {
  const size_t mark = writer_.mark();
  const Status status = blocked_->Attempt(&writer_);
  if (status.code() == Code::kAgain && blocked_->RemainingMs() != 0) {
    if (readiness_ != nullptr) readiness_->SetDeadline(blocked_->RemainingMs());
    return;
  }
  blocked_.reset();
  if (readiness_ != nullptr) readiness_->SetDeadline(-1);
  if (status.ok()) return;
  writer_.Truncate(mark);
  if (status.code() == Code::kAgain) {
    writer_.NullArray();  // its time is over
  } else {
    Reply(status);
  }
}

void Session::Resume() {
  if (readiness_ != nullptr)
    readiness_->ClearWake();  // before the notice is taken, not to lose one
  if (blocked_ == nullptr) return;
  const bool notified = waiter_.Wait(0) == WakeReason::kNotified;
  if (notified || blocked_->RemainingMs() == 0) Retry();
}

void Session::DrainSubscriptions() {
  const Status drained = subscriptions_.Drain(&output_, read_ + kUnreadBytes);
  if (drained.ok()) return;
  Reply(drained);  // it did not read fast enough
  End();
}

Result<int> Session::Descriptor() {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  if (readiness_ == nullptr) {
    KONTOR_ASSIGN_OR_RETURN(readiness_, Readiness::Create());
    waiter_.set_descriptor(readiness_->wake_descriptor());
    if (blocked_ != nullptr) readiness_->SetDeadline(blocked_->RemainingMs());
  }
  KONTOR_RETURN_IF_ERROR(WatchMailbox());
  return readiness_->descriptor();
}

}  // namespace kontor
