#ifndef KONTOR_BINDINGS_PYTHON_SRC_DATABASE_H_
#define KONTOR_BINDINGS_PYTHON_SRC_DATABASE_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec.h"

namespace kontor::python {

// (number of an option, its value)
using Numbers = std::vector<std::pair<uint32_t, int64_t>>;

// A kontor_db. The typed calls here are the hot ones; everything else goes through Execute.
class Database {
 public:
  // Takes the handle over.
  Database(kontor_db* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  kontor_db* handle() const { return handle_; }
  const SharedCodec& codec() const { return codec_; }

  static std::unique_ptr<Database> Open(const py::object& directory, const py::object& name,
                                        const Numbers& numbers, const std::string& encoding,
                                        const std::string& errors, bool decode);
  std::unique_ptr<Database> Select(uint32_t index);
  void Close();
  void Sync();
  void Snapshot();
  int64_t Figure(uint32_t figure);
  void SetNumber(uint32_t option, int64_t value);

  py::object Execute(const py::args& arguments);

  void Set(py::handle key, py::handle value);
  // None where there is no string.
  py::list GetMany(const py::list& keys);
  void SetMany(const py::dict& pairs);
  py::object Get(py::handle key);
  int64_t Increment(py::handle key, int64_t delta);
  uint64_t Append(py::handle key, py::handle value);
  bool Delete(py::handle key);
  bool Exists(py::handle key);
  // True for a new field.
  bool HashSet(py::handle key, py::handle field, py::handle value);
  py::object HashGet(py::handle key, py::handle field);
  uint64_t HashLength(py::handle key);
  uint64_t ListPush(py::handle key, uint32_t side, py::handle value);
  uint64_t ListLength(py::handle key);
  // How many subscriptions it reached.
  uint64_t Publish(py::handle channel, py::handle body);
  // The same; none if nobody is there to get it.
  std::optional<uint64_t> PublishRequest(py::handle channel, py::handle body,
                                         py::handle reply_channel);
  bool DeleteQueue(py::handle name);

 private:
  kontor_db* const handle_;
  const SharedCodec codec_;
};

void DefineDatabase(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_DATABASE_H_
