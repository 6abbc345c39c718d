#include "queue.h"

#include <pybind11/stl.h>

#include "error.h"
#include "waiter.h"

namespace kontor::python {
namespace {

struct FreeQueueOptions {
  void operator()(kontor_queue_options* options) const { kontor_queue_options_free(options); }
};
struct FreeScheduleOptions {
  void operator()(kontor_schedule_options* options) const { kontor_schedule_options_free(options); }
};
using OwnedScheduleOptions = std::unique_ptr<kontor_schedule_options, FreeScheduleOptions>;
using OwnedQueueOptions = std::unique_ptr<kontor_queue_options, FreeQueueOptions>;

OwnedQueueOptions MakeOptions(const Numbers& numbers, const std::vector<int64_t>& retry_delays_ms) {
  kontor_queue_options* made = nullptr;
  Check(kontor_queue_options_new(&made, ErrorSlot()));
  OwnedQueueOptions options(made);
  for (const auto& [option, value] : numbers) {
    Check(kontor_queue_options_set_number(made, option, value, ErrorSlot()));
  }
  Check(kontor_queue_options_set_numbers(made, KONTOR_QUEUE_RETRY_DELAYS_MS, retry_delays_ms.data(),
                                         retry_delays_ms.size(), ErrorSlot()));
  return options;
}

void SetBytes(kontor_enqueue_options* options, uint32_t option, py::handle value,
              const Codec& codec) {
  if (value.is_none()) return;
  const Argument bytes(value, codec);
  Check(kontor_enqueue_options_set_bytes(options, option, bytes.data(), bytes.size(), ErrorSlot()));
}

}  // namespace

OwnedEnqueueOptions MakeEnqueueOptions(const Codec& codec, const EnqueueArguments& arguments) {
  const bool has_parent = arguments.parent_queue != nullptr || arguments.parent_step.has_value();
  if (arguments.priority == 0 && arguments.delay_ms == 0 && arguments.group.is_none() &&
      arguments.deduplication_id.is_none() && arguments.children == 0 && !has_parent) {
    return {};
  }
  kontor_enqueue_options* made = nullptr;
  Check(kontor_enqueue_options_new(&made, ErrorSlot()));
  OwnedEnqueueOptions options(made);
  const auto set = [made](uint32_t option, int64_t value) {
    Check(kontor_enqueue_options_set_number(made, option, value, ErrorSlot()));
  };
  set(KONTOR_ENQUEUE_PRIORITY, arguments.priority);
  set(KONTOR_ENQUEUE_DELAY_MS, arguments.delay_ms);
  set(KONTOR_ENQUEUE_CHILDREN, arguments.children);
  SetBytes(made, KONTOR_ENQUEUE_GROUP, arguments.group, codec);
  SetBytes(made, KONTOR_ENQUEUE_DEDUPLICATION_ID, arguments.deduplication_id, codec);
  if (arguments.parent_step) set(KONTOR_ENQUEUE_PARENT_STEP, *arguments.parent_step);
  if (arguments.parent_queue != nullptr) {
    Check(kontor_enqueue_options_set_parent(made, arguments.parent_queue->handle(),
                                            arguments.parent_id, ErrorSlot()));
  }
  return options;
}

py::object Message::Body() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_message_body(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Message::Note() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_message_note(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Message::Group() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_message_group(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Message::Channel() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_message_channel(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

std::unique_ptr<Queue> Queue::Open(const Database& db, py::handle name,
                                   const std::optional<Numbers>& numbers,
                                   const std::vector<int64_t>& retry_delays_ms) {
  const Argument text(name, *db.codec());
  OwnedQueueOptions options;
  if (numbers) options = MakeOptions(*numbers, retry_delays_ms);
  kontor_queue* handle = nullptr;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_open(db.handle(), text.data(), text.size(), options.get(), &handle, error);
  });
  return std::make_unique<Queue>(handle, db.codec());
}

std::pair<std::vector<int64_t>, std::vector<int64_t>> Queue::Options() {
  kontor_queue_options* made = nullptr;
  CallReleased([&](kontor_error* error) { return kontor_queue_options_of(handle_, &made, error); });
  const OwnedQueueOptions options(made);
  std::vector<int64_t> numbers(KONTOR_QUEUE_COMPRESS_BYTES);  // the last one
  for (uint32_t option = 1; option <= numbers.size(); ++option) {
    Check(kontor_queue_options_number(made, option, &numbers[option - 1], ErrorSlot()));
  }
  const int64_t* delays_ms = nullptr;
  size_t count = 0;
  Check(kontor_queue_options_numbers(made, KONTOR_QUEUE_RETRY_DELAYS_MS, &delays_ms, &count,
                                     ErrorSlot()));
  return {std::move(numbers), std::vector<int64_t>(delays_ms, delays_ms + count)};
}

uint64_t Queue::Put(py::handle body, const EnqueueArguments& arguments) {
  const Argument bytes(body, *codec_);
  const OwnedEnqueueOptions options = MakeEnqueueOptions(*codec_, arguments);
  uint64_t id = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_enqueue_with(handle_, bytes.data(), bytes.size(), options.get(), &id,
                                     error);
  });
  return id;
}

std::vector<uint64_t> Queue::PutMany(const std::vector<py::object>& bodies,
                                     const EnqueueArguments& arguments) {
  std::vector<std::unique_ptr<Argument>> held;
  std::vector<const void*> pointers;
  std::vector<size_t> lengths;
  for (const py::object& body : bodies) {
    held.push_back(std::make_unique<Argument>(body, *codec_));
    pointers.push_back(held.back()->data());
    lengths.push_back(held.back()->size());
  }
  const OwnedEnqueueOptions options = MakeEnqueueOptions(*codec_, arguments);
  std::vector<uint64_t> ids(bodies.size());
  CallReleased([&](kontor_error* error) {
    return kontor_queue_enqueue_many(handle_, pointers.data(), lengths.data(), ids.size(),
                                     options.get(), ids.data(), error);
  });
  return ids;
}

std::vector<bool> Queue::AcknowledgeMany(const std::vector<uint64_t>& receipts) {
  std::vector<uint8_t> done(receipts.size());
  size_t acknowledged = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_acknowledge_many(handle_, receipts.data(), receipts.size(), &acknowledged,
                                         done.data(), error);
  });
  return {done.begin(), done.end()};
}

