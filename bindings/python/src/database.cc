#include "database.h"

#include <pybind11/stl.h>

#include "channel.h"
#include "command.h"
#include "consumer.h"
#include "error.h"
#include "gil.h"
#include "lease.h"
#include "mailbox.h"
#include "queue.h"
#include "session.h"
#include "transaction.h"

namespace kontor::python {
namespace {

struct FreeOptions {
  void operator()(kontor_options* options) const { kontor_options_free(options); }
};
using OwnedOptions = std::unique_ptr<kontor_options, FreeOptions>;

struct FreeBytes {
  void operator()(void* bytes) const { kontor_free(bytes); }
};

// What GetMany makes room for at first, for each key.
constexpr size_t kGuessedValueBytes = 64;

struct FreePin {
  void operator()(kontor_pin* pin) const { kontor_pin_free(pin); }
};

OwnedOptions MakeOptions(const py::object& directory, const py::object& name,
                         const Numbers& numbers, const Codec& codec) {
  kontor_options* made = nullptr;
  Check(kontor_options_new(&made, ErrorSlot()));
  OwnedOptions options(made);
  if (!directory.is_none()) {
    const Argument path(directory, codec);
    Check(kontor_options_set_directory(made, path.data(), path.size(), ErrorSlot()));
  }
  if (!name.is_none()) {
    const Argument text(name, codec);
    Check(kontor_options_set_name(made, text.data(), text.size(), ErrorSlot()));
  }
  for (const auto& [option, value] : numbers) {
    Check(kontor_options_set_number(made, option, value, ErrorSlot()));
  }
  return options;
}

}  // namespace

Database::~Database() {
  // The last handle syncs and writes a snapshot.
  const GilReleased released;
  kontor_db_free(handle_);
}

std::unique_ptr<Database> Database::Open(const py::object& directory, const py::object& name,
                                         const Numbers& numbers, const std::string& encoding,
                                         const std::string& errors, bool decode) {
  auto codec = std::make_shared<const Codec>(encoding, errors, decode);
  const OwnedOptions options = MakeOptions(directory, name, numbers, *codec);
  kontor_db* handle = nullptr;
  CallReleased([&](kontor_error* error) { return kontor_open(options.get(), &handle, error); });
  return std::make_unique<Database>(handle, std::move(codec));
}

std::unique_ptr<Database> Database::Select(uint32_t index) {
  kontor_db* selected = nullptr;
  CallReleased(
      [&](kontor_error* error) { return kontor_db_select(handle_, index, &selected, error); });
  return std::make_unique<Database>(selected, codec_);
}

void Database::Close() {
  CallReleased([&](kontor_error* error) { return kontor_close(handle_, error); });
}

void Database::Sync() {
  CallReleased([&](kontor_error* error) { return kontor_sync(handle_, error); });
}

void Database::Snapshot() {
  CallReleased([&](kontor_error* error) { return kontor_snapshot(handle_, error); });
}

int64_t Database::Figure(uint32_t figure) {
  int64_t value = 0;
  CallReleased(
      [&](kontor_error* error) { return kontor_db_figure(handle_, figure, &value, error); });
  return value;
}

void Database::SetNumber(uint32_t option, int64_t value) {
  CallReleased(
      [&](kontor_error* error) { return kontor_db_set_number(handle_, option, value, error); });
}

py::object Database::Execute(const py::args& arguments) {
  return RunCommand(handle_, arguments, *codec_);
}

void Database::Set(py::handle key, py::handle value) {
  const Argument name(key, *codec_);
  const Argument bytes(value, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_set(handle_, name.data(), name.size(), bytes.data(), bytes.size(), error);
  });
}

py::object Database::Get(py::handle key) {
  const Argument name(key, *codec_);
  char buffer[1024];
  size_t length = 0;
  kontor_pin* pinned = nullptr;
  const int32_t code = CallReleased([&](kontor_error* error) {
    const int32_t found =
        kontor_get(handle_, name.data(), name.size(), buffer, sizeof(buffer), &length, error);
    if (found != KONTOR_TOO_SMALL) return found;
    return kontor_get_pin(handle_, name.data(), name.size(), &pinned, error);
  });
  if (code == KONTOR_NOT_FOUND) return py::none();
  if (pinned == nullptr) return codec_->Decode(buffer, length);
  const std::unique_ptr<kontor_pin, FreePin> pin(pinned);
  const void* bytes = nullptr;
  Check(kontor_pin_bytes(pinned, &bytes, &length));
  return codec_->Decode(bytes, length);
}

