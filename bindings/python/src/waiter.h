#ifndef KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_
#define KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>

#include "error.h"

// Waiting as Python does it: without the GIL, and a signal's Python handler runs at once.
namespace kontor::python {

// The calling thread's waiter. One is enough: while a signal handler runs Python code, the wait it
// broke off is not in progress.
kontor_waiter* ThreadWaiter();

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
// Returns its outcome, raises its failure.
template <typename Wait>
int32_t WaitObeyingSignals(int64_t timeout_ms, Wait wait) {
  const Deadline deadline(timeout_ms);
  kontor_waiter* waiter = timeout_ms == 0 ? nullptr : ThreadWaiter();
  for (int64_t remaining_ms = timeout_ms;; remaining_ms = deadline.RemainingMs()) {
    const int32_t code =
        CallReleased([&](kontor_error* error) { return wait(remaining_ms, waiter, error); });
    if (code != KONTOR_INTERRUPTED) return code;
    RunSignalHandlers();
  }
}

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_WAITER_H_
