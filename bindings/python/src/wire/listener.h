#ifndef KONTOR_BINDINGS_PYTHON_SRC_WIRE_LISTENER_H_
#define KONTOR_BINDINGS_PYTHON_SRC_WIRE_LISTENER_H_

#include <kontor/wire.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "database.h"

namespace kontor::python {

// (number of an option, its text)
using Texts = std::vector<std::pair<uint32_t, std::string>>;

// A kontor_wire_listener. The library's threads never run Python code, so joining them needs only
// that the GIL is not held against their callers.
class Listener {
 public:
  // Takes the handle over.
  explicit Listener(kontor_wire_listener* handle) : handle_(handle) {}
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The database must outlive it.
  static std::unique_ptr<Listener> Listen(const Database& db, const Texts& texts,
                                          const Numbers& numbers);
  int32_t Port() const;
  int64_t Figure(uint32_t figure) const;
  void Close();

 private:
  kontor_wire_listener* const handle_;
};

void DefineListener(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_WIRE_LISTENER_H_
