#include "session.h"

#include <utility>

#include "codec.h"
#include "error.h"
#include "gil.h"

namespace kontor::python {

std::unique_ptr<Session> Session::Make(const Database& db) {
  kontor_session* handle = nullptr;
  CallReleased(
      [&](kontor_error* error) { return kontor_session_new(db.handle(), &handle, error); });
  return std::make_unique<Session>(handle);
}

template <typename Call>
void Session::Run(Call call) {
  bool closed = false;
  CallReleased([&](kontor_error* error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed = handle_ == nullptr;
    return closed ? KONTOR_OK : call(handle_, error);
  });
  if (closed) ThrowError(KONTOR_CLOSED, "this session was closed");
}

void Session::Write(const py::object& data) {
  if (PyObject_CheckBuffer(data.ptr()) == 0) {
    throw py::type_error("a session is written bytes, not str");
  }
  static const Codec* const codec = new Codec("utf-8", "strict", false);
  const Argument bytes(data, *codec);
  Run([&](kontor_session* session, kontor_error* error) {
    return kontor_session_write(session, bytes.data(), bytes.size(), error);
  });
}

py::bytes Session::Read(size_t capacity) {
  PyObject* made = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(capacity));
  if (made == nullptr) throw py::error_already_set();
  py::bytes buffer = py::reinterpret_steal<py::bytes>(made);
  char* data = PyBytes_AS_STRING(made);
  size_t length = 0;
  Run([&](kontor_session* session, kontor_error* error) {
    return kontor_session_read(session, data, capacity, &length, error);
  });
  return py::bytes(data, length);
}

int32_t Session::Descriptor() {
  int32_t descriptor = -1;
  Run([&](kontor_session* session, kontor_error* error) {
    return kontor_session_descriptor(session, &descriptor, error);
  });
  return descriptor;
}

void Session::Close() {
  const GilReleased released;
  const std::lock_guard<std::mutex> lock(mutex_);
  kontor_session_free(std::exchange(handle_, nullptr));
}

void DefineSession(py::module_& module) {
  py::class_<Session>(module, "Session")
      .def("write", &Session::Write, py::arg("data"))
      .def("read", &Session::Read, py::arg("capacity"))
      .def("descriptor", &Session::Descriptor)
      .def("close", &Session::Close);
}

}  // namespace kontor::python
