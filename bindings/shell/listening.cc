#include "listening.h"

#include "command_table.h"

namespace kontor::shell {
namespace {

constexpr char kFence[] = "kontor: end of the subscriptions";

// Its answer is an array while RESP2 subscribes, and the text alone else.
bool IsFence(const Reply& reply) {
  return reply.text == kFence || (reply.items.size() == 2 && reply.items[1].text == kFence);
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

Listening::~Listening() {
  if (!over_) connection_->Close();
}

std::optional<std::vector<Reply>> Listening::Run(const std::vector<std::string>& words) {
  if (over_) return std::nullopt;
  const std::string name = ToUpper(words[0]);
  if (own_ != nullptr && !EndsWith(name, "SUBSCRIBE")) return std::nullopt;
  if (name == "MULTI") {  // it would queue the fence
    return std::vector<Reply>{Reply::Error("ERR MULTI is not run while messages are read")};
  }
  std::string message;
  Io sent = connection_->Send(words, &message);
  asked_to_monitor_ = name == "MONITOR";  // which would show the fence
  if (sent == Io::kDone && !asked_to_monitor_) {
    sent = connection_->Send({"PING", kFence}, &message);
    fenced_ = sent == Io::kDone;
  }
  if (sent == Io::kFailed) return std::vector<Reply>{Lose(message)};
  return std::vector<Reply>();
}

std::optional<Reply> Listening::Next() {
  while (!over_) {
    Reply reply;
    std::string message;
    const Io received = connection_->Receive(false, &reply, &message);
    if (received == Io::kFailed) return Lose(message);
    if (received != Io::kDone) return std::nullopt;
    if (!fenced_ || !IsFence(reply)) {
      Note(reply);
      return reply;
    }
    fenced_ = false;
    over_ = subscriptions_ + shard_subscriptions_ == 0 && !monitors_;
  }
  return std::nullopt;
}

void Listening::Note(const Reply& reply) {
  if (!reply.items.empty()) {
    const std::string& kind = reply.items[0].text;
    if (!EndsWith(kind, "subscribe")) return;
    const bool is_shard = kind == "ssubscribe" || kind == "sunsubscribe";
    (is_shard ? shard_subscriptions_ : subscriptions_) = reply.items.back().integer;
  } else if (asked_to_monitor_) {
    asked_to_monitor_ = false;
    monitors_ = reply.kind == ReplyKind::kStatus;
    over_ = !monitors_ && subscriptions_ + shard_subscriptions_ == 0;
  } else if (reply.kind == ReplyKind::kStatus && reply.text == "RESET") {
    subscriptions_ = shard_subscriptions_ = 0;
    monitors_ = false;
  }
}

Reply Listening::Lose(const std::string& message) {
  over_ = lost_ = true;
  return Reply::Error(message);
}

}  // namespace kontor::shell
