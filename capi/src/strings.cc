#include "verbs/strings.h"

#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "base/limits.h"
#include "handles.h"
#include "on_key.h"
#include "txn/peek.h"
#include "txn/put.h"

using kontor::Access;
using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckValue;
using kontor::capi::OnKey;
using kontor::capi::Valid;

namespace {

Status NoSuchKey() { return Status(Code::kNotFound, "there is no such key"); }

// Runs `give` with the string a key holds. A large one is only shared under the lock: it is given,
// which copies it, when the lock is free again.
template <typename CheckOuts, typename Give>
int32_t ReadString(kontor_db* db, const void* key, size_t key_length, kontor_error* error,
                   CheckOuts check_outs, Give give) noexcept {
  return kontor::capi::Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(check_outs());
    kontor::capi::Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckKey(key, key_length));
    const Bytes name = AsBytes(key, key_length);
    std::optional<kontor::Value> large;
    KONTOR_RETURN_IF_ERROR(
        kontor::ExecuteOnKey(connection->core(), name, Access::kRead, connection->database(),
                             [&](Operation& operation) -> Status {
                               const kontor::Record* const record = operation.Find(name);
                               if (record == nullptr) return NoSuchKey();
                               if (!record->is_string()) return kontor::WrongType();
                               if (!record->has_large_text()) return give(record->text());
                               large = record->PinText();
                               return Ok();
                             }));
    return large ? give(std::get<kontor::LargeString>(*large).bytes()) : Ok();
  });
}

// kontor_get where there is more to say or to do than the short way can.
[[gnu::noinline]] int32_t GetByOperation(kontor_db* db, const void* key, size_t key_length,
                                         void* buffer, size_t capacity, size_t* value_length,
                                         kontor_error* error) noexcept {
  const auto check = [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(kontor::capi::Number(value_length, "value_length"));
    return buffer == nullptr && capacity != 0 ? kontor::capi::Null("buffer") : Ok();
  };
  return ReadString(db, key, key_length, error, check, [&](Bytes value) -> Status {
    *value_length = value.size();
    if (value.size() > capacity) {
      return Status(Code::kTooSmall, "the value has " + std::to_string(value.size()) +
                                         " bytes, the buffer " + std::to_string(capacity));
    }
    value.copy(static_cast<char*>(buffer), value.size());
    return Ok();
  });
}

Status ToSetOptions(uint32_t flags, int64_t ttl_ms, int64_t now_unix_ms,
                    kontor::verbs::StringSetOptions* options) {
  constexpr uint32_t kKnown = KONTOR_SET_IF_ABSENT | KONTOR_SET_IF_PRESENT | KONTOR_SET_KEEP_TTL;
  if ((flags & ~kKnown) != 0) {
    return Status(Code::kInvalid, "flags hold unknown bits: " + std::to_string(flags & ~kKnown));
  }
  const bool if_absent = (flags & KONTOR_SET_IF_ABSENT) != 0;
  const bool if_present = (flags & KONTOR_SET_IF_PRESENT) != 0;
  if (if_absent && if_present) {
    return Status(Code::kInvalid, "IF_ABSENT and IF_PRESENT contradict each other");
  }
  if ((flags & KONTOR_SET_KEEP_TTL) != 0 && ttl_ms != 0) {
    return Status(Code::kInvalid, "KEEP_TTL and a new time to live contradict each other");
  }
  if (ttl_ms < 0 || ttl_ms > std::numeric_limits<int64_t>::max() - now_unix_ms) {
    return Status(Code::kOutOfRange,
                  "ttl_ms is 0 (none) or positive and ends before the end of "
                  "time, not " +
                      std::to_string(ttl_ms));
  }
  options->keep_deadline = (flags & KONTOR_SET_KEEP_TTL) != 0;
  options->deadline_unix_ms = ttl_ms == 0 ? 0 : now_unix_ms + ttl_ms;
  if (if_absent) options->condition = kontor::verbs::SetCondition::kIfAbsent;
  if (if_present) options->condition = kontor::verbs::SetCondition::kIfPresent;
  return Ok();
}

