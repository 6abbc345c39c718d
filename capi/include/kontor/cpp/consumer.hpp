// Part of kontor.hpp: taking from several work queues.
#ifndef KONTOR_CPP_CONSUMER_HPP_
#define KONTOR_CPP_CONSUMER_HPP_

#include <kontor/cpp/queue.hpp>

namespace kontor {
inline namespace api {

// Takes from several queues, and waits for all of them at once. One thread at a time.
class Consumer {
 public:
  struct Taken {
    size_t source = 0;  // the queue's number, from 0 in the order of Add: where to acknowledge it
    Message message;
  };

  // By order: from the queue that was added first, as long as it has something. By weight: of those
  // that have something from each as often as its weight says.
  enum class Choice : uint32_t {
    kByOrder = KONTOR_CONSUMER_BY_ORDER,
    kByWeight = KONTOR_CONSUMER_BY_WEIGHT
  };
  explicit Consumer(const Database& db, Choice choice = Choice::kByOrder) {
    kontor_consumer* consumer = nullptr;
    detail::Check(kontor_consumer_new(db.handle(), static_cast<uint32_t>(choice), &consumer,
                                      detail::ErrorSlot()));
    handle_.reset(consumer);
  }
  Consumer& Add(const Queue& queue, uint32_t weight = 1) {
    detail::Check(kontor_consumer_add(handle(), queue.handle(), weight, detail::ErrorSlot()));
    return *this;
  }
  // Up to `capacity` messages; none if none came in time, or it was interrupted.
  std::vector<Taken> Take(size_t capacity, milliseconds timeout,
                          milliseconds lease = milliseconds(0)) {
    std::vector<kontor_message*> messages(capacity);
    std::vector<uint32_t> sources(capacity);
    size_t count = 0;
    detail::Check(kontor_consumer_take(handle(), lease.count(), timeout.count(), messages.data(),
                                       sources.data(), capacity, &count, detail::ErrorSlot()));
    std::vector<detail::Owned<kontor_message, kontor_message_free>> owners(count);
    for (size_t i = 0; i < count; ++i) owners[i].reset(messages[i]);
    std::vector<Taken> taken;
    taken.reserve(count);
    for (size_t i = 0; i < count; ++i) taken.push_back({sources[i], Message(owners[i].release())});
    return taken;
  }
  // Readable once it is worthwhile to take again, with timeout zero until nothing comes.
  int32_t Descriptor() {
    int32_t descriptor = -1;
    detail::Check(kontor_consumer_descriptor(handle(), &descriptor, detail::ErrorSlot()));
    return descriptor;
  }
  // Gives up its places in line, until the next Take; for whoever polls no more.
  void Leave() { detail::Check(kontor_consumer_leave(handle(), detail::ErrorSlot())); }
  // Ends the wait in progress and later ones, until Reset; from any thread.
  void Interrupt() { kontor_consumer_interrupt(handle()); }
  void Reset() { kontor_consumer_reset(handle()); }
  kontor_consumer* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_consumer, kontor_consumer_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_CONSUMER_HPP_