py::list Queue::Take(size_t capacity, int64_t lease_ms, int64_t timeout_ms) {
  std::vector<kontor_message*> messages(capacity, nullptr);
  size_t count = 0;
  WaitObeyingSignals(timeout_ms,
                     [&](int64_t remaining_ms, kontor_waiter* waiter, kontor_error* error) {
                       return kontor_queue_take(handle_, lease_ms, remaining_ms, waiter,
                                                messages.data(), capacity, &count, error);
                     });
  return ToList(messages, count);
}

void Queue::Acknowledge(uint64_t receipt, py::handle result) {
  if (result.is_none()) {
    CallReleased(
        [&](kontor_error* error) { return kontor_queue_acknowledge(handle_, receipt, error); });
    return;
  }
  const Argument bytes(result, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_complete(handle_, receipt, bytes.data(), bytes.size(), error);
  });
}

void Queue::TellProgress(uint64_t receipt, py::handle progress) {
  const Argument bytes(progress, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_tell_progress(handle_, receipt, bytes.data(), bytes.size(), error);
  });
}

void Queue::Return(uint64_t receipt, int64_t delay_ms) {
  CallReleased(
      [&](kontor_error* error) { return kontor_queue_return(handle_, receipt, delay_ms, error); });
}

void Queue::Bury(uint64_t receipt, py::handle reason) {
  const Argument text(reason, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_bury(handle_, receipt, text.data(), text.size(), error);
  });
}

int64_t Queue::Extend(uint64_t receipt, int64_t lease_ms) {
  int64_t until = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_extend(handle_, receipt, lease_ms, &until, error);
  });
  return until;
}

void Queue::Renew(uint64_t receipt, int64_t for_ms) {
  CallReleased(
      [&](kontor_error* error) { return kontor_queue_renew(handle_, receipt, for_ms, error); });
}

void Queue::Pause() {
  CallReleased([&](kontor_error* error) { return kontor_queue_pause(handle_, error); });
}

void Queue::Resume() {
  CallReleased([&](kontor_error* error) { return kontor_queue_resume(handle_, error); });
}

std::vector<int64_t> Queue::Figures() {
  std::vector<int64_t> figures(KONTOR_QUEUE_FIGURES, 0);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_figures(handle_, figures.data(), figures.size(), nullptr, error);
  });
  return figures;
}

