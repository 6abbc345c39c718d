#include "verbs/consumer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "handed.h"
#include "handles.h"
#include "os/event_descriptor.h"

using kontor::Code;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Handed;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;
using Choice = kontor::verbs::Consumer::Choice;

// What is above is used by what is below, which goes first.
struct kontor_consumer : kontor::capi::Handle<23> {
  kontor_consumer(std::shared_ptr<Connection> its_connection, Choice choice)
      : connection(std::move(its_connection)), consumer(connection->core(), choice, &waiter) {
    waiter.set_wake_on_signal(true);
  }
  std::shared_ptr<Connection> connection;
  std::unique_ptr<kontor::EventDescriptor> event;  // from the first call that asks for it
  kontor::Waiter waiter;
  kontor::verbs::Consumer consumer;
};

namespace {

Status EnterConsumer(kontor_consumer* consumer) {
  if (!Valid(consumer)) return Invalid("the consumer");
  return consumer->connection->Check();
}

}  // namespace

int32_t kontor_consumer_new(kontor_db* db, uint32_t choice, kontor_consumer** consumer,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (consumer == nullptr) return Null("consumer");
    *consumer = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    if (choice > KONTOR_CONSUMER_BY_WEIGHT) {
      return Status(Code::kInvalid, "choice is KONTOR_CONSUMER_BY_ORDER or _BY_WEIGHT, not " +
                                        std::to_string(choice));
    }
    *consumer = new kontor_consumer(
        db->connection, choice == KONTOR_CONSUMER_BY_ORDER ? Choice::kByOrder : Choice::kByWeight);
    return Ok();
  });
}

void kontor_consumer_free(kontor_consumer* consumer) {
  if (Valid(consumer)) delete consumer;
}

int32_t kontor_consumer_add(kontor_consumer* consumer, kontor_queue* queue, uint32_t weight,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(EnterConsumer(consumer));
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    if (connection->core() != consumer->connection->core()) {
      return Status(Code::kInvalid, "the queue is another engine's than the consumer");
    }
    return consumer->consumer.Add(queue->queue, weight);
  });
}

int32_t kontor_consumer_take(kontor_consumer* consumer, int64_t lease_ms, int64_t timeout_ms,
                             kontor_message** messages, uint32_t* sources, size_t capacity,
                             size_t* count, kontor_error* error) {
  kontor::capi::EmptyMessages(messages, capacity, count);
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(EnterConsumer(consumer));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckMessages(messages, capacity, count));
    if (consumer->event != nullptr) {
      consumer->event->Clear();
      consumer->waiter.Wait(0);  // forgets what it was told before, and looks now
    }
    const kontor::WaitOptions wait{.timeout_ms = &timeout_ms,
                                   .closed = consumer->connection->closed()};
    Handed handed(messages);
    const auto place = [&](size_t source) {
      if (sources != nullptr) sources[handed.size()] = static_cast<uint32_t>(source);
      return handed.Add();
    };
    KONTOR_RETURN_IF_ERROR(consumer->consumer.Take(capacity, lease_ms, wait, place, count));
    handed.Keep(*count);
    // What was told before the take may have been about what is still there.
    if (consumer->event != nullptr) consumer->event->Signal();
    return Ok();
  });
}

int32_t kontor_consumer_descriptor(kontor_consumer* consumer, int32_t* descriptor,
                                   kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (descriptor == nullptr) return Null("descriptor");
    *descriptor = -1;
    KONTOR_RETURN_IF_ERROR(EnterConsumer(consumer));
    if (consumer->event == nullptr) {
      KONTOR_ASSIGN_OR_RETURN(kontor::EventDescriptor made, kontor::EventDescriptor::Create());
      consumer->event = std::make_unique<kontor::EventDescriptor>(std::move(made));
      consumer->consumer.KeepPlaces();
      consumer->waiter.set_descriptor(consumer->event->descriptor());
      consumer->event->Signal();  // the first take puts it into the lines
    }
    *descriptor = consumer->event->descriptor();
    return Ok();
  });
}

int32_t kontor_consumer_leave(kontor_consumer* consumer, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(consumer)) return Invalid("the consumer");
    consumer->consumer.LeaveLines();
    return Ok();
  });
}

// These two run in signal handlers: nothing but atomics and a system call.
int32_t kontor_consumer_interrupt(kontor_consumer* consumer) {
  if (!Valid(consumer)) return KONTOR_INVALID;
  consumer->waiter.Interrupt();
  return KONTOR_OK;
}

int32_t kontor_consumer_reset(kontor_consumer* consumer) {
  if (!Valid(consumer)) return KONTOR_INVALID;
  consumer->waiter.ClearInterrupt();
  return KONTOR_OK;
}
