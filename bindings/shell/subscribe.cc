#include "subscribe.h"

#include <utility>

#include "command_table.h"

namespace kontor::shell {
namespace {

constexpr uint64_t kUnreadMessages = 1u << 20;
constexpr uint64_t kTag = 0;  // the shell is the only reader of its mailbox

const char* VerbOf(uint32_t kind, bool subscribing) {
  if (kind == KONTOR_CHANNEL) return subscribing ? "subscribe" : "unsubscribe";
  return subscribing ? "psubscribe" : "punsubscribe";
}

template <auto kBytes>
Reply Part(const kontor_delivery* delivery) {
  const void* bytes = nullptr;
  size_t length = 0;
  if (kBytes(delivery, &bytes, &length) != KONTOR_OK || length == 0) return Reply::String("");
  return Reply::String(std::string(static_cast<const char*>(bytes), length));
}

Reply DeliveryReply(const kontor_delivery* delivery) {
  switch (kontor_delivery_kind(delivery)) {
    case KONTOR_DELIVERY_MESSAGE:
      return Reply::Array({Reply::String("message"), Part<kontor_delivery_channel>(delivery),
                           Part<kontor_delivery_body>(delivery)});
    case KONTOR_DELIVERY_PATTERN_MESSAGE:
      return Reply::Array({Reply::String("pmessage"), Part<kontor_delivery_pattern>(delivery),
                           Part<kontor_delivery_channel>(delivery),
                           Part<kontor_delivery_body>(delivery)});
    default:
      return Reply::Array({Reply::String("gap"),
                           Reply::Integer(static_cast<int64_t>(kontor_delivery_lost(delivery)))});
  }
}

}  // namespace

std::optional<Reply> Subscriptions::Begin(const Database& database) {
  kontor_mailbox* mailbox = nullptr;
  int32_t code = kontor_mailbox_new(database.handle(), kUnreadMessages, KONTOR_OVERFLOW_DROP_OLDEST,
                                    &mailbox, error_.get());
  mailbox_.reset(mailbox);
  if (code == KONTOR_OK) code = kontor_mailbox_descriptor(mailbox, &descriptor_, error_.get());
  if (code != KONTOR_OK) return FailureReply(code, error_.get());
  return std::nullopt;
}

std::optional<std::vector<Reply>> Subscriptions::Run(const std::vector<std::string>& words) {
  const std::string name = ToUpper(words[0]);
  const uint32_t kind = name[0] == 'P' ? KONTOR_PATTERN : KONTOR_CHANNEL;
  const bool subscribing = name == "SUBSCRIBE" || name == "PSUBSCRIBE";
  if (!subscribing && name != "UNSUBSCRIBE" && name != "PUNSUBSCRIBE") return std::nullopt;
  if (words.size() == 1) {
    if (!subscribing) return UnsubscribeAll(kind);
    return std::vector<Reply>{
        Reply::Error("ERR wrong number of arguments for '" + ToLower(words[0]) + "' command")};
  }
  std::vector<Reply> replies(words.size() - 1);
  for (size_t i = 1; i < words.size(); ++i) {
    replies[i - 1] = subscribing ? Subscribe(kind, words[i]) : Unsubscribe(kind, words[i]);
  }
  return replies;
}

Reply Subscriptions::Subscribe(uint32_t kind, const std::string& subject) {
  const int32_t code = kontor_mailbox_subscribe(mailbox_.get(), kind, subject.data(),
                                                subject.size(), kTag, error_.get());
  if (code != KONTOR_OK && code != KONTOR_EXISTS) return FailureReply(code, error_.get());
  subjects_[kind].insert(subject);
  return Reply::Array(
      {Reply::String(VerbOf(kind, true)), Reply::String(subject), Reply::Integer(Count())});
}

Reply Subscriptions::Unsubscribe(uint32_t kind, const std::string& subject) {
  const int32_t code = kontor_mailbox_unsubscribe(mailbox_.get(), kind, subject.data(),
                                                  subject.size(), kTag, error_.get());
  if (code != KONTOR_OK && code != KONTOR_NOT_FOUND) return FailureReply(code, error_.get());
  subjects_[kind].erase(subject);
  return Reply::Array(
      {Reply::String(VerbOf(kind, false)), Reply::String(subject), Reply::Integer(Count())});
}

std::vector<Reply> Subscriptions::UnsubscribeAll(uint32_t kind) {
  std::vector<Reply> replies;
  const std::set<std::string> subjects = subjects_[kind];
  replies.reserve(subjects.size() + 1);
  for (const std::string& subject : subjects) replies.push_back(Unsubscribe(kind, subject));
  if (replies.empty()) {
    replies.push_back(
        Reply::Array({Reply::String(VerbOf(kind, false)), Reply::Nil(), Reply::Integer(Count())}));
  }
  return replies;
}

int64_t Subscriptions::Count() const {
  return static_cast<int64_t>(subjects_[0].size() + subjects_[1].size());
}

std::optional<Reply> Subscriptions::Next() {
  kontor_delivery* raw_delivery = nullptr;
  const int32_t code = kontor_mailbox_next(mailbox_.get(), 0, nullptr, &raw_delivery, error_.get());
  const DeliveryHandle delivery(raw_delivery);
  if (code != KONTOR_OK) return std::nullopt;
  return DeliveryReply(raw_delivery);
}

}  // namespace kontor::shell
