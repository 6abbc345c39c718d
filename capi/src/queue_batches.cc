#include "verbs/queue_batches.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/limits.h"
#include "handles.h"

namespace {

using kontor::Code;
using kontor::NewMessage;
using kontor::Ok;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckBytes;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;

Status CheckCount(size_t count) {
  if (count >= 1 && count <= kontor::limits::kTakeBatch) return Ok();
  return Status(Code::kOutOfRange, "count is 1 to " + std::to_string(kontor::limits::kTakeBatch) +
                                       ", not " + std::to_string(count));
}

}  // namespace

int32_t kontor_queue_enqueue_many(kontor_queue* queue, const void* const* bodies,
                                  const size_t* body_lengths, size_t count,
                                  const kontor_enqueue_options* options, uint64_t* ids,
                                  kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    KONTOR_RETURN_IF_ERROR(CheckCount(count));
    if (ids != nullptr) std::fill_n(ids, count, 0);
    KONTOR_ASSIGN_OR_RETURN(const NewMessage message, kontor::capi::MessageOf(options, queue));
    if (bodies == nullptr) return Null("bodies");
    if (body_lengths == nullptr) return Null("body_lengths");
    for (size_t i = 0; i < count; ++i) {
      KONTOR_RETURN_IF_ERROR(
          CheckBytes(bodies[i], body_lengths[i], kontor::limits::kMessageBytes, "a message"));
    }
    uint64_t first_id = 0;
    Status status = kontor::verbs::EnqueueMany(
        connection->core(), queue->queue.get(), message, count,
        [&](size_t i) { return AsBytes(bodies[i], body_lengths[i]); }, &first_id);
    if (status.ok() && ids != nullptr) std::iota(ids, ids + count, first_id);
    return status;
  });
}

int32_t kontor_queue_acknowledge_many(kontor_queue* queue, const uint64_t* receipts, size_t count,
                                      size_t* acknowledged, uint8_t* done, kontor_error* error) {
  if (acknowledged != nullptr) *acknowledged = 0;
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    KONTOR_RETURN_IF_ERROR(CheckCount(count));
    if (done != nullptr) std::fill_n(done, count, uint8_t{0});
    if (receipts == nullptr) return Null("receipts");
    if (acknowledged == nullptr) return Null("acknowledged");
    return kontor::verbs::AcknowledgeMany(connection->core(), queue->queue.get(), {receipts, count},
                                          acknowledged, done);
  });
}
