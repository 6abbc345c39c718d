#include "txn/batch.h"

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "base/limits.h"
#include "handles.h"
#include "on_key.h"
#include "verbs/strings.h"

using kontor::BatchFormat;
using kontor::BatchGet;
using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckKey;
using kontor::capi::CheckValue;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;
using kontor::verbs::KeyAndValue;

namespace {

using Gets = absl::InlinedVector<BatchGet, 64>;

Status TooManyKeys(size_t count) {
  return Status(Code::kTooLarge, "the batch has " + std::to_string(count) + " keys; the limit is " +
                                     std::to_string(kontor::limits::kBatchKeys));
}

Status CheckCount(const void* array, size_t count, const char* what) {
  if (array == nullptr && count != 0) return Null(what);
  return count > kontor::limits::kBatchKeys ? TooManyKeys(count) : Ok();
}

// Reads a packed sequence: void(Bytes item), or an error.
template <typename Item>
Status Unpack(const void* packed, size_t length, const char* what, Item item) {
  if (packed == nullptr && length != 0) return Null(what);
  Bytes rest = AsBytes(packed, length);
  while (!rest.empty()) {
    const size_t at = length - rest.size();
    size_t item_length = 0;
    if (rest.size() >= kontor::kPackedLengthBytes) {
      for (size_t i = 0; i < kontor::kPackedLengthBytes; ++i) {
        item_length |= size_t{static_cast<unsigned char>(rest[i])} << (8 * i);
      }
      rest.remove_prefix(kontor::kPackedLengthBytes);
      if (item_length <= rest.size()) {
        KONTOR_RETURN_IF_ERROR(item(rest.substr(0, item_length)));
        rest.remove_prefix(item_length);
        continue;
      }
    }
    return Status(Code::kInvalid, std::string(what) + " is cut short: the item at byte " +
                                      std::to_string(at) + " goes beyond its end");
  }
  return Ok();
}

Status TooSmall(size_t needed, size_t capacity) {
  return Status(Code::kTooSmall, "the values take " + std::to_string(needed) +
                                     " bytes, the buffer has " + std::to_string(capacity));
}

Status GetMany(Connection* connection, Gets* gets, BatchFormat format, void* buffer,
               size_t capacity, size_t* needed) {
  const Status status =
      kontor::GetMany(connection->core(), connection->database(), absl::MakeSpan(*gets), format,
                      static_cast<char*>(buffer), capacity, needed);
  return status.code() == Code::kTooSmall ? TooSmall(*needed, capacity) : status;
}

Status SetMany(Connection* connection, const std::vector<KeyAndValue>& pairs) {
  constexpr size_t kHeadBytes = 32;  // what an effect has beside its key and value, at the most
  std::vector<Bytes> keys;
  keys.reserve(pairs.size());
  size_t record_bytes = 0;
  size_t stored_bytes = 0;
  for (const KeyAndValue& pair : pairs) {
    keys.push_back(pair.key);
    stored_bytes += pair.key.size() + pair.value.size();
    record_bytes += pair.key.size() + pair.value.size() + kHeadBytes;
  }
  // Asked before anything is locked or changed: a journal that were given more would stop for good.
  if (record_bytes > kontor::limits::kJournalRecordBytes) {
    return Status(Code::kTooLarge, "the batch has " + std::to_string(record_bytes) +
                                       " bytes; the limit of one commit is " +
                                       std::to_string(kontor::limits::kJournalRecordBytes));
  }
  kontor::Core* const core = connection->core();
  kontor::BringNear(&core->keyspace, connection->database(), keys);
  return kontor::ExecuteWhole(
      core, kontor::ShardsOf(core->keyspace, keys), kontor::Access::kWrite, connection->database(),
      [&](Operation& operation) { return kontor::verbs::StringSetMany(operation, pairs); },
      stored_bytes);
}

}  // namespace

int32_t kontor_mget(kontor_db* db, const kontor_bytes* keys, size_t count, void* buffer,
                    size_t capacity, kontor_bytes* values, size_t* needed, kontor_error* error) {
  if (needed != nullptr) *needed = 0;
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(CheckCount(keys, count, "keys"));
    if (values == nullptr && count != 0) return Null("values");
    if (buffer == nullptr && capacity != 0) return Null("buffer");
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    Gets gets(count);
    for (size_t i = 0; i < count; ++i) {
      if (!kontor::capi::IsGoodKey(keys[i].data, keys[i].length)) {
        return CheckKey(keys[i].data, keys[i].length);
      }
      gets[i].key = AsBytes(keys[i].data, keys[i].length);
    }
    size_t bytes = 0;
    const Status status = GetMany(connection, &gets, BatchFormat::kBytes, buffer, capacity, &bytes);
    if (needed != nullptr) *needed = bytes;
    KONTOR_RETURN_IF_ERROR(status);
    for (size_t i = 0; i < count; ++i) {
      const bool absent = gets[i].length == BatchGet::kAbsent;
      const bool empty = absent || gets[i].length == 0;
      const char* const begin = empty ? "" : static_cast<char*>(buffer) + gets[i].offset;
      values[i] = {absent ? nullptr : begin, empty ? 0 : gets[i].length};
    }
    return Ok();
  });
}

int32_t kontor_mget_packed(kontor_db* db, const void* keys, size_t keys_length, void* buffer,
                           size_t capacity, size_t* length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(kontor::capi::Number(length, "length"));
    if (buffer == nullptr && capacity != 0) return Null("buffer");
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    Gets gets;
    const auto add = [&](Bytes key) -> Status {
      if (gets.size() == kontor::limits::kBatchKeys) return TooManyKeys(gets.size() + 1);
      KONTOR_RETURN_IF_ERROR(CheckKey(key.data(), key.size()));
      gets.emplace_back().key = key;
      return Ok();
    };
    KONTOR_RETURN_IF_ERROR(Unpack(keys, keys_length, "keys", add));
    return GetMany(connection, &gets, BatchFormat::kPacked, buffer, capacity, length);
  });
}

int32_t kontor_mset(kontor_db* db, const kontor_bytes* keys, const kontor_bytes* values,
                    size_t count, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(CheckCount(keys, count, "keys"));
    if (values == nullptr && count != 0) return Null("values");
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    std::vector<KeyAndValue> pairs;
    pairs.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      KONTOR_RETURN_IF_ERROR(CheckKey(keys[i].data, keys[i].length));
      KONTOR_RETURN_IF_ERROR(CheckValue(values[i].data, values[i].length));
      pairs.push_back(
          {AsBytes(keys[i].data, keys[i].length), AsBytes(values[i].data, values[i].length)});
    }
    return SetMany(connection, pairs);
  });
}

int32_t kontor_mset_packed(kontor_db* db, const void* pairs, size_t pairs_length,
                           kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    std::vector<KeyAndValue> unpacked;
    bool is_key = true;
    const auto add = [&](Bytes item) -> Status {
      if (is_key) {
        if (unpacked.size() == kontor::limits::kBatchKeys) return TooManyKeys(unpacked.size() + 1);
        KONTOR_RETURN_IF_ERROR(CheckKey(item.data(), item.size()));
        unpacked.push_back({item, {}});
      } else {
        KONTOR_RETURN_IF_ERROR(CheckValue(item.data(), item.size()));
        unpacked.back().value = item;
      }
      is_key = !is_key;
      return Ok();
    };
    KONTOR_RETURN_IF_ERROR(Unpack(pairs, pairs_length, "pairs", add));
    if (!is_key) return Status(Code::kInvalid, "pairs ends with a key that has no value");
    return SetMany(connection, unpacked);
  });
}
