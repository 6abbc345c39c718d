#include "error.h"

#include <memory>
#include <string>

namespace kontor::python {
namespace {

struct FreeError {
  void operator()(kontor_error* error) const { kontor_error_free(error); }
};

py::str Text(std::string_view message) {
  // A message may quote a path or a key that is not UTF-8.
  PyObject* text = PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()),
                                        "backslashreplace");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

[[noreturn]] void Raise(const py::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

// What a function of kontor._errors makes of its arguments.
py::object Make(const char* function, const py::tuple& arguments) {
  const py::object callable = py::module_::import("kontor._errors").attr(function);
  PyObject* made =
      OrSleepUntilExit([&] { return PyObject_CallObject(callable.ptr(), arguments.ptr()); });
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(made);
}

[[noreturn]] void Raise(int32_t code, std::string_view message, bool retryable) {
  Raise(Make("from_code", py::make_tuple(code, kontor_code_name(code), Text(message), retryable)));
}

}  // namespace

kontor_error* ErrorSlot() {
  // A signal handler may call the library in the middle of a wait of the same thread: nothing is
  // kept in the slot across calls, so sharing it is safe.
  thread_local const std::unique_ptr<kontor_error, FreeError> slot(kontor_error_new());
  return slot.get();
}

void ThrowError(int32_t code) {
  const kontor_error* error = ErrorSlot();
  const std::string message = error == nullptr ? "" : kontor_error_message(error);
  Raise(code, message, kontor_error_retryable(error) != 0);
}

void ThrowError(int32_t code, std::string_view message) { Raise(code, message, false); }

void ThrowReply(std::string_view text) { Raise(ReplyException(text)); }

py::object ReplyException(std::string_view text) {
  return Make("from_reply", py::make_tuple(Text(text)));
}

}  // namespace kontor::python
