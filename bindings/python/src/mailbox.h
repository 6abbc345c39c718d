#ifndef KONTOR_BINDINGS_PYTHON_SRC_MAILBOX_H_
#define KONTOR_BINDINGS_PYTHON_SRC_MAILBOX_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "codec.h"
#include "database.h"

namespace kontor::python {

// A kontor_delivery. Its bytes are decoded where they are asked for.
class Delivery {
 public:
  // Takes the handle over.
  Delivery(kontor_delivery* handle, SharedCodec codec)
      : handle_(handle), codec_(std::move(codec)) {}
  ~Delivery() { kontor_delivery_free(handle_); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  const char* Kind() const;
  const char* SubjectKind() const;
  py::object Channel() const;
  py::object Pattern() const;
  py::object Body() const;
  std::vector<uint64_t> Tags() const;
  uint64_t Lost() const { return kontor_delivery_lost(handle_); }

 private:
  kontor_delivery* const handle_;
  const SharedCodec codec_;
};

// A kontor_mailbox.
class Mailbox {
 public:
  // Takes the handle over.
  Mailbox(kontor_mailbox* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Mailbox() { kontor_mailbox_free(handle_); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  static std::unique_ptr<Mailbox> Make(const Database& db, uint64_t capacity, uint32_t overflow);

  void Close();
  // False where the tag has the subscription already.
  bool Subscribe(uint32_t kind, py::handle subject, uint64_t tag);
  // False where there is no such subscription.
  bool Unsubscribe(uint32_t kind, py::handle subject, uint64_t tag);
  uint64_t UnsubscribeTag(uint64_t tag);
  void WatchInterest();
  // Null after the timeout.
  std::unique_ptr<Delivery> Next(int64_t timeout_ms);
  int32_t Descriptor();
  // Unread, lost.
  std::pair<uint64_t, uint64_t> Counts();

 private:
  kontor_mailbox* const handle_;
  const SharedCodec codec_;
};

void DefineMailbox(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_MAILBOX_H_
