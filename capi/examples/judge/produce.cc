#include <chrono>
#include <thread>

#include "schema.h"
#include "shop.h"

namespace judge {
namespace {

using namespace std::chrono_literals;

// So many submissions are handed in by one commit, which waits for the disk.
constexpr uint64_t kBatch = 16;
// Nobody hands in more while so many are waiting.
constexpr int64_t kBacklog = 300;

}  // namespace

void Produce(Shop& shop, uint64_t producer, const std::atomic<bool>& stopping) {
  const kontor::Queue queue(shop.db, kQueue);
  const std::string counter = ProducedKey(producer);
  uint64_t number = producer + kProducers * NumberIn(shop.db.Get(counter));
  while (number < shop.plan.size() && !stopping) {
    if (queue.Figures().ready >= kBacklog) {
      std::this_thread::sleep_for(5ms);
      continue;
    }
    // The counter moves in the same commit as the submissions it counts: whenever the process dies,
    // the next one goes on exactly where the journal ends.
    kontor::Transaction batch(shop.db);
    int64_t count = 0;
    for (; static_cast<uint64_t>(count) < kBatch && number < shop.plan.size();
         ++count, number += kProducers) {
      const Submission submission = shop.plan.At(number);
      batch.Enqueue(queue, shop.plan.BodyOf(submission), submission.priority);
    }
    batch.Increment(counter, count).SetDurability(kontor::Durability::kSync).Commit();
    shop.submitted += static_cast<uint64_t>(count);
  }
}

}  // namespace judge
