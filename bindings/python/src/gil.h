#ifndef KONTOR_BINDINGS_PYTHON_SRC_GIL_H_
#define KONTOR_BINDINGS_PYTHON_SRC_GIL_H_

#include <Python.h>

#include <utility>

// The GIL, and a program's end. Where a thread asks for the GIL while the interpreter ends, CPython
// before 3.14 makes it pthread_exit(), which unwinds the stack: std::terminate() at the first
// destructor on the way, and objects released without the GIL. No test beforehand helps, for the
// end may begin right after it. So the unwinding is caught where it starts, and the thread sleeps
// until the process is gone; since 3.14 CPython does the same (gh-87135).
namespace kontor::python {

// Never returns.
[[noreturn]] void SleepUntilExit();

// Runs `call`, C code of CPython that may ask for the GIL and throws nothing.
template <typename Call>
auto OrSleepUntilExit(Call&& call) noexcept {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    SleepUntilExit();
  }
}

// Lets other threads run Python code while it lives.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased() {
    OrSleepUntilExit([this] { PyEval_RestoreThread(state_); });
  }
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

 private:
  PyThreadState* const state_;
};

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_GIL_H_
