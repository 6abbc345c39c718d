#include "session/subscriptions.h"

namespace kontor {
namespace {

constexpr uint64_t kTag = 0;  // a session is one subscriber
constexpr uint64_t kUnreadMessages = 65536;

// What a subscription costs here, in its mailbox and in the engine's index, roughly.
size_t BytesOfName(Bytes subject) { return 512 + 2 * subject.size(); }

void WriteMessage(const Delivery& delivery, Bytes word, RespWriter* writer) {
  const bool by_pattern = delivery.kind == DeliveryKind::kPatternMessage;
  writer->Push(by_pattern ? 4 : 3);
  writer->Bulk(by_pattern ? "pmessage" : word);
  if (by_pattern) writer->Bulk(delivery.subject);
  writer->Bulk(delivery.publication->channel);
  writer->Bulk(delivery.publication->body);
}

}  // namespace

Subscriptions::~Subscriptions() {
  if (mailbox_ != nullptr) channels_->Leave(mailbox_);
}

Status Subscriptions::Add(SubjectKind kind, Bytes subject) {
  if (names(kind).contains(subject)) return Ok();
  if (mailbox_ == nullptr) {
    mailbox_ = std::make_shared<Mailbox>(MailboxOptions{.capacity_messages = kUnreadMessages,
                                                        .capacity_bytes = mailbox_bytes_,
                                                        .overflow = OverflowPolicy::kClose});
  }
  KONTOR_RETURN_IF_ERROR(channels_->Subscribe(mailbox_, kind, subject, kTag));
  names_[static_cast<uint32_t>(kind)].emplace(subject);
  name_bytes_ += BytesOfName(subject);
  return Ok();
}

void Subscriptions::Remove(SubjectKind kind, Bytes subject) {
  auto& own = names_[static_cast<uint32_t>(kind)];
  const auto found = own.find(subject);
  if (found == own.end()) return;
  // kNotFound: the mailbox was closed, and all its subscriptions ended with it.
  const Status ended = channels_->Unsubscribe(mailbox_, kind, subject, kTag);
  KONTOR_CHECK(ended.ok() || ended.code() == Code::kNotFound);
  own.erase(found);
  name_bytes_ -= BytesOfName(subject);
}

void Subscriptions::RemoveAll() {
  for (const SubjectKind kind : {SubjectKind::kChannel, SubjectKind::kPattern}) {
    while (!names(kind).empty()) Remove(kind, std::string(*names(kind).begin()));
  }
}

size_t Subscriptions::memory_bytes() const {
  return mailbox_ == nullptr ? 0 : name_bytes_ + mailbox_->pending_bytes();
}

Status Subscriptions::TellOf(Readiness* readiness) {
  if (mailbox_ == nullptr || told_of_) return Ok();
  KONTOR_ASSIGN_OR_RETURN(const int descriptor, mailbox_->Descriptor());
  KONTOR_RETURN_IF_ERROR(readiness->Watch(descriptor));
  told_of_ = true;
  return Ok();
}

Status Subscriptions::Drain(size_t limit) {
  if (mailbox_ == nullptr) return Ok();
  Delivery delivery;
  while (writer_->mark() <= limit) {
    const Status status = mailbox_->Next(0, nullptr, &delivery);
    if (!status.ok()) return status.code() == Code::kClosed ? status : Ok();
    WriteMessage(delivery, message_word_, writer_);
  }
  return Ok();
}

}  // namespace kontor
