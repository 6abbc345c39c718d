#include "os/thread.h"

#include <pthread.h>
#include <signal.h>

#include <new>
#include <string>
#include <system_error>

#include "base/check.h"

namespace kontor {
namespace {

// Linux takes names of up to 15 bytes.
constexpr size_t kThreadNameBytes = 15;

}  // namespace

Status Thread::Start(const char* name, std::function<void()> body) {
  KONTOR_CHECK(!thread_.joinable());
  const std::string full_name = (std::string("kontor-") + name).substr(0, kThreadNameBytes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // A new thread inherits the mask, so that there is no moment in which a signal could reach it.
  KONTOR_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  Status status;
  try {
    thread_ = std::thread([full_name, body = std::move(body)] {
      pthread_setname_np(pthread_self(), full_name.c_str());
      body();
    });
  } catch (const std::bad_alloc&) {
    status = Status(Code::kNoMemory, "no memory to start a thread");
  } catch (const std::system_error& error) {
    status = Status(error.code() == std::errc::resource_unavailable_try_again ? Code::kNoMemory
                                                                              : Code::kInternal,
                    std::string("cannot start a thread: ") + error.what());
  }
  KONTOR_CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  return status;
}

void Thread::Join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace kontor
