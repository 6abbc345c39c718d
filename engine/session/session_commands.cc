// The commands that only a session can run: those that change what it listens to, and its end.

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "session/session.h"

namespace kontor {

bool Session::AllowedWhileSubscribed(const Command& command) const {
  static constexpr Bytes kAllowed[] = {"SUBSCRIBE",    "UNSUBSCRIBE", "PSUBSCRIBE",
                                       "PUNSUBSCRIBE", "PING",        "QUIT"};
  return std::find(std::begin(kAllowed), std::end(kAllowed), command.name) != std::end(kAllowed);
}

bool Session::RunOwn(const Command& command, Arguments arguments) {
  const Bytes name = command.name;
  if (name == "SUBSCRIBE") {
    Subscribe(SubjectKind::kChannel, arguments);
  } else if (name == "PSUBSCRIBE") {
    Subscribe(SubjectKind::kPattern, arguments);
  } else if (name == "UNSUBSCRIBE") {
    Unsubscribe(SubjectKind::kChannel, arguments);
  } else if (name == "PUNSUBSCRIBE") {
    Unsubscribe(SubjectKind::kPattern, arguments);
  } else if (name == "PING" && subscriptions_.count() > 0) {
    PingSubscribed(arguments);
  } else if (name == "QUIT") {
    writer_.Ok();
    End();
  } else {
    return false;
  }
  return true;
}

void Session::ReplySubscription(Bytes what, const Bytes* subject) {
  writer_.Array(3);
  writer_.Bulk(what);
  if (subject == nullptr) {
    writer_.Null();
  } else {
    writer_.Bulk(*subject);
  }
  writer_.Integer(static_cast<int64_t>(subscriptions_.count()));
}

void Session::Subscribe(SubjectKind kind, Arguments arguments) {
  const Bytes what = kind == SubjectKind::kChannel ? "subscribe" : "psubscribe";
  for (const Bytes subject : arguments.subspan(1)) {
    if (const Status added = subscriptions_.Add(kind, subject); !added.ok()) {
      Reply(added);
    } else {
      ReplySubscription(what, &subject);
    }
  }
  if (const Status watched = WatchMailbox(); !watched.ok()) {
    Reply(watched);
    End();
  }
}

void Session::Unsubscribe(SubjectKind kind, Arguments arguments) {
  const Bytes what = kind == SubjectKind::kChannel ? "unsubscribe" : "punsubscribe";
  std::vector<std::string> subjects(arguments.begin() + 1, arguments.end());
  if (subjects.empty()) {
    const auto& names = subscriptions_.names(kind);
    subjects.assign(names.begin(), names.end());
  }
  for (const Bytes subject : subjects) {
    subscriptions_.Remove(kind, subject);
    ReplySubscription(what, &subject);
  }
  if (subjects.empty()) ReplySubscription(what, nullptr);
}

void Session::PingSubscribed(Arguments arguments) {
  if (arguments.size() > 2) {
    writer_.Error("ERR wrong number of arguments for 'ping' command");
    return;
  }
  writer_.Array(2);
  writer_.Bulk("pong");
  writer_.Bulk(arguments.size() == 2 ? arguments[1] : Bytes());
}

Status Session::WatchMailbox() {
  Mailbox* const mailbox = subscriptions_.mailbox();
  if (readiness_ == nullptr || mailbox == nullptr || mailbox_watched_) return Ok();
  KONTOR_ASSIGN_OR_RETURN(const int descriptor, mailbox->Descriptor());
  KONTOR_RETURN_IF_ERROR(readiness_->Watch(descriptor));
  mailbox_watched_ = true;
  return Ok();
}

}  // namespace kontor
