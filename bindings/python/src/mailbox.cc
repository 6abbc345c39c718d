#include "mailbox.h"

#include <pybind11/stl.h>

#include "channel.h"
#include "error.h"
#include "waiter.h"

namespace kontor::python {

const char* Delivery::Kind() const {
  switch (kontor_delivery_kind(handle_)) {
    case KONTOR_DELIVERY_MESSAGE:
      return "message";
    case KONTOR_DELIVERY_PATTERN_MESSAGE:
      return "pmessage";
    case KONTOR_DELIVERY_GAP:
      return "gap";
    case KONTOR_DELIVERY_INTEREST_GAINED:
      return "interest-gained";
    case KONTOR_DELIVERY_INTEREST_LOST:
      return "interest-lost";
    case KONTOR_DELIVERY_PRESENT:
      return "present";
    case KONTOR_DELIVERY_JOINED:
      return "joined";
    case KONTOR_DELIVERY_LEFT:
      return "left";
    default:
      ThrowError(KONTOR_UNSUPPORTED,
                 "a delivery of a kind that this binding does not know: update the Python package");
  }
}

const char* Delivery::SubjectKind() const {
  switch (kontor_delivery_subject_kind(handle_)) {
    case KONTOR_PATTERN:
      return "pattern";
    case KONTOR_TOKENS:
      return "tokens";
    default:
      return "channel";
  }
}

py::object Delivery::Channel() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_delivery_channel(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Delivery::Pattern() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_delivery_pattern(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Delivery::Body() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_delivery_body(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::object Delivery::ReplyChannel() const {
  const void* bytes = nullptr;
  size_t length = 0;
  Check(kontor_delivery_reply_channel(handle_, &bytes, &length));
  return codec_->Decode(bytes, length);
}

std::vector<uint64_t> Delivery::Tags() const {
  const uint64_t* tags = nullptr;
  size_t count = 0;
  Check(kontor_delivery_tags(handle_, &tags, &count));
  return count == 0 ? std::vector<uint64_t>() : std::vector<uint64_t>(tags, tags + count);
}

std::unique_ptr<Mailbox> Mailbox::Make(const Database& db,
                                       const std::vector<std::pair<uint32_t, int64_t>>& options) {
  kontor_mailbox_options* made = nullptr;
  CallReleased([&](kontor_error* error) { return kontor_mailbox_options_new(&made, error); });
  const std::unique_ptr<kontor_mailbox_options, decltype(&kontor_mailbox_options_free)> owned(
      made, kontor_mailbox_options_free);
  for (const std::pair<uint32_t, int64_t>& option : options) {
    CallReleased([&](kontor_error* error) {
      return kontor_mailbox_options_set_number(made, option.first, option.second, error);
    });
  }
  kontor_mailbox* handle = nullptr;
  CallReleased(
      [&](kontor_error* error) { return kontor_mailbox_open(db.handle(), made, &handle, error); });
  return std::make_unique<Mailbox>(handle, db.codec());
}

void Mailbox::Close() {
  CallReleased([&](kontor_error* error) { return kontor_mailbox_close(handle_, error); });
}

bool Mailbox::Subscribe(uint32_t kind, py::handle subject, uint64_t tag) {
  const Argument text(subject, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_mailbox_subscribe(handle_, kind, text.data(), text.size(), tag, error);
         }) == KONTOR_OK;
}

bool Mailbox::Join(py::handle channel, uint64_t tag, uint32_t join, uint64_t value) {
  const Argument text(channel, *codec_);
  const int32_t code = CallReleased([&](kontor_error* error) {
    return kontor_mailbox_join(handle_, text.data(), text.size(), tag, join, value, error);
  });
  MustKeepMessages(code);
  return code == KONTOR_OK;
}

bool Mailbox::Unsubscribe(uint32_t kind, py::handle subject, uint64_t tag) {
  const Argument text(subject, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_mailbox_unsubscribe(handle_, kind, text.data(), text.size(), tag, error);
         }) == KONTOR_OK;
}

uint64_t Mailbox::UnsubscribeTag(uint64_t tag) {
  uint64_t ended = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_mailbox_unsubscribe_tag(handle_, tag, &ended, error);
  });
  return ended;
}

void Mailbox::WatchInterest() {
  CallReleased([&](kontor_error* error) { return kontor_mailbox_watch_interest(handle_, error); });
}

