#include "codec.h"

#include <utility>

#include "gil.h"

namespace kontor::python {
namespace {

py::object Steal(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

bool NamesUtf8(const std::string& encoding) {
  const py::object info = py::module_::import("codecs").attr("lookup")(encoding);
  return info.attr("name").cast<std::string>() == "utf-8";
}

// The type's own repr: that of an IntEnum would be its name.
py::object NumberRepr(py::handle value) {
  return Steal(PyLong_Check(value.ptr()) ? PyLong_Type.tp_repr(value.ptr())
                                         : PyFloat_Type.tp_repr(value.ptr()));
}

}  // namespace

Codec::Codec(std::string encoding, std::string errors, bool decode)
    : encoding_(std::move(encoding)),
      errors_(std::move(errors)),
      decode_(decode),
      is_utf8_(NamesUtf8(encoding_)) {}

py::object Codec::Encode(py::handle text) const {
  if (is_utf8_ && errors_ == "strict") return py::reinterpret_borrow<py::object>(text);
  py::object encoded = Steal(OrSleepUntilExit(
      [&] { return PyUnicode_AsEncodedString(text.ptr(), encoding_.c_str(), errors_.c_str()); }));
  if (!PyBytes_Check(encoded.ptr())) {
    throw py::type_error("encoding '" + encoding_ + "' does not make bytes");
  }
  return encoded;
}

py::object Codec::Decode(const void* bytes, size_t length) const {
  const char* data = static_cast<const char*>(bytes);
  const auto size = static_cast<Py_ssize_t>(length);
  if (!decode_) return Steal(PyBytes_FromStringAndSize(data, size));
  if (is_utf8_) return Steal(PyUnicode_DecodeUTF8(data, size, errors_.c_str()));
  return Steal(OrSleepUntilExit(
      [&] { return PyUnicode_Decode(data, size, encoding_.c_str(), errors_.c_str()); }));
}

Argument::Argument(py::handle value, const Codec& codec) {
  PyObject* object = value.ptr();
  if (PyBytes_Check(object)) {
    owner_ = py::reinterpret_borrow<py::object>(value);
  } else if (PyUnicode_Check(object)) {
    owner_ = codec.Encode(value);
  } else if (PyObject_CheckBuffer(object) != 0) {
    owner_ = Steal(PyBytes_FromObject(object));
  } else if ((PyLong_Check(object) || PyFloat_Check(object)) && !PyBool_Check(object)) {
    owner_ = NumberRepr(value);
  } else {
    throw py::type_error(std::string("'") + Py_TYPE(object)->tp_name +
                         "' cannot be stored: convert it to bytes, str, int or float first");
  }
  Py_ssize_t size = 0;
  if (PyBytes_Check(owner_.ptr())) {
    data_ = PyBytes_AS_STRING(owner_.ptr());
    size = PyBytes_GET_SIZE(owner_.ptr());
  } else {
    data_ = PyUnicode_AsUTF8AndSize(owner_.ptr(), &size);
    if (data_ == nullptr) throw py::error_already_set();
  }
  size_ = static_cast<size_t>(size);
}

Arguments::Arguments(const py::args& values, const Codec& codec) {
  values_.reserve(values.size());
  pointers_.reserve(values.size());
  lengths_.reserve(values.size());
  for (const py::handle value : values) {
    const Argument& argument = values_.emplace_back(value, codec);
    pointers_.push_back(argument.data());
    lengths_.push_back(argument.size());
  }
}

void Arguments::Replace(size_t index, std::string text) {
  replacement_ = std::move(text);
  pointers_[index] = replacement_.data();
  lengths_[index] = replacement_.size();
}

}  // namespace kontor::python
