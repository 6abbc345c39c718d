// One caller computes, the rest wait for its result.
#ifndef JUDGE_SINGLE_FLIGHT_H_
#define JUDGE_SINGLE_FLIGHT_H_

#include <future>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace judge {

template <typename Result>
class SingleFlight {
 public:
  // Calls `compute` unless another thread is doing so for the same key; then waits for that thread.
  // Returns the result, and whether it was waited for. What `compute` throws reaches all of them.
  template <typename Compute>
  std::pair<Result, bool> Do(const std::string& key, Compute compute) {
    std::promise<Result> promise;
    std::unique_lock lock(mutex_);
    const auto [flight, first] = flights_.try_emplace(key, promise.get_future().share());
    const std::shared_future<Result> result = flight->second;
    lock.unlock();
    if (!first) return {result.get(), true};

    try {
      promise.set_value(compute());
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
    lock.lock();
    flights_.erase(key);
    lock.unlock();
    return {result.get(), false};
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_future<Result>> flights_;
};

}  // namespace judge

#endif  // JUDGE_SINGLE_FLIGHT_H_