// A set for which things are to be made ready before the lock, or kAgain.
Status SetPrepared(kontor_db* db, const void* key, size_t key_length, const void* value,
                   size_t value_length, int64_t deadline_unix_ms) {
  kontor::capi::Connection* connection = nullptr;
  KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
  KONTOR_RETURN_IF_ERROR(kontor::capi::CheckKey(key, key_length));
  KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
  return kontor::PutTextPrepared(connection->core(), connection->database(),
                                 AsBytes(key, key_length), AsBytes(value, value_length),
                                 deadline_unix_ms);
}

// A set where there is more to say or to do than the short way can.
[[gnu::noinline]] int32_t SetByOperation(kontor_db* db, const void* key, size_t key_length,
                                         const void* value, size_t value_length, uint32_t flags,
                                         int64_t ttl_ms, kontor_error* error) noexcept {
  return OnKey(
      db, key, key_length, Access::kWrite, error,
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        kontor::verbs::StringSetOptions options;
        KONTOR_RETURN_IF_ERROR(ToSetOptions(flags, ttl_ms, operation.now_unix_ms(), &options));
        KONTOR_ASSIGN_OR_RETURN(
            const kontor::verbs::StringSetResult result,
            kontor::verbs::StringSet(operation, name, AsBytes(value, value_length), options));
        if (result.set) return Ok();
        return (flags & KONTOR_SET_IF_ABSENT) != 0 ? Status(Code::kExists, "the key exists")
                                                   : NoSuchKey();
      },
      value_length);
}

// The short way where it can be gone, for kontor_set and for a plain time to live.
[[gnu::always_inline]] inline int32_t Set(kontor_db* db, const void* key, size_t key_length,
                                          const void* value, size_t value_length, uint32_t flags,
                                          int64_t ttl_ms, kontor_error* error) noexcept {
  const bool arguments_are_good = Valid(db) && (key != nullptr || key_length == 0) &&
                                  (value != nullptr || value_length == 0) &&
                                  (error == nullptr || Valid(error));
  const bool plain = flags == 0 && ttl_ms >= 0 && ttl_ms <= kontor::limits::kDelayMs;
  if (!arguments_are_good || !plain || !db->connection->IsUsable()) {
    return SetByOperation(db, key, key_length, value, value_length, flags, ttl_ms, error);
  }
  try {
    kontor::Core* const core = db->connection->core();
    const int64_t deadline_unix_ms = ttl_ms == 0 ? 0 : core->clock->UnixMs() + ttl_ms;
    const Code code = kontor::PutText(core, db->connection->database(), AsBytes(key, key_length),
                                      AsBytes(value, value_length), deadline_unix_ms);
    if (code == Code::kOk) return error == nullptr ? KONTOR_OK : kontor::capi::Report(error, Ok());
    const Status status = SetPrepared(db, key, key_length, value, value_length, deadline_unix_ms);
    if (status.code() != Code::kAgain) return kontor::capi::Report(error, status);
  } catch (...) {
    return kontor::capi::ReportException(error);
  }
  return SetByOperation(db, key, key_length, value, value_length, flags, ttl_ms, error);
}

}  // namespace

int32_t kontor_set(kontor_db* db, const void* key, size_t key_length, const void* value,
                   size_t value_length, kontor_error* error) {
  return Set(db, key, key_length, value, value_length, 0, 0, error);
}

int32_t kontor_set_with(kontor_db* db, const void* key, size_t key_length, const void* value,
                        size_t value_length, uint32_t flags, int64_t ttl_ms, kontor_error* error) {
  return Set(db, key, key_length, value, value_length, flags, ttl_ms, error);
}

