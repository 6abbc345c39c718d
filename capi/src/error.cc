#include <cstdlib>

#include "handles.h"

using kontor::capi::Valid;

namespace {

// The sentence of a code that came without one: because there was no memory to write it, or to
// spare an ordinary outcome the writing.
const char* Wordless(int32_t code) {
  switch (code) {
    case KONTOR_OK:
      return "";
    case KONTOR_EXISTS:
      return "it was there already";
    case KONTOR_TIMEOUT:
      return "nothing came in time";
    case KONTOR_INTERRUPTED:
      return "the wait was interrupted";
    case KONTOR_NO_MEMORY:
      return "there is no memory left for this call: free some and try again";
    case KONTOR_INTERNAL:
      return "something went wrong inside the library: please report it";
    default:
      return "there was no memory left to say what was wrong: free some and try again";
  }
}

}  // namespace

const char* kontor_code_name(int32_t code) {
  return kontor::CodeName(static_cast<kontor::Code>(code)).data();
}

const char* kontor_version_string(void) { return KONTOR_BUILD_VERSION; }

void kontor_free(void* bytes) { ::operator delete(bytes); }

kontor_error* kontor_error_new(void) { return new (std::nothrow) kontor_error; }

void kontor_error_free(kontor_error* error) {
  if (Valid(error)) delete error;
}

int32_t kontor_error_code(const kontor_error* error) {
  return Valid(error) ? error->code : KONTOR_INVALID;
}

int32_t kontor_error_set(kontor_error* error, int32_t code, const char* message,
                         size_t message_length) {
  if (!Valid(error)) return KONTOR_INVALID;
  return kontor::capi::Guarded(nullptr, [&]() -> kontor::Status {
    constexpr size_t kMessageBytes = 4096;
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CheckBytes(message, message_length, kMessageBytes, "the message"));
    error->message = kontor::capi::AsBytes(message, message_length);
    error->code = code;
    return kontor::Ok();
  });
}

const char* kontor_error_message(const kontor_error* error) {
  if (!Valid(error)) return "";
  return error->message.empty() ? Wordless(error->code) : error->message.c_str();
}

uint8_t kontor_error_retryable(const kontor_error* error) {
  if (!Valid(error)) return 0;
  switch (error->code) {
    case KONTOR_LOCKED:
    case KONTOR_FULL:
    case KONTOR_TIMEOUT:
    case KONTOR_AGAIN:
    case KONTOR_INTERRUPTED:
    case KONTOR_NO_MEMORY:
      return 1;
    default:
      return 0;
  }
}
