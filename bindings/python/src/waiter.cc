#include "waiter.h"

#include <algorithm>
#include <memory>

namespace kontor::python {
namespace {

struct FreeWaiter {
  void operator()(kontor_waiter* waiter) const { kontor_waiter_free(waiter); }
};

// Beyond this a timeout is for ever: steady_clock counts nanoseconds in 64 bits.
constexpr int64_t kLongestMs = int64_t{1} << 43;

}  // namespace

kontor_waiter* ThreadWaiter() {
  thread_local std::unique_ptr<kontor_waiter, FreeWaiter> waiter;
  if (waiter == nullptr) {
    kontor_waiter* made = nullptr;
    Check(kontor_waiter_new(&made, ErrorSlot()));
    waiter.reset(made);
  }
  return waiter.get();
}

void RunSignalHandlers() {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

Deadline::Deadline(int64_t timeout_ms) : forever_(timeout_ms < 0 || timeout_ms > kLongestMs) {
  if (!forever_) end_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

int64_t Deadline::RemainingMs() const {
  if (forever_) return -1;
  const auto left = end_ - std::chrono::steady_clock::now();
  return std::max<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0);
}

}  // namespace kontor::python
