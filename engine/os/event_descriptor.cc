#include "os/event_descriptor.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "os/system_error.h"

namespace kontor {

Result<EventDescriptor> EventDescriptor::Create() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return SystemError("create", "event descriptor", errno, false);
  return EventDescriptor(descriptor);
}

EventDescriptor::EventDescriptor(EventDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

EventDescriptor& EventDescriptor::operator=(EventDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

EventDescriptor::~EventDescriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

void EventDescriptor::Signal() {
  const uint64_t one = 1;
  // EAGAIN: the counter is at its top, hence readable.
  const ssize_t put = write(descriptor_, &one, sizeof(one));
  KONTOR_CHECK(put == sizeof(one) || errno == EAGAIN);
}

void EventDescriptor::Clear() {
  uint64_t count = 0;
  // EAGAIN: it was not signalled.
  const ssize_t got = read(descriptor_, &count, sizeof(count));
  KONTOR_CHECK(got == sizeof(count) || errno == EAGAIN);
}

}  // namespace kontor
