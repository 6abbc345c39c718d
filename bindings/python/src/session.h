#ifndef KONTOR_BINDINGS_PYTHON_SRC_SESSION_H_
#define KONTOR_BINDINGS_PYTHON_SRC_SESSION_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "database.h"

namespace kontor::python {

// A kontor_session. The library wants one thread at a time; the mutex sees to that, whatever
// Python's threads do.
class Session {
 public:
  // Takes the handle over.
  explicit Session(kontor_session* handle) : handle_(handle) {}
  ~Session() { kontor_session_free(handle_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  static std::unique_ptr<Session> Make(const Database& db);

  void Write(const py::object& data);
  py::bytes Read(size_t capacity);
  int32_t Descriptor();
  // Everything after it answers CLOSED.
  void Close();

 private:
  template <typename Call>
  void Run(Call call);

  std::mutex mutex_;  // taken without the GIL; guards handle_
  kontor_session* handle_;
};

void DefineSession(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_SESSION_H_