int32_t kontor_get(kontor_db* db, const void* key, size_t key_length, void* buffer, size_t capacity,
                   size_t* value_length, kontor_error* error) {
  const bool arguments_are_good =
      Valid(db) && value_length != nullptr && (buffer != nullptr || capacity == 0) &&
      (key != nullptr || key_length == 0) && (error == nullptr || Valid(error));
  if (!arguments_are_good || !db->connection->IsUsable()) {
    return GetByOperation(db, key, key_length, buffer, capacity, value_length, error);
  }
  const Code code =
      kontor::PeekText(db->connection->core(), db->connection->database(), AsBytes(key, key_length),
                       static_cast<char*>(buffer), capacity, value_length);
  kontor::StripedCounters<2>& lookups = db->connection->core()->lookups;
  if (code == Code::kOk) {
    lookups.Add(kontor::Core::kHits);
    return error == nullptr ? KONTOR_OK : kontor::capi::Report(error, Ok());
  }
  if (error != nullptr || code != Code::kNotFound) {
    return GetByOperation(db, key, key_length, buffer, capacity, value_length, error);
  }
  lookups.Add(kontor::Core::kMisses);
  return KONTOR_NOT_FOUND;
}

int32_t kontor_get_copy(kontor_db* db, const void* key, size_t key_length, void** value,
                        size_t* value_length, kontor_error* error) {
  return ReadString(
      db, key, key_length, error, [&] { return kontor::capi::CopiedOut(value, value_length); },
      [&](Bytes found) { return kontor::capi::CopyOut(found, value, value_length); });
}

int32_t kontor_get_pin(kontor_db* db, const void* key, size_t key_length, kontor_pin** pin,
                       kontor_error* error) {
  if (pin != nullptr) *pin = nullptr;
  return OnKey(
      db, key, key_length, Access::kRead, error,
      [&] { return pin == nullptr ? kontor::capi::Null("pin") : Ok(); },
      [&](Operation& operation, Bytes name) -> Status {
        const kontor::Record* const record = operation.Find(name);
        if (record == nullptr) return NoSuchKey();
        if (!record->is_string()) return kontor::WrongType();
        auto pinned = std::make_unique<kontor_pin>();
        pinned->value = record->PinText();
        *pin = pinned.release();
        return Ok();
      });
}

int32_t kontor_pin_bytes(const kontor_pin* pin, const void** value, size_t* value_length) {
  if (value != nullptr) *value = nullptr;
  if (value_length != nullptr) *value_length = 0;
  if (!Valid(pin) || value == nullptr || value_length == nullptr) return KONTOR_INVALID;
  const auto* large = std::get_if<kontor::LargeString>(&pin->value);
  const Bytes bytes = large != nullptr ? large->bytes() : Bytes(std::get<std::string>(pin->value));
  *value = bytes.data();
  *value_length = bytes.size();
  return KONTOR_OK;
}

void kontor_pin_free(kontor_pin* pin) {
  if (Valid(pin)) delete pin;
}

int32_t kontor_increment(kontor_db* db, const void* key, size_t key_length, int64_t delta,
                         int64_t* result, kontor_error* error) {
  if (result != nullptr) *result = 0;
  return OnKey(db, key, key_length, Access::kWrite, error,
               [&](Operation& operation, Bytes name) -> Status {
                 KONTOR_ASSIGN_OR_RETURN(const int64_t number,
                                         kontor::verbs::StringIncrement(operation, name, delta));
                 if (result != nullptr) *result = number;
                 return Ok();
               });
}

int32_t kontor_append(kontor_db* db, const void* key, size_t key_length, const void* value,
                      size_t value_length, size_t* new_length, kontor_error* error) {
  if (new_length != nullptr) *new_length = 0;
  return OnKey(
      db, key, key_length, Access::kWrite, error,
      [&](Operation& operation, Bytes name) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        KONTOR_ASSIGN_OR_RETURN(
            const uint64_t length,
            kontor::verbs::StringAppend(operation, name, AsBytes(value, value_length)));
        if (new_length != nullptr) *new_length = length;
        return Ok();
      },
      value_length);
}
