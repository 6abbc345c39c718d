#include "txn/publish.h"

#include <memory>

#include "base/limits.h"
#include "broker/channel_index.h"
#include "handles.h"
#include "verbs/channels.h"

namespace {

using kontor::Ok;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckBytes;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;

Status CheckMessage(const void* channel, size_t channel_length, const void* body,
                    size_t body_length) {
  KONTOR_RETURN_IF_ERROR(
      CheckBytes(channel, channel_length, kontor::limits::kNameBytes, "the channel"));
  return CheckBytes(body, body_length, kontor::limits::kMessageBytes, "the message");
}

struct Given {
  const void* bytes;
  size_t length;
};

template <typename Publishing>
int32_t PublishBy(Publishing publish, kontor_db* db, Given channel, Given body, Given reply_channel,
                  uint64_t* mailboxes, uint64_t* subscriptions, kontor_error* error) {
  if (mailboxes != nullptr) *mailboxes = 0;
  if (subscriptions != nullptr) *subscriptions = 0;
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckMessage(channel.bytes, channel.length, body.bytes, body.length));
    KONTOR_RETURN_IF_ERROR(CheckBytes(reply_channel.bytes, reply_channel.length,
                                      kontor::limits::kNameBytes, "the reply channel"));
    kontor::OutgoingMessage message{
        .channel = AsBytes(channel.bytes, channel.length),
        .body = AsBytes(body.bytes, body.length),
        .reply_channel = AsBytes(reply_channel.bytes, reply_channel.length)};
    Status published = publish(connection->core(), &message);
    if (mailboxes != nullptr) *mailboxes = message.result.mailboxes;
    if (subscriptions != nullptr) *subscriptions = message.result.tags;
    return published;
  });
}

}  // namespace

int32_t kontor_publish(kontor_db* db, const void* channel, size_t channel_length, const void* body,
                       size_t body_length, uint64_t* mailboxes, uint64_t* subscriptions,
                       kontor_error* error) {
  const auto publish = [](kontor::Core* core, kontor::OutgoingMessage* message) {
    return kontor::Publish(core, message, kontor::PublishWait::kUpToDeadline);
  };
  return PublishBy(publish, db, {channel, channel_length}, {body, body_length}, {nullptr, 0},
                   mailboxes, subscriptions, error);
}

int32_t kontor_publish_request(kontor_db* db, const void* channel, size_t channel_length,
                               const void* body, size_t body_length, const void* reply_channel,
                               size_t reply_channel_length, uint64_t* mailboxes,
                               uint64_t* subscriptions, kontor_error* error) {
  return PublishBy(kontor::verbs::PublishRequest, db, {channel, channel_length},
                   {body, body_length}, {reply_channel, reply_channel_length}, mailboxes,
                   subscriptions, error);
}

int32_t kontor_request(kontor_db* db, const void* channel, size_t channel_length, const void* body,
                       size_t body_length, int64_t timeout_ms, kontor_waiter* waiter,
                       kontor_delivery** reply, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (reply == nullptr) return Null("reply");
    *reply = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckMessage(channel, channel_length, body, body_length));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    auto handle = std::make_unique<kontor_delivery>();
    // Room for one: whoever is first.
    const auto inbox = std::make_shared<kontor::Mailbox>(kontor::MailboxOptions{
        .capacity_messages = 1, .overflow = kontor::OverflowPolicy::kDropNewest});
    connection->Adopt(inbox);
    KONTOR_RETURN_IF_ERROR(kontor::verbs::Request(
        connection->core(), inbox, AsBytes(channel, channel_length), AsBytes(body, body_length),
        timeout_ms, kontor::capi::WaiterOf(waiter), &handle->delivery));
    handle->delivery.publication.Hold();  // it may outlive the engine
    *reply = handle.release();
    return Ok();
  });
}
