#ifndef KONTOR_BINDINGS_PYTHON_SRC_CONSUMER_H_
#define KONTOR_BINDINGS_PYTHON_SRC_CONSUMER_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "codec.h"
#include "database.h"
#include "queue.h"

namespace kontor::python {

// A kontor_consumer. A second thread that comes while one takes is refused.
class Consumer {
 public:
  // Takes the handle over.
  Consumer(kontor_consumer* handle, SharedCodec codec)
      : handle_(handle), codec_(std::move(codec)) {}
  ~Consumer() { kontor_consumer_free(handle_); }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  static std::unique_ptr<Consumer> Open(const Database& db, bool by_weight);
  void Add(const Queue& queue, uint32_t weight);
  // Pairs of the queue's number and the message.
  py::list Take(size_t capacity, int64_t lease_ms, int64_t timeout_ms);
  int32_t Descriptor();
  void Leave();

 private:
  class Use;

  kontor_consumer* const handle_;
  const SharedCodec codec_;
  std::atomic<bool> used_ = false;
};

void DefineConsumer(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_CONSUMER_H_
