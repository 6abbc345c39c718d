#include <kontor/kontor.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <tuple>

#include "codec.h"
#include "consumer.h"
#include "database.h"
#include "error.h"
#include "lease.h"
#include "mailbox.h"
#include "queue.h"
#include "reply.h"
#include "session.h"
#include "transaction.h"
#include "waiter.h"

namespace kontor::python {
namespace {

py::object CommandTable() {
  kontor_reply* made = nullptr;
  Check(kontor_command_table(&made, ErrorSlot()));
  const OwnedReply reply(made);
  return ToPython(reply.get(), Codec("utf-8", "strict", true));
}

// Minimum, maximum, default.
std::tuple<int64_t, int64_t, int64_t> OptionBounds(uint32_t option) {
  int64_t minimum = 0;
  int64_t maximum = 0;
  int64_t default_value = 0;
  Check(kontor_option_bounds(option, &minimum, &maximum, &default_value, ErrorSlot()));
  return {minimum, maximum, default_value};
}

}  // namespace
}  // namespace kontor::python

PYBIND11_MODULE(_kontor, module) {
  namespace python = kontor::python;
  module.doc() = "The C interface of Kontor, object by object. Use the package kontor.";
  module.def("version", &kontor_version_string);
  module.def("code_name", &kontor_code_name, pybind11::arg("code"));
  module.def("command_table", &python::CommandTable);
  module.def("option_bounds", &python::OptionBounds, pybind11::arg("option"));
  python::DefineWaiter(module);
  python::DefineDatabase(module);
  python::DefineLease(module);
  python::DefineQueue(module);
  python::DefineConsumer(module);
  python::DefineMailbox(module);
  python::DefineTransaction(module);
  python::DefineSession(module);
}
