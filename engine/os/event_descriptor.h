#ifndef KONTOR_OS_EVENT_DESCRIPTOR_H_
#define KONTOR_OS_EVENT_DESCRIPTOR_H_

#include "base/status.h"

namespace kontor {

// A file descriptor (Linux eventfd) that an event loop can poll: readable from Signal until Clear.
// Thread-safe.
class EventDescriptor {
 public:
  static Result<EventDescriptor> Create();
  EventDescriptor(EventDescriptor&& other) noexcept;
  EventDescriptor& operator=(EventDescriptor&& other) noexcept;
  ~EventDescriptor();

  void Signal();
  void Clear();
  int descriptor() const { return descriptor_; }

 private:
  explicit EventDescriptor(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace kontor

#endif  // KONTOR_OS_EVENT_DESCRIPTOR_H_
