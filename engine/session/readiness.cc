#include "session/readiness.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/check.h"
#include "os/system_error.h"

namespace kontor {

Result<std::unique_ptr<Readiness>> Readiness::Create() {
  KONTOR_ASSIGN_OR_RETURN(EventDescriptor wake, EventDescriptor::Create());
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return SystemError("create", "epoll descriptor", errno, false);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) {
    const int error = errno;
    close(epoll);
    return SystemError("create", "timer descriptor", error, false);
  }
  std::unique_ptr<Readiness> readiness(new Readiness(epoll, timer, std::move(wake)));
  KONTOR_RETURN_IF_ERROR(readiness->Watch(readiness->wake_descriptor()));
  KONTOR_RETURN_IF_ERROR(readiness->Watch(timer));
  return readiness;
}

Readiness::Readiness(int epoll, int timer, EventDescriptor wake)
    : epoll_(epoll), timer_(timer), wake_(std::move(wake)) {}

Readiness::~Readiness() {
  close(timer_);
  close(epoll_);
}

Status Readiness::Watch(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0) return Ok();
  return SystemError("watch", "descriptor", errno, false);
}

void Readiness::SetDeadline(int64_t remaining_ms) {
  constexpr int64_t kLongestMs = int64_t{100} * 365 * 24 * 60 * 60 * 1000;
  itimerspec when{};  // all zero: disarmed
  if (remaining_ms >= 0) {
    const int64_t ms = std::min(remaining_ms, kLongestMs);
    when.it_value.tv_sec = ms / 1000;
    when.it_value.tv_nsec = std::max<int64_t>(ms % 1000 * 1000000, 1);  // 0 ms: at once
  }
  KONTOR_CHECK(timerfd_settime(timer_, 0, &when, nullptr) == 0);
}

}  // namespace kontor
