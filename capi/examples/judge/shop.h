// What the threads of the engine's process share.
#ifndef JUDGE_SHOP_H_
#define JUDGE_SHOP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <kontor/kontor.hpp>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "plan.h"
#include "runner.h"
#include "single_flight.h"

namespace judge {

struct Shop {
  const Plan& plan;
  kontor::Database& db;
  Runner& runner;
  SingleFlight<Verdict> flights;

  std::atomic<uint64_t> submitted{0};   // on disk
  std::atomic<uint64_t> judged{0};      // committed
  std::atomic<uint64_t> here{0};        // committed by this process
  std::atomic<uint64_t> compiled{0};    // programs compiled and run
  std::atomic<uint64_t> stale{0};       // commits refused: the lease had run out
  std::atomic<uint64_t> messages{0};    // read from the mailbox
  std::atomic<uint64_t> deliveries{0};  // ... times the users they were for
  std::atomic<uint64_t> addressed{0};   // messages that reached the author of the submission
  std::atomic<uint64_t> gaps{0};        // messages the mailbox had to drop
  std::atomic<bool> subscribed{false};  // the users are there
};

// The threads. The first failure of one of them stops all.
class Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() { Stop(); }

  // Runs `work` in a thread of its own. It ends soon after `stopping` turns true; waits that use
  // the waiter end at once.
  void Start(std::function<void(const std::atomic<bool>& stopping, kontor::Waiter& waiter)> work);
  // Ends all threads and waits for them.
  void Stop();
  // What a thread threw, "" while all is well.
  std::string failure() const;

 private:
  mutable std::mutex mutex_;
  std::string failure_;
  std::atomic<bool> stopping_{false};
  std::list<kontor::Waiter> waiters_;
  std::vector<std::thread> threads_;
};

// Hands in the submissions whose number is `producer` modulo kProducers, from where it left off.
void Produce(Shop& shop, uint64_t producer, const std::atomic<bool>& stopping);
// Takes submissions, judges them and commits what came out.
void Work(Shop& shop, const std::atomic<bool>& stopping, kontor::Waiter& waiter);
// The mailbox of all users: reads what is published until stopped and empty.
void Follow(Shop& shop, const std::atomic<bool>& stopping, kontor::Waiter& waiter);

// The number a string holds; 0 for an absent one.
uint64_t NumberIn(const std::optional<std::string>& value);

}  // namespace judge

#endif  // JUDGE_SHOP_H_
