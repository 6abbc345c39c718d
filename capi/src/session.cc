#include "session/session.h"

#include "handles.h"

struct kontor_session : kontor::capi::Handle<13> {
  std::shared_ptr<kontor::capi::Connection> connection;  // outlives the session below
  std::unique_ptr<kontor::Session> session;
};

namespace {

using kontor::Bytes;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Guarded;
using kontor::capi::Valid;

Status Enter(kontor_session* session) {
  if (!Valid(session)) return kontor::capi::Invalid("the session");
  return session->connection->Check();
}

}  // namespace

int32_t kontor_session_new(kontor_db* db, kontor_session** session, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (session == nullptr) return kontor::capi::Null("session");
    *session = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    auto handle = std::make_unique<kontor_session>();
    handle->connection = db->connection;
    kontor::SessionOptions options;
    options.database = connection->database();
    handle->session = std::make_unique<kontor::Session>(connection->engine(), connection->closed(),
                                                        std::move(options));
    *session = handle.release();
    return Ok();
  });
}

void kontor_session_free(kontor_session* session) {
  if (!Valid(session)) return;
  // In a forked child the engine's locks may be held by threads that are not there: leave it all
  // alone.
  if (session->connection->engine()->InForkedChild()) static_cast<void>(session->session.release());
  delete session;
}

int32_t kontor_session_write(kontor_session* session, const void* bytes, size_t length,
                             kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(Enter(session));
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CheckBytes(bytes, length, kontor::limits::kCommandBytes, "the request"));
    return session->session->Write(kontor::capi::AsBytes(bytes, length));
  });
}

int32_t kontor_session_read(kontor_session* session, void* buffer, size_t capacity, size_t* length,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (length == nullptr) return kontor::capi::Null("length");
    *length = 0;
    KONTOR_RETURN_IF_ERROR(Enter(session));
    if (buffer == nullptr && capacity != 0) return kontor::capi::Null("buffer");
    return session->session->Read(static_cast<char*>(buffer), capacity, length);
  });
}

int32_t kontor_session_descriptor(kontor_session* session, int32_t* descriptor,
                                  kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (descriptor == nullptr) return kontor::capi::Null("descriptor");
    *descriptor = -1;
    KONTOR_RETURN_IF_ERROR(Enter(session));
    KONTOR_ASSIGN_OR_RETURN(*descriptor, session->session->Descriptor());
    return Ok();
  });
}