py::object Queue::ToMessage(kontor_message* message) const {
  if (message == nullptr) return py::none();
  return py::cast(std::make_unique<Message>(message, codec_));
}

py::object Queue::Peek(uint64_t id) {
  kontor_message* message = nullptr;
  CallReleased(
      [&](kontor_error* error) { return kontor_queue_peek(handle_, id, &message, error); });
  return ToMessage(message);
}

py::object Queue::Await(uint64_t id, int64_t progress_seen, int64_t timeout_ms) {
  kontor_message* message = nullptr;
  WaitObeyingSignals(timeout_ms, [&](int64_t remaining_ms, kontor_waiter* waiter,
                                     kontor_error* error) {
    return kontor_queue_await(handle_, id, progress_seen, remaining_ms, waiter, &message, error);
  });
  return ToMessage(message);
}

std::pair<py::list, uint64_t> Queue::Browse(uint32_t states, uint64_t cursor, size_t capacity) {
  std::vector<kontor_message*> messages(capacity, nullptr);
  size_t count = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_browse(handle_, states, &cursor, messages.data(), capacity, &count, error);
  });
  return {ToList(messages, count), cursor};
}

py::list Queue::DeadLetters(uint64_t after_id, size_t capacity) {
  std::vector<kontor_message*> messages(capacity, nullptr);
  size_t count = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_queue_dead_letters(handle_, after_id, messages.data(), capacity, &count, error);
  });
  return ToList(messages, count);
}

void Queue::Schedule(py::handle name, py::handle body, const Numbers& numbers, py::handle cron,
                     py::handle time_zone, py::handle group) {
  kontor_schedule_options* made = nullptr;
  Check(kontor_schedule_options_new(&made, ErrorSlot()));
  const OwnedScheduleOptions options(made);
  for (const auto& [option, value] : numbers) {
    Check(kontor_schedule_options_set_number(made, option, value, ErrorSlot()));
  }
  const std::pair<uint32_t, py::handle> texts[] = {{KONTOR_SCHEDULE_CRON, cron},
                                                   {KONTOR_SCHEDULE_TIME_ZONE, time_zone},
                                                   {KONTOR_SCHEDULE_GROUP, group},
                                                   {KONTOR_SCHEDULE_BODY, body}};
  for (const auto& [option, text] : texts) {
    if (text.is_none()) continue;
    const Argument bytes(text, *codec_);
    Check(kontor_schedule_options_set_bytes(made, option, bytes.data(), bytes.size(), ErrorSlot()));
  }
  const Argument key(name, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_schedule(handle_, key.data(), key.size(), made, error);
  });
}

void Queue::Bind(uint32_t kind, py::handle subject) {
  const Argument text(subject, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_queue_bind(handle_, kind, text.data(), text.size(), error);
  });
}

bool Queue::Unbind(uint32_t kind, py::handle subject) {
  const Argument text(subject, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_queue_unbind(handle_, kind, text.data(), text.size(), error);
         }) == KONTOR_OK;
}

bool Queue::Unschedule(py::handle name) {
  const Argument key(name, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_queue_unschedule(handle_, key.data(), key.size(), error);
         }) == KONTOR_OK;
}

bool Queue::Revive(uint64_t id) {
  return CallReleased([&](kontor_error* error) {
           return kontor_queue_revive(handle_, id, error);
         }) == KONTOR_OK;
}

bool Queue::Discard(uint64_t id) {
  return CallReleased([&](kontor_error* error) {
           return kontor_queue_discard(handle_, id, error);
         }) == KONTOR_OK;
}

void Queue::Purge() {
  CallReleased([&](kontor_error* error) { return kontor_queue_purge(handle_, error); });
}

py::list Queue::ToList(const std::vector<kontor_message*>& messages, size_t count) const {
  std::vector<std::unique_ptr<Message>> owned(count);  // first of all they have an owner
  for (size_t i = 0; i < count; ++i) owned[i] = std::make_unique<Message>(messages[i], codec_);
  py::list list(count);
  for (size_t i = 0; i < count; ++i) list[i] = py::cast(std::move(owned[i]));
  return list;
}

