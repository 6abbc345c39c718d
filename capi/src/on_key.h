#ifndef KONTOR_CAPI_ON_KEY_H_
#define KONTOR_CAPI_ON_KEY_H_

#include "handles.h"
#include "txn/execute.h"
#include "txn/operation.h"

// How a typed function on one key runs its verb.

namespace kontor::capi {

// Out parameters that a call must be given; they are emptied before anything else. The Status says
// which one is NULL.
inline Status CopiedOut(void** value, size_t* value_length) {
  if (value != nullptr) *value = nullptr;
  if (value_length != nullptr) *value_length = 0;
  if (value == nullptr) return Null("value");
  return value_length == nullptr ? Null("value_length") : Ok();
}
template <typename T>
Status Number(T* number, const char* what) {
  if (number == nullptr) return Null(what);
  *number = 0;
  return Ok();
}

// Enters the handle's engine, checks the key and the out parameters, and runs the verb in an
// operation that holds the key's lock. `value_bytes` is what it is going to store.
template <typename CheckOuts, typename Verb>
int32_t OnKey(kontor_db* db, const void* key, size_t key_length, Access access, kontor_error* error,
              CheckOuts check_outs, Verb verb, size_t value_bytes = 0) noexcept {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(check_outs());
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckKey(key, key_length));
    const Bytes name = AsBytes(key, key_length);
    Core* const core = connection->core();
    return ExecuteOnKey(
        core, name, access, connection->database(),
        [&](Operation& operation) { return verb(operation, name); }, value_bytes);
  });
}

template <typename Verb>
int32_t OnKey(kontor_db* db, const void* key, size_t key_length, Access access, kontor_error* error,
              Verb verb, size_t value_bytes = 0) noexcept {
  return OnKey(
      db, key, key_length, access, error, [] { return Ok(); }, std::move(verb), value_bytes);
}

}  // namespace kontor::capi

#endif  // KONTOR_CAPI_ON_KEY_H_
