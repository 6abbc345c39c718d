#include "interrupts.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace kontor::shell {
namespace {

// What the handler may touch: set once before the handlers are installed, then only read.
std::atomic<int> g_descriptor{-1};
std::atomic<int> g_pending{0};
std::atomic<bool> g_asked_to_end{false};
static_assert(std::atomic<int>::is_always_lock_free);

void OnSignal(int signal_number) {
  const int saved_errno = errno;
  g_pending.store(signal_number);
  if (signal_number != SIGINT) g_asked_to_end.store(true);
  const uint64_t one = 1;
  // The counter cannot fill up, and where it is set already nothing more is needed.
  [[maybe_unused]] const ssize_t written = write(g_descriptor.load(), &one, sizeof one);
  errno = saved_errno;
}

bool InstallHandler(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  return sigaction(signal_number, &action, nullptr) == 0;
}

}  // namespace

bool Interrupts::Install() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return false;
  g_descriptor.store(descriptor);
  return InstallHandler(SIGINT, OnSignal) && InstallHandler(SIGTERM, OnSignal) &&
         InstallHandler(SIGHUP, OnSignal) && InstallHandler(SIGPIPE, SIG_IGN);
}

int Interrupts::pending() const { return g_pending.load(); }

bool Interrupts::asked_to_end() const { return g_asked_to_end.load(); }

void Interrupts::Reset() {
  if (asked_to_end()) return;
  g_pending.store(0);
  uint64_t count = 0;
  // Nothing to read means that no signal came.
  [[maybe_unused]] const ssize_t taken = read(g_descriptor.load(), &count, sizeof count);
}

Ready Interrupts::WaitReadable(int first, int second) const {
  pollfd waited[] = {{g_descriptor.load(), POLLIN, 0}, {first, POLLIN, 0}, {second, POLLIN, 0}};
  for (;;) {
    if (pending() != 0) return Ready::kSignal;
    if (poll(waited, 3, -1) < 0) continue;  // interrupted: pending() tells by what
    if (waited[1].revents != 0) return Ready::kFirst;
    if (waited[2].revents != 0) return Ready::kSecond;
  }
}

bool Interrupts::WaitWritable(int descriptor) const {
  pollfd waited[] = {{g_descriptor.load(), POLLIN, 0}, {descriptor, POLLOUT, 0}};
  for (;;) {
    if (pending() != 0) return false;
    if (poll(waited, 2, -1) > 0 && waited[1].revents != 0) return true;
  }
}

}  // namespace kontor::shell
