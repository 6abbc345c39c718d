#include "verbs/fetch.h"

#include <memory>
#include <utility>

#include "handles.h"
#include "on_key.h"
#include "txn/peek.h"

using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;
using kontor::capi::Valid;

namespace {

using OwnedBytes = std::unique_ptr<void, void (*)(void*)>;

// The out parameters of a fetch, emptied before anything can be refused.
struct FetchOuts {
  void** value;
  size_t* value_length;
  uint8_t* stale;
  kontor_lease** lease;

  Status Empty() const {
    if (stale != nullptr) *stale = 0;
    if (lease != nullptr) *lease = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::CopiedOut(value, value_length));
    return lease == nullptr ? Null("lease") : Ok();
  }
};

// A fresh short value, found without a lock. kAgain: there is more to do than that.
Status FetchByPeek(Connection* connection, Bytes key, int64_t stale_ms, const FetchOuts& outs) {
  char buffer[kontor::Record::kInlineValueBytes];
  size_t length = 0;
  const Code code = kontor::PeekText(connection->core(), connection->database(), key, buffer,
                                     sizeof(buffer), &length, stale_ms);
  if (code != Code::kOk) return Status(Code::kAgain);
  connection->core()->lookups.Add(kontor::Core::kHits);
  return kontor::capi::CopyOut(Bytes(buffer, length), outs.value, outs.value_length);
}

// Everything that a lease needs but the lease itself, so that nothing can fail once it is taken.
std::unique_ptr<kontor_lease> PrepareLease(kontor_db* db, Bytes key, int64_t stale_ms) {
  auto lease = std::make_unique<kontor_lease>();
  lease->connection = db->connection;
  lease->database = db->connection->database();
  lease->key = key;
  lease->stale_ms = stale_ms;
  return lease;
}

Status FetchByOperation(kontor_db* db, Bytes key, const kontor::verbs::FetchOptions& options,
                        const kontor::WaitOptions& wait, const FetchOuts& outs) {
  std::unique_ptr<kontor_lease> lease = PrepareLease(db, key, options.stale_ms);
  OwnedBytes value(nullptr, kontor_free);
  size_t value_length = 0;
  const auto give = [&](Bytes found) -> Status {
    void* copy = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::CopyOut(found, &copy, &value_length));
    value.reset(copy);
    return Ok();
  };
  kontor::verbs::Fetched fetched;
  Status status = kontor::verbs::Fetch(db->connection->core(), lease->database, key, options, wait,
                                       give, &fetched);
  // If this fails from here on, the end of the handle gives the lease up again.
  lease->token = fetched.lease;
  if (status.code() == Code::kNotFound) {
    status = Status(Code::kNotFound, "there is no such key; the caller holds the lease to fill it");
  }
  if (!status.ok() && status.code() != Code::kNotFound) return status;
  *outs.value = value.release();
  *outs.value_length = value_length;
  if (outs.stale != nullptr) *outs.stale = fetched.stale ? 1 : 0;
  if (lease->token != 0) *outs.lease = lease.release();
  return status;
}

}  // namespace

// In a forked child the engine's locks may be held by threads that are not there.
kontor_lease::~kontor_lease() {
  if (token == 0 || connection->engine()->InForkedChild()) return;
  kontor::verbs::GiveUpLease(connection->core(), database, key, token);
}

int32_t kontor_fetch(kontor_db* db, const void* key, size_t key_length, int64_t stale_ms,
                     int64_t lease_ms, int64_t timeout_ms, kontor_waiter* waiter, void** value,
                     size_t* value_length, uint8_t* stale, kontor_lease** lease,
                     kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    const FetchOuts outs{value, value_length, stale, lease};
    KONTOR_RETURN_IF_ERROR(outs.Empty());
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckKey(key, key_length));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    const Bytes name = AsBytes(key, key_length);
    const kontor::verbs::FetchOptions options{.stale_ms = stale_ms, .lease_ms = lease_ms};
    KONTOR_RETURN_IF_ERROR(kontor::verbs::CheckFetch(name, options));
    Status peeked = FetchByPeek(connection, name, stale_ms, outs);
    if (peeked.code() != Code::kAgain) return peeked;
    const kontor::WaitOptions wait{.timeout_ms = &timeout_ms,
                                   .waiter = kontor::capi::WaiterOf(waiter),
                                   .closed = connection->closed()};
    return FetchByOperation(db, name, options, wait, outs);
  });
}

int32_t kontor_lease_fill(kontor_lease* lease, const void* value, size_t value_length,
                          int64_t ttl_ms, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(lease, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckValue(value, value_length));
    return kontor::verbs::FillLease(connection->core(), lease->database, lease->key, lease->token,
                                    AsBytes(value, value_length), ttl_ms, lease->stale_ms);
  });
}

int32_t kontor_lease_give_up(kontor_lease* lease, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(lease, &connection));
    const bool held =
        kontor::verbs::GiveUpLease(connection->core(), lease->database, lease->key, lease->token);
    return held ? Ok() : kontor::verbs::StaleLease();
  });
}

void kontor_lease_free(kontor_lease* lease) {
  if (Valid(lease)) delete lease;
}
