#ifndef KONTOR_BINDINGS_PYTHON_SRC_ERROR_H_
#define KONTOR_BINDINGS_PYTHON_SRC_ERROR_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "gil.h"

// How failures of the library become Python exceptions. The classes are Python's own
// (kontor/_errors.py).
namespace kontor::python {

namespace py = pybind11;

// Where this thread's calls leave their details; every call overwrites them. May be null when
// memory is short.
kontor_error* ErrorSlot();

// Raises the exception of `code` with the sentence in the thread's slot. Needs the GIL.
[[noreturn]] void ThrowError(int32_t code);
// The same with a sentence of our own.
[[noreturn]] void ThrowError(int32_t code, std::string_view message);
// Raises what an error reply ("ERR ...", "WRONGTYPE ...") says.
[[noreturn]] void ThrowReply(std::string_view text);
// The exception of an error reply, for replies within replies.
py::object ReplyException(std::string_view text);

// Hands ordinary outcomes on and raises failures. Needs the GIL.
inline int32_t Check(int32_t code) {
  if (code < 0) ThrowError(code);
  return code;
}

// Runs `call(error)` without the GIL and checks what it answers. For everything that may wait for a
// lock or the disk.
template <typename Call>
int32_t CallReleased(Call&& call) {
  int32_t code = KONTOR_OK;
  {
    const GilReleased released;
    code = std::forward<Call>(call)(ErrorSlot());
  }
  return Check(code);
}

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_ERROR_H_
