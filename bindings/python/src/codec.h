#ifndef KONTOR_BINDINGS_PYTHON_SRC_CODEC_H_
#define KONTOR_BINDINGS_PYTHON_SRC_CODEC_H_

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// Between Python's values and the library's bytes. Everything here needs the GIL, destructors
// included.
namespace kontor::python {

namespace py = pybind11;

// How a database handle and everything that comes from it turn str into bytes, and bytes into str
// if asked to.
class Codec {
 public:
  // `decode`: bytes come out as str. Raises LookupError for an unknown encoding.
  Codec(std::string encoding, std::string errors, bool decode);

  // The bytes of a str, as a bytes object, or the str itself where its own UTF-8 will do.
  py::object Encode(py::handle text) const;
  // bytes, or str where decoding was asked for. Raises UnicodeDecodeError.
  py::object Decode(const void* bytes, size_t length) const;

 private:
  const std::string encoding_;
  const std::string errors_;
  const bool decode_;
  const bool is_utf8_;
};

using SharedCodec = std::shared_ptr<const Codec>;

// One argument as bytes that stay valid, and unchanged, without the GIL: bytes and str are
// borrowed, other bytes-like objects are copied (somebody could write into them meanwhile), int and
// float are formatted by their repr. Raises TypeError for anything else, bool and None included.
class Argument {
 public:
  Argument(py::handle value, const Codec& codec);

  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  py::object owner_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

// The arguments of a command.
class Arguments {
 public:
  Arguments(const py::args& values, const Codec& codec);

  size_t size() const { return pointers_.size(); }
  const void* const* pointers() const { return pointers_.data(); }
  const size_t* lengths() const { return lengths_.data(); }
  std::string Text(size_t index) const {
    return {static_cast<const char*>(pointers_[index]), lengths_[index]};
  }
  // Puts another text in an argument's place.
  void Replace(size_t index, std::string text);

 private:
  std::vector<Argument> values_;
  std::vector<const void*> pointers_;
  std::vector<size_t> lengths_;
  std::string replacement_;
};

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_CODEC_H_
