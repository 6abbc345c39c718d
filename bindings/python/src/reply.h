#ifndef KONTOR_BINDINGS_PYTHON_SRC_REPLY_H_
#define KONTOR_BINDINGS_PYTHON_SRC_REPLY_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <memory>

#include "codec.h"

namespace kontor::python {

struct FreeReply {
  void operator()(kontor_reply* reply) const { kontor_reply_free(reply); }
};
using OwnedReply = std::unique_ptr<kontor_reply, FreeReply>;

// None, bytes (or str), int, list or dict; an error within a list becomes an exception object in
// it.
py::object ToPython(const kontor_reply* reply, const Codec& codec);
// The same, but raises where the reply itself is an error.
py::object ToPythonOrRaise(const kontor_reply* reply, const Codec& codec);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_REPLY_H_
