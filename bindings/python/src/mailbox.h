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

// A kontor_delivery, shared by whatever it lies in. Its bytes are decoded where they are asked for.
class Delivery {
 public:
  Delivery(std::shared_ptr<const kontor_delivery> handle, SharedCodec codec)
      : owner_(std::move(handle)), handle_(owner_.get()), codec_(std::move(codec)) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  const char* Kind() const;
  const char* SubjectKind() const;
  py::object Channel() const;
  py::object Pattern() const;
  py::object Body() const;
  py::object ReplyChannel() const;
  std::vector<uint64_t> Tags() const;
  uint64_t Sequence() const { return kontor_delivery_sequence(handle_); }
  uint64_t Lost() const { return kontor_delivery_lost(handle_); }

 private:
  const std::shared_ptr<const kontor_delivery> owner_;
  const kontor_delivery* const handle_;
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

  // `options`: numbers by KONTOR_MAILBOX_*.
  static std::unique_ptr<Mailbox> Make(const Database& db,
                                       const std::vector<std::pair<uint32_t, int64_t>>& options);

  void Close();
  // False where the tag has the subscription already.
  bool Subscribe(uint32_t kind, py::handle subject, uint64_t tag);
  // The same from a point on; `join` is one of KONTOR_JOIN_*.
  bool Join(py::handle channel, uint64_t tag, uint32_t join, uint64_t value);
  // False where there is no such subscription.
  bool Unsubscribe(uint32_t kind, py::handle subject, uint64_t tag);
  uint64_t UnsubscribeTag(uint64_t tag);
  void WatchInterest();
  void WatchPresence(py::handle channel);
  bool UnwatchPresence(py::handle channel);
  // Null after the timeout.
  std::unique_ptr<Delivery> Next(int64_t timeout_ms);
  // None after the timeout.
  std::vector<std::unique_ptr<Delivery>> NextMany(size_t maximum, int64_t timeout_ms);
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
