#include "lease.h"

#include <memory>

#include "error.h"
#include "gil.h"

namespace kontor::python {
namespace {

struct FreeBytes {
  void operator()(void* bytes) const { kontor_free(bytes); }
};

}  // namespace

Lease::~Lease() {
  const GilReleased released;
  kontor_lease_free(handle_);
}

py::tuple Lease::Fetch(const Database& db, py::handle key, int64_t stale_ms, int64_t lease_ms,
                       int64_t timeout_ms, bool raw, const Waiter* waiter) {
  const Argument name(key, *db.codec());
  void* bytes = nullptr;
  size_t length = 0;
  uint8_t stale = 0;
  kontor_lease* handle = nullptr;
  WaitObeyingSignals(
      timeout_ms,
      [&](int64_t remaining_ms, kontor_waiter* used, kontor_error* error) {
        return kontor_fetch(db.handle(), name.data(), name.size(), stale_ms, lease_ms, remaining_ms,
                            used, &bytes, &length, &stale, &handle, error);
      },
      waiter);
  // First of all they have an owner.
  const std::unique_ptr<void, FreeBytes> owned(bytes);
  std::unique_ptr<Lease> lease;
  if (handle != nullptr) lease = std::make_unique<Lease>(handle, db.codec());
  py::object value = py::none();
  if (bytes != nullptr) {
    value = raw ? py::bytes(static_cast<const char*>(bytes), length)
                : db.codec()->Decode(bytes, length);
  }
  return py::make_tuple(value, stale != 0, std::move(lease));
}

void Lease::Fill(py::handle value, int64_t ttl_ms) {
  const Argument bytes(value, *codec_);
  CallReleased([&](kontor_error* error) {
    return kontor_lease_fill(handle_, bytes.data(), bytes.size(), ttl_ms, error);
  });
}

void Lease::GiveUp() {
  CallReleased([&](kontor_error* error) { return kontor_lease_give_up(handle_, error); });
}

void DefineLease(py::module_& module) {
  py::class_<Lease>(module, "Lease")
      .def("fill", &Lease::Fill, py::arg("value"), py::arg("ttl_ms"))
      .def("give_up", &Lease::GiveUp);
}

}  // namespace kontor::python
