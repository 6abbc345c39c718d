#include "verbs/keys.h"

#include "handles.h"
#include "on_key.h"

using kontor::Access;
using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::Status;
using kontor::capi::OnKey;

namespace {

Status FoundOrNot(bool found) {
  return found ? Ok() : Status(Code::kNotFound, "there is no such key");
}

}  // namespace

int32_t kontor_delete(kontor_db* db, const void* key, size_t key_length, kontor_error* error) {
  return OnKey(db, key, key_length, Access::kRelease, error, [](Operation& operation, Bytes name) {
    return FoundOrNot(kontor::verbs::KeyDelete(operation, name));
  });
}

int32_t kontor_exists(kontor_db* db, const void* key, size_t key_length, kontor_error* error) {
  return OnKey(db, key, key_length, Access::kRead, error, [](Operation& operation, Bytes name) {
    return FoundOrNot(kontor::verbs::KeyExists(operation, name));
  });
}

int32_t kontor_expire_at(kontor_db* db, const void* key, size_t key_length,
                         int64_t deadline_unix_ms, kontor_error* error) {
  return OnKey(db, key, key_length, Access::kRelease, error, [&](Operation& operation, Bytes name) {
    return FoundOrNot(kontor::verbs::KeyExpire(operation, name, deadline_unix_ms));
  });
}

int32_t kontor_persist(kontor_db* db, const void* key, size_t key_length, kontor_error* error) {
  return OnKey(db, key, key_length, Access::kRelease, error, [](Operation& operation, Bytes name) {
    if (kontor::verbs::KeyPersist(operation, name)) return Ok();
    return Status(Code::kNotFound, "there is no such key, or it has no deadline");
  });
}

int32_t kontor_ttl(kontor_db* db, const void* key, size_t key_length, int64_t* ttl_ms,
                   kontor_error* error) {
  return OnKey(
      db, key, key_length, Access::kRead, error,
      [&] { return kontor::capi::Number(ttl_ms, "ttl_ms"); },
      [&](Operation& operation, Bytes name) {
        const kontor::verbs::KeyLifetime lifetime = kontor::verbs::KeyLifetimeOf(operation, name);
        *ttl_ms = !lifetime.exists                 ? 0
                  : lifetime.deadline_unix_ms == 0 ? -1
                                                   : lifetime.remaining_ms;
        return FoundOrNot(lifetime.exists);
      });
}
