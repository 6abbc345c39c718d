#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "handed.h"
#include "handles.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace {

using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Receipt;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckBytes;
using kontor::capi::CheckMessages;
using kontor::capi::Connection;
using kontor::capi::EmptyMessages;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Handed;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

Status CheckName(const void* name, size_t length) {
  return CheckBytes(name, length, kontor::limits::kNameBytes, "the queue's name");
}

// Runs a verb on the queue of a handle.
template <typename Verb>
int32_t OnQueue(kontor_queue* queue, kontor_error* error, Verb verb) noexcept {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    return verb(connection->core(), queue->queue.get());
  });
}

// `message` lacks its body.
Status Enqueue(kontor::Core* core, kontor::WorkQueue* queue, kontor::NewMessage message,
               const void* body, size_t body_length, uint64_t* id) {
  KONTOR_RETURN_IF_ERROR(
      CheckBytes(body, body_length, kontor::limits::kMessageBytes, "the message"));
  message.body = AsBytes(body, body_length);
  uint64_t given = 0;
  Status status = kontor::verbs::Enqueue(core, queue, message, &given);
  if (id != nullptr && (status.ok() || status.code() == Code::kExists)) *id = given;
  return status;
}

std::unique_ptr<kontor_message> ToMessage(kontor::MessageView view) {
  auto made = std::make_unique<kontor_message>();
  made->message.id = view.id;
  made->message.attempt = view.attempts;
  made->message.priority = view.priority;
  made->message.enqueued_at_unix_ms = view.enqueued_at_unix_ms;
  made->message.lease_until_unix_ms = view.time_unix_ms;
  made->message.body = std::move(view.body);
  made->message.channel = std::move(view.channel);
  made->view = std::make_unique<const kontor::MessageView>(std::move(view));
  return made;
}

// Handles for all of them, or none and kNoMemory.
void HandOut(std::vector<kontor::MessageView> views, kontor_message** messages, size_t* count) {
  std::vector<std::unique_ptr<kontor_message>> made(views.size());
  for (size_t i = 0; i < views.size(); ++i) made[i] = ToMessage(std::move(views[i]));
  for (size_t i = 0; i < made.size(); ++i) messages[i] = made[i].release();
  *count = made.size();
}

// Runs a verb that tells of one message.
template <typename Verb>
int32_t OnMessage(kontor_queue* queue, kontor_message** message, kontor_error* error,
                  Verb verb) noexcept {
  if (message != nullptr) *message = nullptr;
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    if (message == nullptr) return Null("message");
    kontor::MessageView view;
    KONTOR_RETURN_IF_ERROR(verb(core, work_queue, &view));
    *message = ToMessage(std::move(view)).release();
    return Ok();
  });
}

}  // namespace

int32_t kontor_queue_open(kontor_db* db, const void* name, size_t name_length,
                          const kontor_queue_options* options, kontor_queue** queue,
                          kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (queue == nullptr) return Null("queue");
    *queue = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    if (options != nullptr && !Valid(options)) return Invalid("the queue options");
    KONTOR_RETURN_IF_ERROR(CheckName(name, name_length));
    auto handle = std::make_unique<kontor_queue>();
    handle->connection = db->connection;
    KONTOR_ASSIGN_OR_RETURN(
        handle->queue, kontor::verbs::OpenQueue(connection->core(), AsBytes(name, name_length),
                                                options == nullptr ? nullptr : &options->options));
    *queue = handle.release();
    return Ok();
  });
}

int32_t kontor_queue_options_of(kontor_queue* queue, kontor_queue_options** options,
                                kontor_error* error) {
  if (options != nullptr) *options = nullptr;
  return OnQueue(queue, error, [&](kontor::Core*, kontor::WorkQueue* work_queue) -> Status {
    if (options == nullptr) return Null("options");
    auto made = std::make_unique<kontor_queue_options>();
    KONTOR_ASSIGN_OR_RETURN(made->options, kontor::verbs::OptionsOf(work_queue));
    *options = made.release();
    return Ok();
  });
}

void kontor_queue_free(kontor_queue* queue) {
  if (Valid(queue)) delete queue;
}

int32_t kontor_queue_delete(kontor_db* db, const void* name, size_t name_length,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckName(name, name_length));
    return kontor::verbs::DeleteQueue(connection->core(), AsBytes(name, name_length));
  });
}

