#include "consumer.h"

#include <utility>
#include <vector>

#include "error.h"
#include "waiter.h"

namespace kontor::python {

// While one thread uses it.
class Consumer::Use {
 public:
  explicit Use(Consumer* consumer) : consumer_(consumer) {
    if (consumer_->used_.exchange(true)) {
      throw std::runtime_error("another thread uses this consumer; each thread needs its own");
    }
  }
  ~Use() { consumer_->used_ = false; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  Consumer* const consumer_;
};

std::unique_ptr<Consumer> Consumer::Open(const Database& db, bool by_weight) {
  kontor_consumer* handle = nullptr;
  Check(kontor_consumer_new(db.handle(),
                            by_weight ? KONTOR_CONSUMER_BY_WEIGHT : KONTOR_CONSUMER_BY_ORDER,
                            &handle, ErrorSlot()));
  return std::make_unique<Consumer>(handle, db.codec());
}

void Consumer::Add(const Queue& queue, uint32_t weight) {
  const Use use(this);
  Check(kontor_consumer_add(handle_, queue.handle(), weight, ErrorSlot()));
}

py::list Consumer::Take(size_t capacity, int64_t lease_ms, int64_t timeout_ms) {
  const Use use(this);
  std::vector<kontor_message*> messages(capacity, nullptr);
  std::vector<uint32_t> sources(capacity, 0);
  size_t count = 0;
  WaitObeyingSignals(timeout_ms, [&](int64_t remaining_ms, kontor_waiter*, kontor_error* error) {
    return kontor_consumer_take(handle_, lease_ms, remaining_ms, messages.data(), sources.data(),
                                capacity, &count, error);
  });
  std::vector<std::unique_ptr<Message>> owned(count);  // first of all they have an owner
  for (size_t i = 0; i < count; ++i) owned[i] = std::make_unique<Message>(messages[i], codec_);
  py::list list(count);
  for (size_t i = 0; i < count; ++i) {
    list[i] = py::make_tuple(sources[i], py::cast(std::move(owned[i])));
  }
  return list;
}

int32_t Consumer::Descriptor() {
  const Use use(this);
  int32_t descriptor = -1;
  Check(kontor_consumer_descriptor(handle_, &descriptor, ErrorSlot()));
  return descriptor;
}

void Consumer::Leave() {
  const Use use(this);
  Check(kontor_consumer_leave(handle_, ErrorSlot()));
}

void DefineConsumer(py::module_& module) {
  py::class_<Consumer>(module, "Consumer")
      .def("add", &Consumer::Add, py::arg("queue"), py::arg("weight"))
      .def("take", &Consumer::Take, py::arg("capacity"), py::arg("lease_ms"), py::arg("timeout_ms"))
      .def("descriptor", &Consumer::Descriptor)
      .def("leave", &Consumer::Leave);
}

}  // namespace kontor::python
