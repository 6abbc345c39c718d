#include <string>

#include "base/limits.h"
#include "broker/mpmc_lane.h"
#include "handles.h"
#include "txn/make_room.h"

namespace {

using kontor::Code;
using kontor::MpmcLane;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;
using kontor::capi::Valid;

// Runs the body on the lane of a handle.
template <typename Body>
int32_t OnLane(kontor_lane* lane, kontor_error* error, Body body) noexcept {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    if (!Valid(lane) || !lane->connection->IsUsable()) return Enter(lane, &connection);
    return body(lane->connection->core(), lane->lane.get());
  });
}

Status Push(kontor::Core* core, MpmcLane* lane, const uint64_t* values, size_t count,
            size_t* pushed) {
  KONTOR_RETURN_IF_ERROR(kontor::CheckRoom(core, count * sizeof(uint64_t)));
  if (lane->PushMany(values, count, pushed)) return Ok();
  return Status(Code::kClosed, "the lane is closed: nothing is pushed any more");
}

}  // namespace

int32_t kontor_lane_new(kontor_db* db, kontor_lane** lane, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (lane == nullptr) return Null("lane");
    *lane = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::CheckRoom(connection->core(), sizeof(MpmcLane)));
    auto handle = std::make_unique<kontor_lane>();
    handle->connection = db->connection;
    handle->lane = std::make_shared<MpmcLane>(&connection->core()->memory);
    connection->Adopt(handle->lane);
    *lane = handle.release();
    return Ok();
  });
}

int32_t kontor_lane_close(kontor_lane* lane, kontor_error* error) {
  return OnLane(lane, error, [](kontor::Core*, MpmcLane* open) {
    return open->Close() ? Ok() : Status(Code::kClosed, "the lane was closed already");
  });
}

void kontor_lane_free(kontor_lane* lane) {
  if (Valid(lane)) delete lane;
}

int32_t kontor_lane_push(kontor_lane* lane, uint64_t value, kontor_error* error) {
  return OnLane(lane, error, [value](kontor::Core* core, MpmcLane* open) {
    size_t pushed = 0;
    return Push(core, open, &value, 1, &pushed);
  });
}

int32_t kontor_lane_push_many(kontor_lane* lane, const uint64_t* values, size_t count,
                              size_t* pushed, kontor_error* error) {
  size_t unasked = 0;
  if (pushed == nullptr) pushed = &unasked;
  *pushed = 0;
  return OnLane(lane, error, [=](kontor::Core* core, MpmcLane* open) -> Status {
    if (values == nullptr && count != 0) return Null("values");
    if (count > kontor::limits::kLaneBatch) {
      return Status(Code::kTooLarge, std::to_string(count) + " values are more than the limit of " +
                                         std::to_string(kontor::limits::kLaneBatch));
    }
    return Push(core, open, values, count, pushed);
  });
}

int32_t kontor_lane_pop(kontor_lane* lane, int64_t timeout_ms, kontor_waiter* waiter,
                        uint64_t* value, kontor_error* error) {
  if (value != nullptr) *value = 0;
  return OnLane(lane, error, [=](kontor::Core*, MpmcLane* open) -> Status {
    if (value == nullptr) return Null("value");
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    size_t popped = 0;
    return open->Pop(timeout_ms, kontor::capi::WaiterOf(waiter), value, 1, &popped);
  });
}

int32_t kontor_lane_pop_many(kontor_lane* lane, int64_t timeout_ms, kontor_waiter* waiter,
                             uint64_t* values, size_t capacity, size_t* count,
                             kontor_error* error) {
  if (count != nullptr) *count = 0;
  return OnLane(lane, error, [=](kontor::Core*, MpmcLane* open) -> Status {
    if (count == nullptr) return Null("count");
    if (values == nullptr) return Null("values");
    if (capacity == 0 || capacity > kontor::limits::kLaneBatch) {
      return Status(Code::kOutOfRange, "capacity is 1 to " +
                                           std::to_string(kontor::limits::kLaneBatch) + ", not " +
                                           std::to_string(capacity));
    }
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    return open->Pop(timeout_ms, kontor::capi::WaiterOf(waiter), values, capacity, count);
  });
}

int32_t kontor_lane_length(kontor_lane* lane, uint64_t* length, kontor_error* error) {
  if (length != nullptr) *length = 0;
  return OnLane(lane, error, [=](kontor::Core*, MpmcLane* open) -> Status {
    if (length == nullptr) return Null("length");
    *length = open->size();
    return Ok();
  });
}

int32_t kontor_lane_descriptor(kontor_lane* lane, int32_t* descriptor, kontor_error* error) {
  if (descriptor != nullptr) *descriptor = -1;
  return OnLane(lane, error, [=](kontor::Core*, MpmcLane* open) -> Status {
    if (descriptor == nullptr) return Null("descriptor");
    KONTOR_ASSIGN_OR_RETURN(*descriptor, open->Descriptor());
    return Ok();
  });
}