int32_t kontor_queue_enqueue(kontor_queue* queue, const void* body, size_t body_length,
                             uint32_t priority, int64_t delay_ms, uint64_t* id,
                             kontor_error* error) {
  if (id != nullptr) *id = 0;
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return Enqueue(core, work_queue, {.priority = priority, .delay_ms = delay_ms}, body,
                   body_length, id);
  });
}

int32_t kontor_queue_enqueue_with(kontor_queue* queue, const void* body, size_t body_length,
                                  const kontor_enqueue_options* options, uint64_t* id,
                                  kontor_error* error) {
  if (id != nullptr) *id = 0;
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_ASSIGN_OR_RETURN(const kontor::NewMessage message,
                            kontor::capi::MessageOf(options, queue));
    return Enqueue(core, work_queue, message, body, body_length, id);
  });
}

int32_t kontor_queue_take(kontor_queue* queue, int64_t lease_ms, int64_t timeout_ms,
                          kontor_waiter* waiter, kontor_message** messages, size_t capacity,
                          size_t* count, kontor_error* error) {
  EmptyMessages(messages, capacity, count);
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_RETURN_IF_ERROR(CheckMessages(messages, capacity, count));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    const kontor::WaitOptions wait{.timeout_ms = &timeout_ms,
                                   .waiter = kontor::capi::WaiterOf(waiter),
                                   .closed = queue->connection->closed()};
    Handed handed(messages);
    const auto place = [&handed] { return handed.Add(); };
    KONTOR_RETURN_IF_ERROR(
        kontor::verbs::Take(core, work_queue, capacity, lease_ms, wait, place, count));
    handed.Keep(*count);
    return Ok();
  });
}

int32_t kontor_queue_acknowledge(kontor_queue* queue, uint64_t receipt, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Acknowledge(core, work_queue, Receipt::FromBits(receipt));
  });
}

int32_t kontor_queue_complete(kontor_queue* queue, uint64_t receipt, const void* result,
                              size_t result_length, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_RETURN_IF_ERROR(
        CheckBytes(result, result_length, kontor::limits::kMessageBytes, "the result"));
    return kontor::verbs::Acknowledge(core, work_queue, Receipt::FromBits(receipt),
                                      AsBytes(result, result_length));
  });
}

int32_t kontor_queue_tell_progress(kontor_queue* queue, uint64_t receipt, const void* progress,
                                   size_t progress_length, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_RETURN_IF_ERROR(
        CheckBytes(progress, progress_length, kontor::limits::kReasonBytes, "the progress"));
    return kontor::verbs::TellProgress(core, work_queue, Receipt::FromBits(receipt),
                                       AsBytes(progress, progress_length));
  });
}

int32_t kontor_queue_return(kontor_queue* queue, uint64_t receipt, int64_t delay_ms,
                            kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Return(core, work_queue, Receipt::FromBits(receipt), delay_ms);
  });
}

int32_t kontor_queue_bury(kontor_queue* queue, uint64_t receipt, const void* reason,
                          size_t reason_length, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_RETURN_IF_ERROR(
        CheckBytes(reason, reason_length, kontor::limits::kReasonBytes, "the reason"));
    return kontor::verbs::Bury(core, work_queue, Receipt::FromBits(receipt),
                               AsBytes(reason, reason_length));
  });
}

int32_t kontor_queue_extend(kontor_queue* queue, uint64_t receipt, int64_t lease_ms,
                            int64_t* lease_until_unix_ms, kontor_error* error) {
  if (lease_until_unix_ms != nullptr) *lease_until_unix_ms = 0;
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_ASSIGN_OR_RETURN(
        const int64_t until_unix_ms,
        kontor::verbs::Extend(core, work_queue, Receipt::FromBits(receipt), lease_ms));
    if (lease_until_unix_ms != nullptr) *lease_until_unix_ms = until_unix_ms;
    return Ok();
  });
}

int32_t kontor_queue_renew(kontor_queue* queue, uint64_t receipt, int64_t for_ms,
                           kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Renew(core, work_queue, Receipt::FromBits(receipt), for_ms);
  });
}

int32_t kontor_queue_pause(kontor_queue* queue, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Pause(core, work_queue);
  });
}

int32_t kontor_queue_resume(kontor_queue* queue, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Resume(core, work_queue);
  });
}

