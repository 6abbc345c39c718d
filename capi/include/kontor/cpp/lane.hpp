// Part of kontor.hpp: lanes.
#ifndef KONTOR_CPP_LANE_HPP_
#define KONTOR_CPP_LANE_HPP_

#include <kontor/cpp/database.hpp>
#include <optional>
#include <span>

namespace kontor {
inline namespace api {

// Hands 64-bit values from any threads to any threads, first in, first out.
class Lane {
 public:
  explicit Lane(const Database& db) {
    kontor_lane* lane = nullptr;
    detail::Check(kontor_lane_new(db.handle(), &lane, detail::ErrorSlot()));
    handle_.reset(lane);
  }
  // Nothing is pushed any more; what is inside can still be popped.
  void Close() { detail::Check(kontor_lane_close(handle(), detail::ErrorSlot())); }

  void Push(uint64_t value) {
    detail::Check(kontor_lane_push(handle(), value, detail::ErrorSlot()));
  }
  void PushMany(std::span<const uint64_t> values) {
    detail::Check(kontor_lane_push_many(handle(), values.data(), values.size(), nullptr,
                                        detail::ErrorSlot()));
  }
  // The oldest value; nullopt if none came in time, or the waiter was interrupted. Throws
  // KONTOR_CLOSED once the lane is closed and empty.
  std::optional<uint64_t> Pop(milliseconds timeout, Waiter* waiter = nullptr) {
    uint64_t value = 0;
    const int32_t code = detail::Check(kontor_lane_pop(
        handle(), timeout.count(), detail::HandleOf(waiter), &value, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return value;
  }
  // The oldest values, as many as there are and fit; waits for the first only. The part of `values`
  // that was filled.
  std::span<uint64_t> PopMany(std::span<uint64_t> values, milliseconds timeout,
                              Waiter* waiter = nullptr) {
    size_t count = 0;
    detail::Check(kontor_lane_pop_many(handle(), timeout.count(), detail::HandleOf(waiter),
                                       values.data(), values.size(), &count, detail::ErrorSlot()));
    return values.first(count);
  }
  uint64_t length() const {
    uint64_t length = 0;
    detail::Check(kontor_lane_length(handle(), &length, detail::ErrorSlot()));
    return length;
  }
  // Readable while there is something to pop; for poll and epoll only.
  int descriptor() const {
    int32_t descriptor = -1;
    detail::Check(kontor_lane_descriptor(handle(), &descriptor, detail::ErrorSlot()));
    return descriptor;
  }
  kontor_lane* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_lane, kontor_lane_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_LANE_HPP_
