#ifndef KONTOR_BINDINGS_PYTHON_SRC_LEASE_H_
#define KONTOR_BINDINGS_PYTHON_SRC_LEASE_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <utility>

#include "codec.h"
#include "database.h"
#include "waiter.h"

namespace kontor::python {

// A kontor_lease; its end gives the lease up, if it is still held.
class Lease {
 public:
  // Takes the handle over.
  Lease(kontor_lease* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // (value, whether it is stale, lease); the value is bytes if `raw`. Neither value nor lease:
  // another caller computes it, and it did not come in time, or `waiter` (may be null) was
  // interrupted.
  static py::tuple Fetch(const Database& db, py::handle key, int64_t stale_ms, int64_t lease_ms,
                         int64_t timeout_ms, bool raw, const Waiter* waiter);

  void Fill(py::handle value, int64_t ttl_ms);
  void GiveUp();

 private:
  kontor_lease* const handle_;
  const SharedCodec codec_;
};

void DefineLease(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_LEASE_H_
