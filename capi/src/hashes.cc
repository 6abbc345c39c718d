#include "verbs/hashes.h"

#include "handles.h"
#include "on_key.h"

using kontor::Access;
using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckValue;
using kontor::capi::OnKey;

int32_t kontor_hash_set(kontor_db* db, const void* key, size_t key_length, const void* field,
                        size_t field_length, const void* value, size_t value_length,
                        kontor_error* error) {
  return OnKey(
      db, key, key_length, Access::kWrite, error,
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(field, field_length));
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        KONTOR_ASSIGN_OR_RETURN(
            const bool is_new, kontor::verbs::HashSet(operation, name, AsBytes(field, field_length),
                                                      AsBytes(value, value_length)));
        return is_new ? Ok() : Status(Code::kExists);
      },
      field_length + value_length);
}

int32_t kontor_hash_get(kontor_db* db, const void* key, size_t key_length, const void* field,
                        size_t field_length, void** value, size_t* value_length,
                        kontor_error* error) {
  return OnKey(
      db, key, key_length, Access::kRead, error,
      [&] { return kontor::capi::CopiedOut(value, value_length); },
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(field, field_length));
        KONTOR_ASSIGN_OR_RETURN(
            const std::optional<kontor::Element> found,
            kontor::verbs::HashGet(operation, name, AsBytes(field, field_length)));
        if (!found.has_value()) return Status(Code::kNotFound, "there is no such field");
        return kontor::capi::CopyOut(found->bytes(), value, value_length);
      });
}

int32_t kontor_hash_delete(kontor_db* db, const void* key, size_t key_length, const void* field,
                           size_t field_length, kontor_error* error) {
  return OnKey(db, key, key_length, Access::kRelease, error,
               [&](Operation& operation, Bytes name) -> Status {
                 KONTOR_RETURN_IF_ERROR(CheckValue(field, field_length));
                 const Bytes fields[] = {AsBytes(field, field_length)};
                 KONTOR_ASSIGN_OR_RETURN(const uint64_t removed,
                                         kontor::verbs::HashDelete(operation, name, fields));
                 return removed != 0 ? Ok() : Status(Code::kNotFound, "there is no such field");
               });
}

int32_t kontor_hash_length(kontor_db* db, const void* key, size_t key_length, uint64_t* length,
                           kontor_error* error) {
  return OnKey(
      db, key, key_length, Access::kRead, error,
      [&] { return kontor::capi::Number(length, "length"); },
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_ASSIGN_OR_RETURN(*length, kontor::verbs::HashLength(operation, name));
        return Ok();
      });
}
