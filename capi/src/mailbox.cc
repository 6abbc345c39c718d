#include <memory>
#include <string>

#include "base/limits.h"
#include "broker/channel_index.h"
#include "handles.h"
#include "txn/make_room.h"

namespace {

using kontor::Code;
using kontor::Ok;
using kontor::Status;
using kontor::SubjectKind;
using kontor::capi::AsBytes;
using kontor::capi::CheckSubject;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

Status OpenMailbox(kontor_db* db, Connection* connection, const kontor::MailboxOptions& options,
                   kontor_mailbox** mailbox) {
  auto handle = std::make_unique<kontor_mailbox>();
  handle->connection = db->connection;
  handle->mailbox = std::make_shared<kontor::Mailbox>(options);
  connection->Adopt(handle->mailbox);
  *mailbox = handle.release();
  return Ok();
}

}  // namespace

int32_t kontor_mailbox_new(kontor_db* db, uint64_t capacity, uint32_t overflow,
                           kontor_mailbox** mailbox, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (mailbox == nullptr) return Null("mailbox");
    *mailbox = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    if (capacity == 0 || capacity > kontor::limits::kMailboxMessages) {
      return Status(Code::kOutOfRange, "a mailbox holds 1 to " +
                                           std::to_string(kontor::limits::kMailboxMessages) +
                                           " messages, not " + std::to_string(capacity));
    }
    if (overflow > KONTOR_OVERFLOW_BLOCK) {
      return Status(Code::kInvalid, "overflow policy " + std::to_string(overflow) + " is unknown");
    }
    return OpenMailbox(
        db, connection,
        {.capacity_messages = capacity, .overflow = static_cast<kontor::OverflowPolicy>(overflow)},
        mailbox);
  });
}

int32_t kontor_mailbox_open(kontor_db* db, const kontor_mailbox_options* options,
                            kontor_mailbox** mailbox, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (mailbox == nullptr) return Null("mailbox");
    *mailbox = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    if (options != nullptr && !Valid(options)) return Invalid("the mailbox options");
    return OpenMailbox(db, connection,
                       options == nullptr ? kontor::MailboxOptions() : options->options, mailbox);
  });
}

int32_t kontor_mailbox_close(kontor_mailbox* mailbox, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    const bool closed = mailbox->mailbox->closed();
    connection->core()->channels.Leave(mailbox->mailbox);
    return closed ? Status(Code::kClosed, "the mailbox was closed already") : Ok();
  });
}

void kontor_mailbox_free(kontor_mailbox* mailbox) {
  if (!Valid(mailbox)) return;
  kontor_mailbox_close(mailbox, nullptr);
  delete mailbox;
}

int32_t kontor_mailbox_subscribe(kontor_mailbox* mailbox, uint32_t kind, const void* subject,
                                 size_t subject_length, uint64_t tag, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(kind, subject, subject_length));
    KONTOR_RETURN_IF_ERROR(kontor::CheckRoom(connection->core(), 0));
    return connection->core()->channels.Subscribe(mailbox->mailbox, static_cast<SubjectKind>(kind),
                                                  AsBytes(subject, subject_length), tag);
  });
}

int32_t kontor_mailbox_unsubscribe(kontor_mailbox* mailbox, uint32_t kind, const void* subject,
                                   size_t subject_length, uint64_t tag, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(kind, subject, subject_length));
    return connection->core()->channels.Unsubscribe(
        mailbox->mailbox, static_cast<SubjectKind>(kind), AsBytes(subject, subject_length), tag);
  });
}

int32_t kontor_mailbox_unsubscribe_tag(kontor_mailbox* mailbox, uint64_t tag, uint64_t* ended,
                                       kontor_error* error) {
  if (ended != nullptr) *ended = 0;
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    const uint64_t count = connection->core()->channels.UnsubscribeTag(mailbox->mailbox, tag);
    if (ended != nullptr) *ended = count;
    return Ok();
  });
}

int32_t kontor_mailbox_watch_interest(kontor_mailbox* mailbox, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    return connection->core()->channels.WatchInterest(mailbox->mailbox);
  });
}

int32_t kontor_mailbox_watch_presence(kontor_mailbox* mailbox, const void* channel,
                                      size_t channel_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(KONTOR_CHANNEL, channel, channel_length));
    KONTOR_RETURN_IF_ERROR(kontor::CheckRoom(connection->core(), 0));
    return connection->core()->channels.WatchPresence(mailbox->mailbox,
                                                      AsBytes(channel, channel_length));
  });
}

int32_t kontor_mailbox_unwatch_presence(kontor_mailbox* mailbox, const void* channel,
                                        size_t channel_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(KONTOR_CHANNEL, channel, channel_length));
    return connection->core()->channels.UnwatchPresence(mailbox->mailbox,
                                                        AsBytes(channel, channel_length));
  });
}

int32_t kontor_mailbox_next(kontor_mailbox* mailbox, int64_t timeout_ms, kontor_waiter* waiter,
                            kontor_delivery** delivery, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (delivery == nullptr) return Null("delivery");
    *delivery = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    auto handle = std::make_unique<kontor_delivery>();
    KONTOR_RETURN_IF_ERROR(
        mailbox->mailbox->Next(timeout_ms, kontor::capi::WaiterOf(waiter), &handle->delivery));
    handle->delivery.publication.Hold();  // it may outlive the engine
    *delivery = handle.release();
    return Ok();
  });
}

int32_t kontor_mailbox_next_many(kontor_mailbox* mailbox, int64_t timeout_ms, kontor_waiter* waiter,
                                 size_t maximum, kontor_deliveries* deliveries, size_t* count,
                                 kontor_error* error) {
  if (count != nullptr) *count = 0;
  return Guarded(error, [&]() -> Status {
    if (!Valid(deliveries)) return Invalid("the deliveries");
    kontor::capi::Empty(deliveries);
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    KONTOR_RETURN_IF_ERROR(kontor::capi::MakeRoom(deliveries, maximum));
    size_t taken = 0;
    KONTOR_RETURN_IF_ERROR(mailbox->mailbox->NextMany(
        timeout_ms, kontor::capi::WaiterOf(waiter), deliveries->deliveries.get(), maximum, &taken));
    deliveries->count = taken;
    deliveries->connection = mailbox->connection;
    if (count != nullptr) *count = taken;
    return Ok();
  });
}

int32_t kontor_mailbox_descriptor(kontor_mailbox* mailbox, int32_t* descriptor,
                                  kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (descriptor == nullptr) return Null("descriptor");
    *descriptor = -1;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_ASSIGN_OR_RETURN(*descriptor, mailbox->mailbox->Descriptor());
    return Ok();
  });
}

int32_t kontor_mailbox_counts(kontor_mailbox* mailbox, uint64_t* pending, uint64_t* lost,
                              kontor_error* error) {
  if (pending != nullptr) *pending = 0;
  if (lost != nullptr) *lost = 0;
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    if (pending != nullptr) *pending = mailbox->mailbox->pending();
    if (lost != nullptr) *lost = mailbox->mailbox->lost_total();
    return Ok();
  });
}
