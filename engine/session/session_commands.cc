// The commands that only a session can run, but CLIENT: what it listens to, and its end.

#include <map>
#include <string>
#include <vector>

#include "db/engine.h"
#include "session/session.h"

namespace kontor {

Session::OwnCommand Session::FindOwn(Bytes name) {
  static const auto* const commands = new std::map<Bytes, OwnCommand>{
      {"AUTH", &Session::Auth},
      {"CLIENT|GETNAME", &Session::GetName},
      {"CLIENT|ID", &Session::Id},
      {"CLIENT|INFO", &Session::Info},
      {"CLIENT|KILL", &Session::RunClient<&Session::Kill>},
      {"CLIENT|LIST", &Session::RunClient<&Session::List>},
      {"CLIENT|NO-EVICT", &Session::RunClient<&Session::SetNoEvict>},
      {"CLIENT|REPLY", &Session::RunClient<&Session::SetReplies>},
      {"CLIENT|SETINFO", &Session::RunClient<&Session::SetInfo>},
      {"CLIENT|SETNAME", &Session::RunClient<&Session::SetName>},
      {"CLIENT|UNBLOCK", &Session::RunClient<&Session::Unblock>},
      {"DISCARD", &Session::Discard},
      {"EXEC", &Session::Exec},
      {"HELLO", &Session::Hello},
      {"MULTI", &Session::BeginMulti},
      {"PSUBSCRIBE", &Session::SubscribeTo<SubjectKind::kPattern>},
      {"PUNSUBSCRIBE", &Session::UnsubscribeFrom<SubjectKind::kPattern>},
      {"QUIT", &Session::Quit},
      {"RESET", &Session::Reset},
      {"SUBSCRIBE", &Session::SubscribeTo<SubjectKind::kChannel>},
      {"UNSUBSCRIBE", &Session::UnsubscribeFrom<SubjectKind::kChannel>},
      {"UNWATCH", &Session::Unwatch},
      {"WATCH", &Session::Watch},
  };
  const auto found = commands->find(name);
  KONTOR_CHECK(found != commands->end());
  return found->second;
}

void Session::ReplySubscription(Bytes what, const Bytes* subject) {
  writer_.Push(3);
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

void Session::Quit(Arguments /*arguments*/) {
  writer_.Ok();
  End();
}

void Session::Reset(Arguments /*arguments*/) {
  multi_.Close();
  watched_.Clear();
  subscriptions_.RemoveAll();
  selected_database_ = options_.database;
  replies_ = Replies::kOn;
  authenticated_ = options_.password.empty();
  client_->ChangeNames([](ClientNames* names) { names->name.clear(); });
  writer_.set_protocol(2);
  writer_.Simple("RESET");
}

}  // namespace kontor