py::list Database::GetMany(const py::list& keys) {
  std::vector<Argument> names;
  std::vector<kontor_bytes> bytes;
  names.reserve(keys.size());
  bytes.reserve(keys.size());
  for (const py::handle key : keys) {
    const Argument& name = names.emplace_back(key, *codec_);
    bytes.push_back({name.data(), name.size()});
  }
  std::vector<kontor_bytes> values(bytes.size());
  std::vector<char> buffer(kGuessedValueBytes * bytes.size());
  CallReleased([&](kontor_error* error) {
    for (;;) {
      size_t needed = 0;
      const int32_t code = kontor_mget(handle_, bytes.data(), bytes.size(), buffer.data(),
                                       buffer.size(), values.data(), &needed, error);
      if (code != KONTOR_TOO_SMALL) return code;
      buffer.resize(needed);
    }
  });
  py::list found(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    found[i] = values[i].data == nullptr ? py::object(py::none())
                                         : codec_->Decode(values[i].data, values[i].length);
  }
  return found;
}

void Database::SetMany(const py::dict& pairs) {
  std::vector<Argument> arguments;
  std::vector<kontor_bytes> keys;
  std::vector<kontor_bytes> values;
  arguments.reserve(2 * pairs.size());
  for (const auto& [key, value] : pairs) {
    const Argument& name = arguments.emplace_back(key, *codec_);
    keys.push_back({name.data(), name.size()});
    const Argument& bytes = arguments.emplace_back(value, *codec_);
    values.push_back({bytes.data(), bytes.size()});
  }
  CallReleased([&](kontor_error* error) {
    return kontor_mset(handle_, keys.data(), values.data(), keys.size(), error);
  });
}

int64_t Database::Increment(py::handle key, int64_t delta) {
  const Argument name(key, *codec_);
  int64_t result = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_increment(handle_, name.data(), name.size(), delta, &result, error);
  });
  return result;
}

uint64_t Database::Append(py::handle key, py::handle value) {
  const Argument name(key, *codec_);
  const Argument bytes(value, *codec_);
  size_t length = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_append(handle_, name.data(), name.size(), bytes.data(), bytes.size(), &length,
                         error);
  });
  return length;
}

bool Database::Delete(py::handle key) {
  const Argument name(key, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_delete(handle_, name.data(), name.size(), error);
         }) == KONTOR_OK;
}

bool Database::Exists(py::handle key) {
  const Argument name(key, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_exists(handle_, name.data(), name.size(), error);
         }) == KONTOR_OK;
}

bool Database::HashSet(py::handle key, py::handle field, py::handle value) {
  const Argument name(key, *codec_);
  const Argument member(field, *codec_);
  const Argument bytes(value, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_hash_set(handle_, name.data(), name.size(), member.data(), member.size(),
                                  bytes.data(), bytes.size(), error);
         }) == KONTOR_OK;
}

py::object Database::HashGet(py::handle key, py::handle field) {
  const Argument name(key, *codec_);
  const Argument member(field, *codec_);
  void* value = nullptr;
  size_t length = 0;
  const int32_t code = CallReleased([&](kontor_error* error) {
    return kontor_hash_get(handle_, name.data(), name.size(), member.data(), member.size(), &value,
                           &length, error);
  });
  if (code == KONTOR_NOT_FOUND) return py::none();
  const std::unique_ptr<void, FreeBytes> owned(value);
  return codec_->Decode(value, length);
}

uint64_t Database::HashLength(py::handle key) {
  const Argument name(key, *codec_);
  uint64_t length = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_hash_length(handle_, name.data(), name.size(), &length, error);
  });
  return length;
}

uint64_t Database::ListPush(py::handle key, uint32_t side, py::handle value) {
  const Argument name(key, *codec_);
  const Argument bytes(value, *codec_);
  uint64_t length = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_list_push(handle_, name.data(), name.size(), side, bytes.data(), bytes.size(),
                            &length, error);
  });
  return length;
}

uint64_t Database::ListLength(py::handle key) {
  const Argument name(key, *codec_);
  uint64_t length = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_list_length(handle_, name.data(), name.size(), &length, error);
  });
  return length;
}