int32_t kontor_queue_figures(kontor_queue* queue, int64_t* figures, size_t capacity, size_t* count,
                             kontor_error* error) {
  if (count != nullptr) *count = 0;
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    if (figures == nullptr && capacity != 0) return Null("figures");
    KONTOR_ASSIGN_OR_RETURN(const kontor::QueueFigures now,
                            kontor::verbs::Figures(core, work_queue));
    // In the order of KONTOR_QUEUE_READY and so on.
    const uint64_t values[KONTOR_QUEUE_FIGURES] = {now.ready,
                                                   now.delayed,
                                                   now.leased,
                                                   now.dead,
                                                   now.waiting_consumers,
                                                   static_cast<uint64_t>(now.oldest_ready_age_ms),
                                                   now.enqueued_total,
                                                   now.delivered_total,
                                                   now.redelivered_total,
                                                   now.acknowledged_total,
                                                   now.dead_total,
                                                   now.dropped_total,
                                                   now.paused ? 1u : 0u,
                                                   now.groups,
                                                   now.arrivals[0],
                                                   now.arrivals[1],
                                                   now.arrivals[2],
                                                   now.acknowledgements[0],
                                                   now.acknowledgements[1],
                                                   now.acknowledgements[2],
                                                   now.failures[0],
                                                   now.failures[1],
                                                   now.failures[2],
                                                   now.done};
    const size_t filled = std::min<size_t>(capacity, KONTOR_QUEUE_FIGURES);
    for (size_t i = 0; i < filled; ++i) figures[i] = static_cast<int64_t>(values[i]);
    if (count != nullptr) *count = filled;
    return Ok();
  });
}

int32_t kontor_queue_peek(kontor_queue* queue, uint64_t id, kontor_message** message,
                          kontor_error* error) {
  return OnMessage(
      queue, message, error,
      [&](kontor::Core* core, kontor::WorkQueue* work_queue, kontor::MessageView* view) {
        return id == 0 ? kontor::verbs::ViewNext(core, work_queue, view)
                       : kontor::verbs::ViewMessage(core, work_queue, id, view);
      });
}

int32_t kontor_queue_await(kontor_queue* queue, uint64_t id, int64_t progress_seen,
                           int64_t timeout_ms, kontor_waiter* waiter, kontor_message** message,
                           kontor_error* error) {
  return OnMessage(
      queue, message, error,
      [&](kontor::Core* core, kontor::WorkQueue* work_queue, kontor::MessageView* view) -> Status {
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
        const kontor::WaitOptions wait{.timeout_ms = &timeout_ms,
                                       .waiter = kontor::capi::WaiterOf(waiter),
                                       .closed = queue->connection->closed()};
        return kontor::verbs::AwaitMessage(core, work_queue, id, progress_seen, wait, view);
      });
}

int32_t kontor_queue_browse(kontor_queue* queue, uint32_t states, uint64_t* cursor,
                            kontor_message** messages, size_t capacity, size_t* count,
                            kontor_error* error) {
  EmptyMessages(messages, capacity, count);
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    if (cursor == nullptr) return Null("cursor");
    KONTOR_RETURN_IF_ERROR(CheckMessages(messages, capacity, count));
    if (states == 0 || states >= 1u << kontor::kMessageStates) {
      return Status(Code::kOutOfRange,
                    "states is the sum of one or more of 1u << KONTOR_MESSAGE_READY and so on");
    }
    uint64_t next = *cursor;
    std::vector<kontor::MessageView> views;
    KONTOR_RETURN_IF_ERROR(
        kontor::verbs::Browse(core, work_queue, states, capacity, &next, &views));
    HandOut(std::move(views), messages, count);
    *cursor = next;
    return Ok();
  });
}

int32_t kontor_queue_dead_letters(kontor_queue* queue, uint64_t after_id, kontor_message** messages,
                                  size_t capacity, size_t* count, kontor_error* error) {
  EmptyMessages(messages, capacity, count);
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) -> Status {
    KONTOR_RETURN_IF_ERROR(CheckMessages(messages, capacity, count));
    KONTOR_ASSIGN_OR_RETURN(std::vector<kontor::MessageView> letters,
                            kontor::verbs::DeadLetters(core, work_queue, after_id, capacity));
    HandOut(std::move(letters), messages, count);
    return Ok();
  });
}

int32_t kontor_queue_revive(kontor_queue* queue, uint64_t id, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Revive(core, work_queue, id);
  });
}

int32_t kontor_queue_discard(kontor_queue* queue, uint64_t id, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Discard(core, work_queue, id);
  });
}

int32_t kontor_queue_purge(kontor_queue* queue, kontor_error* error) {
  return OnQueue(queue, error, [&](kontor::Core* core, kontor::WorkQueue* work_queue) {
    return kontor::verbs::Purge(core, work_queue);
  });
}
