#include "verbs/lists.h"

#include <memory>
#include <string>

#include "handles.h"
#include "on_key.h"

using kontor::Access;
using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::Connection;
using kontor::capi::OnKey;
using kontor::verbs::ListSide;

namespace kontor::capi {

Status CheckSide(uint32_t side) {
  if (side == KONTOR_FRONT || side == KONTOR_BACK) return Ok();
  return Status(Code::kInvalid,
                "the side of a list is KONTOR_FRONT or KONTOR_BACK, not " + std::to_string(side));
}

}  // namespace kontor::capi

int32_t kontor_list_push(kontor_db* db, const void* key, size_t key_length, uint32_t side,
                         const void* value, size_t value_length, uint64_t* new_length,
                         kontor_error* error) {
  if (new_length != nullptr) *new_length = 0;
  return OnKey(
      db, key, key_length, Access::kWrite, error,
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckSide(side));
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckValue(value, value_length));
        KONTOR_ASSIGN_OR_RETURN(
            const uint64_t length,
            kontor::verbs::ListPush(operation, name, static_cast<ListSide>(side),
                                    AsBytes(value, value_length)));
        if (new_length != nullptr) *new_length = length;
        return Ok();
      },
      value_length);
}

int32_t kontor_list_pop(kontor_db* db, const void* key, size_t key_length, uint32_t side,
                        int64_t timeout_ms, kontor_waiter* waiter, void** value,
                        size_t* value_length, kontor_error* error) {
  return kontor::capi::Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(kontor::capi::CopiedOut(value, value_length));
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckKey(key, key_length));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckSide(side));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    const Bytes name = AsBytes(key, key_length);
    kontor::Core* const core = connection->core();
    const kontor::WaitOptions wait{.timeout_ms = &timeout_ms,
                                   .waiter = kontor::capi::WaiterOf(waiter),
                                   .closed = connection->closed()};
    std::unique_ptr<void, void (*)(void*)> taken(nullptr, kontor_free);
    size_t taken_length = 0;
    const auto copy_out = [&](Bytes element) -> Status {
      void* copy = nullptr;
      KONTOR_RETURN_IF_ERROR(kontor::capi::CopyOut(element, &copy, &taken_length));
      taken.reset(copy);
      return Ok();
    };
    const auto take = [&](Operation& operation) -> Status {
      return kontor::verbs::ListTake(operation, name, static_cast<ListSide>(side), copy_out);
    };
    const Status status =
        kontor::ExecuteBlocking(core, {name}, kontor::ShardsOf(core->keyspace, name),
                                Access::kRelease, connection->database(), wait, take);
    if (status.code() == Code::kTimeout && timeout_ms == 0) {
      return Status(Code::kNotFound, "the list is empty");
    }
    KONTOR_RETURN_IF_ERROR(status);
    *value = taken.release();
    *value_length = taken_length;
    return Ok();
  });
}

int32_t kontor_list_length(kontor_db* db, const void* key, size_t key_length, uint64_t* length,
                           kontor_error* error) {
  return OnKey(
      db, key, key_length, Access::kRead, error,
      [&] { return kontor::capi::Number(length, "length"); },
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_ASSIGN_OR_RETURN(*length, kontor::verbs::ListLength(operation, name));
        return Ok();
      });
}
