#include "verbs/queue_bindings.h"

#include "handles.h"

using kontor::Status;
using kontor::SubjectKind;
using kontor::capi::AsBytes;
using kontor::capi::CheckSubject;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;

int32_t kontor_queue_bind(kontor_queue* queue, uint32_t kind, const void* subject,
                          size_t subject_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(kind, subject, subject_length));
    return kontor::verbs::Bind(connection->core(), queue->queue.get(),
                               static_cast<SubjectKind>(kind), AsBytes(subject, subject_length));
  });
}

int32_t kontor_queue_unbind(kontor_queue* queue, uint32_t kind, const void* subject,
                            size_t subject_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    KONTOR_RETURN_IF_ERROR(CheckSubject(kind, subject, subject_length));
    return kontor::verbs::Unbind(connection->core(), queue->queue.get(),
                                 static_cast<SubjectKind>(kind), AsBytes(subject, subject_length));
  });
}