uint64_t Database::Publish(py::handle channel, py::handle body) {
  const Argument name(channel, *codec_);
  const Argument bytes(body, *codec_);
  uint64_t subscriptions = 0;
  CallReleased([&](kontor_error* error) {
    return kontor_publish(handle_, name.data(), name.size(), bytes.data(), bytes.size(), nullptr,
                          &subscriptions, error);
  });
  return subscriptions;
}

std::optional<uint64_t> Database::PublishRequest(py::handle channel, py::handle body,
                                                 py::handle reply_channel) {
  const Argument name(channel, *codec_);
  const Argument bytes(body, *codec_);
  const Argument reply_name(reply_channel, *codec_);
  uint64_t subscriptions = 0;
  const int32_t code = CallReleased([&](kontor_error* error) {
    return kontor_publish_request(handle_, name.data(), name.size(), bytes.data(), bytes.size(),
                                  reply_name.data(), reply_name.size(), nullptr, &subscriptions,
                                  error);
  });
  if (code == KONTOR_NOT_FOUND) return std::nullopt;
  return subscriptions;
}

bool Database::DeleteQueue(py::handle name) {
  const Argument bytes(name, *codec_);
  return CallReleased([&](kontor_error* error) {
           return kontor_queue_delete(handle_, bytes.data(), bytes.size(), error);
         }) == KONTOR_OK;
}

void DefineDatabase(py::module_& module) {
  module.def("open", &Database::Open, py::arg("directory"), py::arg("name"), py::arg("numbers"),
             py::arg("encoding"), py::arg("errors"), py::arg("decode"));
  py::class_<Database>(module, "Database")
      .def("select", &Database::Select, py::arg("index"))
      .def("close", &Database::Close)
      .def("sync", &Database::Sync)
      .def("snapshot", &Database::Snapshot)
      .def("figure", &Database::Figure, py::arg("figure"))
      .def("set_number", &Database::SetNumber, py::arg("option"), py::arg("value"))
      .def("execute", &Database::Execute)
      .def("set", &Database::Set, py::arg("key"), py::arg("value"))
      .def("get", &Database::Get, py::arg("key"))
      .def("get_many", &Database::GetMany, py::arg("keys"))
      .def("set_many", &Database::SetMany, py::arg("pairs"))
      .def("increment", &Database::Increment, py::arg("key"), py::arg("delta"))
      .def("append", &Database::Append, py::arg("key"), py::arg("value"))
      .def("delete", &Database::Delete, py::arg("key"))
      .def("exists", &Database::Exists, py::arg("key"))
      .def("hash_set", &Database::HashSet, py::arg("key"), py::arg("field"), py::arg("value"))
      .def("hash_get", &Database::HashGet, py::arg("key"), py::arg("field"))
      .def("hash_length", &Database::HashLength, py::arg("key"))
      .def("list_push", &Database::ListPush, py::arg("key"), py::arg("side"), py::arg("value"))
      .def("list_length", &Database::ListLength, py::arg("key"))
      .def("publish", &Database::Publish, py::arg("channel"), py::arg("body"))
      .def("publish_request", &Database::PublishRequest, py::arg("channel"), py::arg("body"),
           py::arg("reply_channel"))
      .def("channel_tags", &ChannelTags, py::arg("channel"))
      .def("declare_channel", &DeclareChannel, py::arg("channel"), py::arg("options"))
      .def("delete_channel", &DeleteChannel, py::arg("channel"))
      .def("read_channel", &ReadChannel, py::arg("channel"), py::arg("sequence"),
           py::arg("maximum"))
      .def("channel_figures", &ChannelFigures, py::arg("channel"))
      .def("delete_queue", &Database::DeleteQueue, py::arg("name"))
      .def("consumer", &Consumer::Open, py::arg("by_weight"))
      .def("queue", &Queue::Open, py::arg("name"), py::arg("numbers"), py::arg("retry_delays_ms"))
      .def("mailbox", &Mailbox::Make, py::arg("options"))
      .def("transaction", &Transaction::Make)
      .def("session", &Session::Make)
      .def("fetch", &Lease::Fetch, py::arg("key"), py::arg("stale_ms"), py::arg("lease_ms"),
           py::arg("timeout_ms"), py::arg("raw"), py::arg("waiter") = py::none());
}

}  // namespace kontor::python