void Mailbox::WatchPresence(py::handle channel) {
  const Argument name(channel, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_mailbox_watch_presence(handle_, name.data(), name.size(), error);
  });
}

bool Mailbox::UnwatchPresence(py::handle channel) {
  const Argument name(channel, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_mailbox_unwatch_presence(handle_, name.data(), name.size(), error);
         }) == KONTOR_OK;
}

std::unique_ptr<Delivery> Mailbox::Next(int64_t timeout_ms) {
  kontor_delivery* delivery = nullptr;
  WaitObeyingSignals(timeout_ms,
                     [&](int64_t remaining_ms, kontor_waiter* waiter, kontor_error* error) {
                       return kontor_mailbox_next(handle_, remaining_ms, waiter, &delivery, error);
                     });
  if (delivery == nullptr) return nullptr;
  return std::make_unique<Delivery>(
      std::shared_ptr<const kontor_delivery>(
          delivery, [delivery](const kontor_delivery*) { kontor_delivery_free(delivery); }),
      codec_);
}

std::vector<std::unique_ptr<Delivery>> Mailbox::NextMany(size_t maximum, int64_t timeout_ms) {
  kontor_deliveries* made = nullptr;
  CallReleased([&](kontor_error* error) { return kontor_deliveries_new(&made, error); });
  const std::shared_ptr<kontor_deliveries> shared(made, kontor_deliveries_free);
  size_t count = 0;
  WaitObeyingSignals(timeout_ms, [&](int64_t remaining_ms, kontor_waiter* waiter,
                                     kontor_error* error) {
    return kontor_mailbox_next_many(handle_, remaining_ms, waiter, maximum, made, &count, error);
  });
  std::vector<std::unique_ptr<Delivery>> deliveries;
  deliveries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    deliveries.push_back(std::make_unique<Delivery>(
        std::shared_ptr<const kontor_delivery>(shared, kontor_deliveries_at(made, i)), codec_));
  }
  return deliveries;
}

int32_t Mailbox::Descriptor() {
  int32_t descriptor = -1;
  CallReleased(
      [&](kontor_error* error) { return kontor_mailbox_descriptor(handle_, &descriptor, error); });
  return descriptor;
}

std::pair<uint64_t, uint64_t> Mailbox::Counts() {
  uint64_t pending = 0;
  uint64_t lost = 0;
  CallReleased(
      [&](kontor_error* error) { return kontor_mailbox_counts(handle_, &pending, &lost, error); });
  return {pending, lost};
}

void DefineMailbox(py::module_& module) {
  py::class_<Delivery>(module, "Delivery")
      .def_property_readonly("kind", &Delivery::Kind)
      .def_property_readonly("subject_kind", &Delivery::SubjectKind)
      .def_property_readonly("channel", &Delivery::Channel)
      .def_property_readonly("pattern", &Delivery::Pattern)
      .def_property_readonly("body", &Delivery::Body)
      .def_property_readonly("reply_channel", &Delivery::ReplyChannel)
      .def_property_readonly("tags", &Delivery::Tags)
      .def_property_readonly("sequence", &Delivery::Sequence)
      .def_property_readonly("lost", &Delivery::Lost);
  py::class_<Mailbox>(module, "Mailbox")
      .def("close", &Mailbox::Close)
      .def("subscribe", &Mailbox::Subscribe, py::arg("kind"), py::arg("subject"), py::arg("tag"))
      .def("join", &Mailbox::Join, py::arg("channel"), py::arg("tag"), py::arg("join"),
           py::arg("value"))
      .def("unsubscribe", &Mailbox::Unsubscribe, py::arg("kind"), py::arg("subject"),
           py::arg("tag"))
      .def("unsubscribe_tag", &Mailbox::UnsubscribeTag, py::arg("tag"))
      .def("watch_interest", &Mailbox::WatchInterest)
      .def("watch_presence", &Mailbox::WatchPresence, py::arg("channel"))
      .def("unwatch_presence", &Mailbox::UnwatchPresence, py::arg("channel"))
      .def("next", &Mailbox::Next, py::arg("timeout_ms"))
      .def("next_many", &Mailbox::NextMany, py::arg("maximum"), py::arg("timeout_ms"))
      .def("descriptor", &Mailbox::Descriptor)
      .def("counts", &Mailbox::Counts);
}

}  // namespace kontor::python
