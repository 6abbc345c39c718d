#include "poller.h"

namespace kontor::wire {

bool Poller::Open() {
  epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  return epoll_.valid();
}

bool Poller::Control(int operation, int descriptor, uint32_t events, void* source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = source;
  return epoll_ctl(epoll_.get(), operation, descriptor, &event) == 0;
}

std::span<const epoll_event> Poller::Take() {
  const int count = epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), 0);
  return {ready_.data(), count < 0 ? 0 : static_cast<size_t>(count)};
}

}  // namespace kontor::wire
