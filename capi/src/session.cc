#include "session/session.h"

#include <type_traits>
#include <variant>

#include "handles.h"

struct kontor_session_options : kontor::capi::Handle<15> {
  std::shared_ptr<kontor::capi::Connection> connection;
  kontor::SessionOptions options;
};

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

kontor_session* NewSession(const std::shared_ptr<Connection>& connection,
                           kontor::SessionOptions options) {
  auto handle = std::make_unique<kontor_session>();
  handle->connection = connection;
  options.database = connection->database();
  handle->session = std::make_unique<kontor::Session>(connection->engine(), connection->closed(),
                                                      std::move(options));
  return handle.release();
}

struct NumberOption {
  const char* name;
  int64_t minimum;
  int64_t maximum;
  std::variant<size_t*, bool*> place;
};

kontor::Result<NumberOption> FindNumber(kontor::SessionOptions* options, uint32_t option) {
  kontor::SessionLimits* const limits = &options->limits;
  switch (option) {
    case KONTOR_SESSION_ARGUMENTS:
      return NumberOption{"ARGUMENTS", 1, int64_t{kontor::limits::kArguments},
                          &limits->request.arguments};
    case KONTOR_SESSION_ARGUMENT_BYTES:
      return NumberOption{"ARGUMENT_BYTES", 1024, int64_t{kontor::limits::kValueBytes},
                          &limits->request.argument_bytes};
    case KONTOR_SESSION_WAITING_BYTES:
      return NumberOption{"WAITING_BYTES", 1024, int64_t{kontor::limits::kCommandBytes},
                          &limits->waiting_bytes};
    case KONTOR_SESSION_UNREAD_BYTES:
      return NumberOption{"UNREAD_BYTES", 1024, int64_t{1} << 40, &limits->unread_bytes};
    case KONTOR_SESSION_MAILBOX_BYTES:
      return NumberOption{"MAILBOX_BYTES", 1024, INT64_MAX, &limits->mailbox_bytes};
    case KONTOR_SESSION_MAY_SHUT_DOWN:
      return NumberOption{"MAY_SHUT_DOWN", 0, 1, &options->may_shut_down};
    case KONTOR_SESSION_MAY_DEBUG:
      return NumberOption{"MAY_DEBUG", 0, 1, &options->may_debug};
    default:
      return Status(kontor::Code::kUnsupported, "session option " + std::to_string(option) +
                                                    " is unknown to version " +
                                                    kontor_version_string());
  }
}

std::string* FindText(kontor::SessionOptions* options, uint32_t option) {
  switch (option) {
    case KONTOR_SESSION_PASSWORD:
      return &options->password;
    case KONTOR_SESSION_ADDRESS:
      return &options->address;
    case KONTOR_SESSION_LOCAL_ADDRESS:
      return &options->local_address;
    default:
      return nullptr;
  }
}

}  // namespace

int32_t kontor_session_new(kontor_db* db, kontor_session** session, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (session == nullptr) return kontor::capi::Null("session");
    *session = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    *session = NewSession(db->connection, {});
    return Ok();
  });
}

int32_t kontor_session_options_new(kontor_db* db, kontor_session_options** options,
                                   kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return kontor::capi::Null("options");
    *options = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    auto handle = std::make_unique<kontor_session_options>();
    handle->connection = db->connection;
    *options = handle.release();
    return Ok();
  });
}

void kontor_session_options_free(kontor_session_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_session_options_set_text(kontor_session_options* options, uint32_t option,
                                        const char* text, size_t text_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    constexpr size_t kTextBytes = 1024;
    if (!Valid(options)) return kontor::capi::Invalid("options");
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckBytes(text, text_length, kTextBytes, "the text"));
    std::string* const place = FindText(&options->options, option);
    if (place == nullptr) {
      return Status(kontor::Code::kUnsupported, "session option " + std::to_string(option) +
                                                    " is unknown to version " +
                                                    kontor_version_string());
    }
    *place = kontor::capi::AsBytes(text, text_length);
    return Ok();
  });
}

int32_t kontor_session_options_set_number(kontor_session_options* options, uint32_t option,
                                          int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("options");
    KONTOR_ASSIGN_OR_RETURN(const NumberOption found, FindNumber(&options->options, option));
    if (value < found.minimum || value > found.maximum) {
      return Status(kontor::Code::kOutOfRange,
                    std::string(found.name) + " is " + std::to_string(found.minimum) + " to " +
                        std::to_string(found.maximum) + ", not " + std::to_string(value));
    }
    std::visit(
        [value](auto* place) { *place = static_cast<std::decay_t<decltype(*place)>>(value); },
        found.place);
    return Ok();
  });
}

int32_t kontor_session_open(const kontor_session_options* options, kontor_session** session,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (session == nullptr) return kontor::capi::Null("session");
    *session = nullptr;
    if (!Valid(options)) return kontor::capi::Invalid("options");
    KONTOR_RETURN_IF_ERROR(options->connection->Check());
    *session = NewSession(options->connection, options->options);
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

int32_t kontor_session_state(kontor_session* session, uint32_t* state, uint64_t* unread_bytes,
                             uint64_t* memory_bytes, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (state != nullptr) *state = 0;
    if (unread_bytes != nullptr) *unread_bytes = 0;
    if (memory_bytes != nullptr) *memory_bytes = 0;
    KONTOR_RETURN_IF_ERROR(Enter(session));
    const kontor::SessionState now = session->session->state();
    if (unread_bytes != nullptr) *unread_bytes = now.unread_bytes;
    if (memory_bytes != nullptr) *memory_bytes = now.memory_bytes;
    if (state != nullptr) {
      *state = (now.waits ? KONTOR_SESSION_WAITS : 0) |
               (now.subscribed ? KONTOR_SESSION_SUBSCRIBED : 0) |
               (now.authenticated ? KONTOR_SESSION_AUTHENTICATED : 0) |
               (now.ended ? KONTOR_SESSION_ENDED : 0) |
               (now.asked_shutdown ? KONTOR_SESSION_ASKED_SHUTDOWN : 0);
    }
    return Ok();
  });
}
