#ifndef KONTOR_BINDINGS_PYTHON_SRC_COMMAND_H_
#define KONTOR_BINDINGS_PYTHON_SRC_COMMAND_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include "codec.h"

namespace kontor::python {

// Runs any command and returns its reply; raises an error reply. A blocking one waits without the
// GIL and obeys signals.
py::object RunCommand(kontor_db* db, const py::args& arguments, const Codec& codec);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_COMMAND_H_
