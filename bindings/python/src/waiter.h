#ifndef KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_
#define KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "error.h"

// Waiting as Python does it: without the GIL, and a signal's Python handler runs at once.
namespace kontor::python {

// A wait that another thread may end, for good.
class Waiter {
 public:
  Waiter();
  void Interrupt();
  bool interrupted() const { return interrupted_; }
  kontor_waiter* handle() const { return handle_.get(); }

 private:
  struct Free {
    void operator()(kontor_waiter* waiter) const { kontor_waiter_free(waiter); }
  };

  std::unique_ptr<kontor_waiter, Free> handle_;
  std::atomic<bool> interrupted_ = false;
};

// The calling thread's waiter. One is enough: while a signal handler runs Python code, the wait it
// broke off is not in progress.
Waiter* ThreadWaiter();

// Lets the Python handlers of pending signals run; raises what they raise (KeyboardInterrupt).
void RunSignalHandlers();

// What is left of a timeout.
class Deadline {
 public:
  // < 0: for ever.
  explicit Deadline(int64_t timeout_ms);
  int64_t RemainingMs() const;

 private:
  const bool forever_;
  std::chrono::steady_clock::time_point end_;
};

// Runs `wait(timeout_ms, waiter, error)` until it is something else than a signal that ends it.
// Returns its outcome, raises its failure. `waiter`: null for the thread's own; KONTOR_INTERRUPTED
// if it was interrupted.
template <typename Wait>
int32_t WaitObeyingSignals(int64_t timeout_ms, Wait wait, const Waiter* waiter = nullptr) {
  const Deadline deadline(timeout_ms);
  if (waiter == nullptr && timeout_ms != 0) waiter = ThreadWaiter();
  kontor_waiter* const handle = waiter == nullptr ? nullptr : waiter->handle();
  for (int64_t remaining_ms = timeout_ms;; remaining_ms = deadline.RemainingMs()) {
    const int32_t code =
        CallReleased([&](kontor_error* error) { return wait(remaining_ms, handle, error); });
    if (code != KONTOR_INTERRUPTED) return code;
    if (waiter != nullptr && waiter->interrupted()) return code;
    RunSignalHandlers();
  }
}

void DefineWaiter(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_
