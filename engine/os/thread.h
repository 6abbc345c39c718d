#ifndef KONTOR_OS_THREAD_H_
#define KONTOR_OS_THREAD_H_

#include <functional>
#include <thread>

#include "base/status.h"

namespace kontor {

// A library thread: named ("kontor-<name>"), with every signal blocked so that the host's handlers
// never run on it, joined by Join or the destructor. The body must not throw.
class Thread {
 public:
  Thread() = default;
  ~Thread() { Join(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // kNoMemory or kInternal if the system gives no thread.
  Status Start(const char* name, std::function<void()> body);
  void Join();

 private:
  std::thread thread_;
};

}  // namespace kontor

#endif  // KONTOR_OS_THREAD_H_
