#include <exception>
#include <utility>

#include "shop.h"

namespace judge {

void Crew::Start(
    std::function<void(const std::atomic<bool>& stopping, kontor::Waiter& waiter)> work) {
  kontor::Waiter& waiter = waiters_.emplace_back();
  threads_.emplace_back([this, &waiter, work = std::move(work)] {
    try {
      work(stopping_, waiter);
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      if (failure_.empty()) failure_ = error.what();
    }
  });
}

void Crew::Stop() {
  stopping_ = true;
  for (kontor::Waiter& waiter : waiters_) waiter.Interrupt();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::string Crew::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace judge
