// The C interface of kontor/wire.h.
#include <kontor/wire.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "failure.h"
#include "listener.h"
#include "options.h"

namespace {

// As every handle of Kontor: the first word tells a foreign one apart.
template <uint64_t kKind>
struct Handle {
  static constexpr uint64_t kMagic = 0x4b57697265000000 | kKind;  // "KWire" and the kind
  uint64_t magic = kMagic;

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { *const_cast<volatile uint64_t*>(&magic) = 0; }
};

}  // namespace

struct kontor_wire_options : Handle<1> {
  kontor::wire::Options options;
};

struct kontor_wire_listener : Handle<2> {
  const pid_t process = getpid();  // whose threads serve
  std::mutex mutex;                // for closing
  std::unique_ptr<kontor::wire::Listener> listener;
};

namespace {

using kontor::wire::Failure;
using kontor::wire::Listener;
using kontor::wire::Options;

template <typename T>
bool Valid(const T* handle) {
  return handle != nullptr && handle->magic == T::kMagic;
}

void CheckHandle(bool valid, const char* what) {
  if (!valid) {
    throw Failure(KONTOR_INVALID,
                  std::string(what) + " is NULL, was freed, or is a handle of another kind");
  }
}

template <typename T>
void CheckOut(T* out, const char* what) {
  if (out == nullptr) throw Failure(KONTOR_INVALID, std::string(what) + " must not be NULL");
}

int32_t Report(kontor_error* error, int32_t code, std::string_view sentence) noexcept {
  if (error != nullptr) kontor_error_set(error, code, sentence.data(), sentence.size());
  return code;
}

// Runs the body of an exported function: no exception leaves it.
template <typename Body>
int32_t Guarded(kontor_error* error, Body body) noexcept {
  if (error != nullptr && kontor_error_set(error, KONTOR_OK, "", 0) != KONTOR_OK) {
    return KONTOR_INVALID;
  }
  try {
    body();
    return KONTOR_OK;
  } catch (const Failure& failure) {
    return Report(error, failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    return Report(error, KONTOR_NO_MEMORY, "");
  } catch (const std::system_error& failure) {
    return Report(error, KONTOR_IO, failure.what());
  } catch (...) {
    return Report(error, KONTOR_INTERNAL, "");
  }
}

void CheckProcess(const kontor_wire_listener* listener) {
  if (listener->process != getpid()) {
    throw Failure(KONTOR_FORKED, "the listener's threads are in the process that made it");
  }
}

Listener* Opened(const kontor_wire_listener* listener) {
  CheckHandle(Valid(listener), "the listener");
  return listener->listener.get();
}

}  // namespace

int32_t kontor_wire_options_new(kontor_wire_options** options, kontor_error* error) {
  return Guarded(error, [&] {
    CheckOut(options, "options");
    *options = nullptr;
    *options = new kontor_wire_options;
  });
}

void kontor_wire_options_free(kontor_wire_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_wire_options_set_text(kontor_wire_options* options, uint32_t option,
                                     const char* text, size_t text_length, kontor_error* error) {
  return Guarded(error, [&] {
    CheckHandle(Valid(options), "options");
    if (text == nullptr && text_length != 0) {
      throw Failure(KONTOR_INVALID, "the text is NULL but its length is not 0");
    }
    options->options.SetText(option, {text, text_length});
  });
}

int32_t kontor_wire_options_set_number(kontor_wire_options* options, uint32_t option, int64_t value,
                                       kontor_error* error) {
  return Guarded(error, [&] {
    CheckHandle(Valid(options), "options");
    options->options.SetNumber(option, value);
  });
}

int32_t kontor_wire_option_bounds(uint32_t option, int64_t* minimum, int64_t* maximum,
                                  int64_t* default_value, kontor_error* error) {
  return Guarded(error, [&] {
    const auto tell = [](int64_t* out, int64_t value) {
      if (out != nullptr) *out = value;
    };
    tell(minimum, 0);
    tell(maximum, 0);
    tell(default_value, 0);
    const Options::Bounds& bounds = Options::BoundsOf(option);
    tell(minimum, bounds.minimum);
    tell(maximum, bounds.maximum);
    tell(default_value, bounds.default_value);
  });
}

int32_t kontor_wire_listen(kontor_db* db, const kontor_wire_options* options,
                           kontor_wire_listener** listener, kontor_error* error) {
  return Guarded(error, [&] {
    CheckOut(listener, "listener");
    *listener = nullptr;
    CheckHandle(Valid(options), "options");
    auto handle = std::make_unique<kontor_wire_listener>();
    handle->listener = std::make_unique<Listener>(db, options->options);
    *listener = handle.release();
  });
}

int32_t kontor_wire_port(const kontor_wire_listener* listener, int32_t* port, kontor_error* error) {
  return Guarded(error, [&] {
    CheckOut(port, "port");
    *port = 0;
    *port = Opened(listener)->port();
  });
}

int32_t kontor_wire_shutdown_descriptor(const kontor_wire_listener* listener, int32_t* descriptor,
                                        kontor_error* error) {
  return Guarded(error, [&] {
    CheckOut(descriptor, "descriptor");
    *descriptor = -1;
    *descriptor = Opened(listener)->shutdown_descriptor();
  });
}

int32_t kontor_wire_figure(const kontor_wire_listener* listener, uint32_t figure, int64_t* value,
                           kontor_error* error) {
  return Guarded(error, [&] {
    CheckOut(value, "value");
    *value = 0;
    *value = Opened(listener)->Figure(figure);
  });
}

int32_t kontor_wire_close(kontor_wire_listener* listener, kontor_error* error) {
  return Guarded(error, [&] {
    Listener* const opened = Opened(listener);
    CheckProcess(listener);
    const std::lock_guard lock(listener->mutex);
    if (!opened->Close()) throw Failure(KONTOR_CLOSED, "the listener was closed before");
  });
}

void kontor_wire_free(kontor_wire_listener* listener) {
  if (!Valid(listener)) return;
  // Threads that are not there cannot be joined: the child leaves it all alone.
  if (listener->process != getpid()) static_cast<void>(listener->listener.release());
  delete listener;
}