namespace {

void DefineMessage(py::module_& module) {
  py::class_<Message>(module, "Message")
      .def_property_readonly("id", [](const Message& m) { return kontor_message_id(m.handle()); })
      .def_property_readonly("receipt",
                             [](const Message& m) { return kontor_message_receipt(m.handle()); })
      .def_property_readonly("attempt",
                             [](const Message& m) { return kontor_message_attempt(m.handle()); })
      .def_property_readonly("priority",
                             [](const Message& m) { return kontor_message_priority(m.handle()); })
      .def_property_readonly(
          "enqueued_at_unix_ms",
          [](const Message& m) { return kontor_message_enqueued_at_unix_ms(m.handle()); })
      .def_property_readonly(
          "lease_until_unix_ms",
          [](const Message& m) { return kontor_message_lease_until_unix_ms(m.handle()); })
      .def_property_readonly("body", &Message::Body)
      .def_property_readonly("state",
                             [](const Message& m) { return kontor_message_state(m.handle()); })
      .def_property_readonly(
          "progress_count",
          [](const Message& m) { return kontor_message_progress_count(m.handle()); })
      .def_property_readonly("group", &Message::Group)
      .def_property_readonly("channel", &Message::Channel)
      .def_property_readonly("children",
                             [](const Message& m) { return kontor_message_children(m.handle()); })
      .def_property_readonly("note", &Message::Note);
}

}  // namespace

void DefineQueue(py::module_& module) {
  DefineMessage(module);
  py::class_<Queue>(module, "Queue")
      .def(
          "put",
          [](Queue& queue, py::handle body, uint32_t priority, int64_t delay_ms, py::handle group,
             py::handle deduplication_id, uint32_t children, const Queue* parent_queue,
             uint64_t parent_id, std::optional<int64_t> parent_step) {
            return queue.Put(body, {priority, delay_ms, group, deduplication_id, children,
                                    parent_queue, parent_id, parent_step});
          },
          py::arg("body"), py::arg("priority"), py::arg("delay_ms"), py::arg("group"),
          py::arg("deduplication_id"), py::arg("children"), py::arg("parent_queue"),
          py::arg("parent_id"), py::arg("parent_step"))
      .def(
          "put_many",
          [](Queue& queue, const std::vector<py::object>& bodies, uint32_t priority,
             int64_t delay_ms, py::handle group, const Queue* parent_queue, uint64_t parent_id) {
            return queue.PutMany(bodies, {priority, delay_ms, group, py::none(), 0, parent_queue,
                                          parent_id, std::nullopt});
          },
          py::arg("bodies"), py::arg("priority"), py::arg("delay_ms"), py::arg("group"),
          py::arg("parent_queue"), py::arg("parent_id"))
      .def("options", &Queue::Options)
      .def("acknowledge_many", &Queue::AcknowledgeMany, py::arg("receipts"))
      .def("take", &Queue::Take, py::arg("capacity"), py::arg("lease_ms"), py::arg("timeout_ms"))
      .def("acknowledge", &Queue::Acknowledge, py::arg("receipt"), py::arg("result"))
      .def("tell_progress", &Queue::TellProgress, py::arg("receipt"), py::arg("progress"))
      .def("give_back", &Queue::Return, py::arg("receipt"), py::arg("delay_ms"))
      .def("bury", &Queue::Bury, py::arg("receipt"), py::arg("reason"))
      .def("extend", &Queue::Extend, py::arg("receipt"), py::arg("lease_ms"))
      .def("renew", &Queue::Renew, py::arg("receipt"), py::arg("for_ms"))
      .def("pause", &Queue::Pause)
      .def("resume", &Queue::Resume)
      .def("figures", &Queue::Figures)
      .def("peek", &Queue::Peek, py::arg("id"))
      .def("wait_for", &Queue::Await, py::arg("id"), py::arg("progress_seen"),
           py::arg("timeout_ms"))
      .def("browse", &Queue::Browse, py::arg("states"), py::arg("cursor"), py::arg("capacity"))
      .def("dead_letters", &Queue::DeadLetters, py::arg("after_id"), py::arg("capacity"))
      .def("schedule", &Queue::Schedule, py::arg("name"), py::arg("body"), py::arg("numbers"),
           py::arg("cron"), py::arg("time_zone"), py::arg("group"))
      .def("bind", &Queue::Bind, py::arg("kind"), py::arg("subject"))
      .def("unbind", &Queue::Unbind, py::arg("kind"), py::arg("subject"))
      .def("unschedule", &Queue::Unschedule, py::arg("name"))
      .def("revive", &Queue::Revive, py::arg("id"))
      .def("discard", &Queue::Discard, py::arg("id"))
      .def("purge", &Queue::Purge);
}

}  // namespace kontor::python
