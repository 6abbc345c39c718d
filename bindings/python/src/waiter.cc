#include "waiter.h"

#include <algorithm>

namespace kontor::python {
namespace {

// Beyond this a timeout is for ever: steady_clock counts nanoseconds in 64 bits.
constexpr int64_t kLongestMs = int64_t{1} << 43;

}  // namespace

Waiter::Waiter() {
  kontor_waiter* made = nullptr;
  Check(kontor_waiter_new(&made, ErrorSlot()));
  handle_.reset(made);
}

void Waiter::Interrupt() {
  interrupted_ = true;
  Check(kontor_waiter_interrupt(handle_.get()));
}

Waiter* ThreadWaiter() {
  thread_local Waiter waiter;
  return &waiter;
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

void DefineWaiter(py::module_& module) {
  py::class_<Waiter>(module, "Waiter").def(py::init<>()).def("interrupt", &Waiter::Interrupt);
}

}  // namespace kontor::python
