#include "wire/listener.h"

#include <pybind11/stl.h>

#include <tuple>

#include "error.h"
#include "gil.h"

namespace kontor::python {
namespace {

struct FreeOptions {
  void operator()(kontor_wire_options* options) const { kontor_wire_options_free(options); }
};
using OwnedOptions = std::unique_ptr<kontor_wire_options, FreeOptions>;

OwnedOptions MakeOptions(const Texts& texts, const Numbers& numbers) {
  kontor_wire_options* made = nullptr;
  Check(kontor_wire_options_new(&made, ErrorSlot()));
  OwnedOptions options(made);
  for (const auto& [option, text] : texts) {
    Check(kontor_wire_options_set_text(made, option, text.data(), text.size(), ErrorSlot()));
  }
  for (const auto& [option, value] : numbers) {
    Check(kontor_wire_options_set_number(made, option, value, ErrorSlot()));
  }
  return options;
}

// Minimum, maximum, default.
std::tuple<int64_t, int64_t, int64_t> OptionBounds(uint32_t option) {
  int64_t minimum = 0;
  int64_t maximum = 0;
  int64_t default_value = 0;
  Check(kontor_wire_option_bounds(option, &minimum, &maximum, &default_value, ErrorSlot()));
  return {minimum, maximum, default_value};
}

}  // namespace

Listener::~Listener() {
  const GilReleased released;
  kontor_wire_free(handle_);
}

std::unique_ptr<Listener> Listener::Listen(const Database& db, const Texts& texts,
                                           const Numbers& numbers) {
  const OwnedOptions options = MakeOptions(texts, numbers);
  kontor_wire_listener* handle = nullptr;
  const int32_t code = CallReleased([&](kontor_error* error) {
    return kontor_wire_listen(db.handle(), options.get(), &handle, error);
  });
  if (code != KONTOR_OK) ThrowError(code);  // KONTOR_EXISTS
  return std::make_unique<Listener>(handle);
}

int32_t Listener::Port() const {
  int32_t port = 0;
  Check(kontor_wire_port(handle_, &port, ErrorSlot()));
  return port;
}

int64_t Listener::Figure(uint32_t figure) const {
  int64_t value = 0;
  Check(kontor_wire_figure(handle_, figure, &value, ErrorSlot()));
  return value;
}

void Listener::Close() {
  CallReleased([&](kontor_error* error) { return kontor_wire_close(handle_, error); });
}

void DefineListener(py::module_& module) {
  module.def("option_bounds", &OptionBounds, py::arg("option"));
  module.def("listen", &Listener::Listen, py::arg("db"), py::arg("texts"), py::arg("numbers"),
             py::keep_alive<0, 1>());
  py::class_<Listener>(module, "Listener")
      .def("port", &Listener::Port)
      .def("figure", &Listener::Figure, py::arg("figure"))
      .def("close", &Listener::Close);
}

}  // namespace kontor::python
