// The commands that only a session can run, but CLIENT: what it listens to, and its end.

#include <map>
#include <string>
#include <vector>

#include "command/admin_commands.h"
#include "db/engine.h"
#include "session/session.h"

namespace kontor {

Session::OwnCommand Session::FindOwn(Bytes name) {
  static const auto* const commands = new std::map<Bytes, OwnCommand>{
      {"ACL|GETUSER", &Session::AclGetUser},
      {"ACL|LIST", &Session::AclList},
      {"AUTH", &Session::Auth},
      {"CLIENT|CACHING", &Session::RunClient<&Session::Caching>},
      {"CLIENT|GETNAME", &Session::GetName},
      {"CLIENT|GETREDIR", &Session::GetRedirect},
      {"CLIENT|ID", &Session::Id},
      {"CLIENT|INFO", &Session::Info},
      {"CLIENT|KILL", &Session::RunClient<&Session::Kill>},
      {"CLIENT|LIST", &Session::RunClient<&Session::List>},
      {"CLIENT|NO-EVICT", &Session::RunClient<&Session::SetNoEvict>},
      {"CLIENT|NO-TOUCH", &Session::RunClient<&Session::SetNoTouch>},
      {"CLIENT|PAUSE", &Session::RunClient<&Session::Pause>},
      {"CLIENT|REPLY", &Session::RunClient<&Session::SetReplies>},
      {"CLIENT|SETINFO", &Session::RunClient<&Session::SetInfo>},
      {"CLIENT|SETNAME", &Session::RunClient<&Session::SetName>},
      {"CLIENT|TRACKING", &Session::RunClient<&Session::Tracking>},
      {"CLIENT|TRACKINGINFO", &Session::TrackingInfo},
      {"CLIENT|UNBLOCK", &Session::RunClient<&Session::Unblock>},
      {"CLIENT|UNPAUSE", &Session::Unpause},
      {"DISCARD", &Session::Discard},
      {"EXEC", &Session::Exec},
      {"HELLO", &Session::Hello},
      {"MULTI", &Session::BeginMulti},
      {"PSUBSCRIBE", &Session::SubscribeTo<Session::kPatterns>},
      {"PUNSUBSCRIBE", &Session::UnsubscribeFrom<Session::kPatterns>},
      {"QUIT", &Session::Quit},
      {"RESET", &Session::Reset},
      {"SSUBSCRIBE", &Session::SubscribeTo<Session::kShardChannels>},
      {"SUBSCRIBE", &Session::SubscribeTo<Session::kChannels>},
      {"SUNSUBSCRIBE", &Session::UnsubscribeFrom<Session::kShardChannels>},
      {"UNSUBSCRIBE", &Session::UnsubscribeFrom<Session::kChannels>},
      {"UNWATCH", &Session::Unwatch},
      {"WATCH", &Session::Watch},
  };
  const auto found = commands->find(name);
  KONTOR_CHECK(found != commands->end());
  return found->second;
}

const Session::Topic Session::kChannels = {&Session::subscriptions_, SubjectKind::kChannel,
                                           "subscribe", "unsubscribe"};
const Session::Topic Session::kPatterns = {&Session::subscriptions_, SubjectKind::kPattern,
                                           "psubscribe", "punsubscribe"};
const Session::Topic Session::kShardChannels = {
    &Session::shard_subscriptions_, SubjectKind::kChannel, "ssubscribe", "sunsubscribe"};

void Session::ReplySubscription(const Topic& topic, Bytes what, const Bytes* subject) {
  writer_.Push(3);
  writer_.Bulk(what);
  if (subject == nullptr) {
    writer_.Null();
  } else {
    writer_.Bulk(*subject);
  }
  writer_.Integer(static_cast<int64_t>((this->*topic.subscriptions).count()));
}

void Session::Subscribe(const Topic& topic, Arguments arguments) {
  for (const Bytes subject : arguments.subspan(1)) {
    const Status added = (this->*topic.subscriptions).Add(topic.kind, subject);
    added.ok() ? ReplySubscription(topic, topic.subscribe, &subject) : Reply(added);
  }
  if (const Status told = TellOfMessages(); !told.ok()) {
    Reply(told);
    End();
  }
}

void Session::Unsubscribe(const Topic& topic, Arguments arguments) {
  Subscriptions& subscriptions = this->*topic.subscriptions;
  std::vector<std::string> subjects(arguments.begin() + 1, arguments.end());
  if (subjects.empty()) {
    const auto& names = subscriptions.names(topic.kind);
    subjects.assign(names.begin(), names.end());
  }
  for (const Bytes subject : subjects) {
    subscriptions.Remove(topic.kind, subject);
    ReplySubscription(topic, topic.unsubscribe, &subject);
  }
  if (subjects.empty()) ReplySubscription(topic, topic.unsubscribe, nullptr);
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

Status Session::TellOfMessages() {
  if (readiness_ == nullptr) return Ok();
  KONTOR_RETURN_IF_ERROR(subscriptions_.TellOf(readiness_.get()));
  return shard_subscriptions_.TellOf(readiness_.get());
}

void Session::Quit(Arguments /*arguments*/) {
  writer_.Ok();
  End();
}

// Nothing is replied: the client sees that it is disconnected.
void Session::Shutdown(Arguments arguments) {
  if (const Status status = CheckShutdown(arguments); !status.ok()) return Reply(status);
  asked_shutdown_ = true;
  End();
}

void Session::Reset(Arguments /*arguments*/) {
  StopTracking();
  multi_.Close();
  watched_.Clear();
  subscriptions_.RemoveAll();
  shard_subscriptions_.RemoveAll();
  selected_database_ = options_.database;
  replies_ = Replies::kOn;
  SetAuthenticated(options_.password.empty());
  client_->ChangeNames([](ClientNames* names) { names->name.clear(); });
  client_->marks.store(0, std::memory_order_relaxed);
  writer_.set_protocol(2);
  writer_.Simple("RESET");
}

}  // namespace kontor
