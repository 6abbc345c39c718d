#include "wire/listener.h"

// A module of its own, imported by the first listen(): who needs no sockets loads no
// libkontor_wire. The class Database is the one of _kontor, which the package imports first.
PYBIND11_MODULE(_kontor_wire, module) {
  module.doc() = "The C interface of Kontor's listener. Use kontor.Database.listen().";
  kontor::python::DefineListener(module);
}
