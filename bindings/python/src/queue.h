#ifndef KONTOR_BINDINGS_PYTHON_SRC_QUEUE_H_
#define KONTOR_BINDINGS_PYTHON_SRC_QUEUE_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "codec.h"
#include "database.h"

namespace kontor::python {

// A kontor_message. Its body is decoded where it is asked for, so that a body that is not text can
// still be settled.
class Message {
 public:
  // Takes the handle over.
  Message(kontor_message* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Message() { kontor_message_free(handle_); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  const kontor_message* handle() const { return handle_; }
  py::object Body() const;
  py::object Note() const;
  py::object Group() const;
  py::object Channel() const;

 private:
  kontor_message* const handle_;
  const SharedCodec codec_;
};

struct FreeEnqueueOptions {
  void operator()(kontor_enqueue_options* options) const { kontor_enqueue_options_free(options); }
};
using OwnedEnqueueOptions = std::unique_ptr<kontor_enqueue_options, FreeEnqueueOptions>;
class Queue;
// What is said of a message that is sent. A group or a deduplication id may be None.
struct EnqueueArguments {
  uint32_t priority = 0;
  int64_t delay_ms = 0;
  py::handle group = {};
  py::handle deduplication_id = {};
  uint32_t children = 0;
  const Queue* parent_queue = nullptr;
  uint64_t parent_id = 0;
  std::optional<int64_t> parent_step = {};
};
// Null where there is nothing to say but the defaults.
OwnedEnqueueOptions MakeEnqueueOptions(const Codec& codec, const EnqueueArguments& arguments);

// A kontor_queue.
class Queue {
 public:
  // Takes the handle over.
  Queue(kontor_queue* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Queue() { kontor_queue_free(handle_); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  kontor_queue* handle() const { return handle_; }

  // Without `numbers` an existing queue stays as it is.
  static std::unique_ptr<Queue> Open(const Database& db, py::handle name,
                                     const std::optional<Numbers>& numbers,
                                     const std::vector<int64_t>& retry_delays_ms);

  uint64_t Put(py::handle body, const EnqueueArguments& arguments);
  // The numbers, by their option from the first one on, and the delays of retries.
  std::pair<std::vector<int64_t>, std::vector<int64_t>> Options();
  // With the same options, in one commit: their ids.
  std::vector<uint64_t> PutMany(const std::vector<py::object>& bodies,
                                const EnqueueArguments& arguments);
  py::list Take(size_t capacity, int64_t lease_ms, int64_t timeout_ms);
  void Acknowledge(uint64_t receipt, py::handle result);
  // In one commit, those whose lease has not run out: which.
  std::vector<bool> AcknowledgeMany(const std::vector<uint64_t>& receipts);
  void TellProgress(uint64_t receipt, py::handle progress);
  void Return(uint64_t receipt, int64_t delay_ms);
  void Bury(uint64_t receipt, py::handle reason);
  int64_t Extend(uint64_t receipt, int64_t lease_ms);
  void Renew(uint64_t receipt, int64_t for_ms);
  void Pause();
  void Resume();
  std::vector<int64_t> Figures();
  // None if there is no such message.
  py::object Peek(uint64_t id);
  py::object Await(uint64_t id, int64_t progress_seen, int64_t timeout_ms);
  // The messages, and the next cursor.
  std::pair<py::list, uint64_t> Browse(uint32_t states, uint64_t cursor, size_t capacity);
  py::list DeadLetters(uint64_t after_id, size_t capacity);
  void Schedule(py::handle name, py::handle body, const Numbers& numbers, py::handle cron,
                py::handle time_zone, py::handle group);
  bool Unschedule(py::handle name);
  void Bind(uint32_t kind, py::handle subject);
  bool Unbind(uint32_t kind, py::handle subject);
  bool Revive(uint64_t id);
  bool Discard(uint64_t id);
  void Purge();

 private:
  py::object ToMessage(kontor_message* message) const;
  py::list ToList(const std::vector<kontor_message*>& messages, size_t count) const;

  kontor_queue* const handle_;
  const SharedCodec codec_;
};

void DefineQueue(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_QUEUE_H_
