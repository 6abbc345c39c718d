#ifndef KONTOR_BROKER_LANE_H_
#define KONTOR_BROKER_LANE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/functional/function_ref.h"
#include "base/limits.h"

namespace kontor {

// The ready messages of one queue in the order they are handed out: the most urgent priority first,
// within it returned messages ahead of fresh ones, each first in, first out. Holds ids only.
// Guarded by its queue's lock.
//
// The interface behind which a lock-free lane will live.
class ReadyLane {
 public:
  // `priority` is below limits::kPriorities, here and everywhere below.
  void PushFresh(uint32_t priority, uint64_t id);
  void PushReturned(uint32_t priority, uint64_t id);
  // False if empty.
  bool Peek(uint64_t* id) const;
  bool Pop(uint64_t* id);
  // Takes out one id wherever it is; false if it is not there. Constant time at both ends of its
  // line, which is where a live queue and a snapshot being read find it; linear elsewhere (replay
  // only).
  bool Remove(uint32_t priority, uint64_t id);
  void Clear();
  uint64_t size() const { return size_; }

  // The most urgent first; the returned, or the fresh ones, of each level in their order. `visit`
  // must not change the lane.
  void ForEachReturned(absl::FunctionRef<void(uint64_t id)> visit) const;
  void ForEachFresh(absl::FunctionRef<void(uint64_t id)> visit) const;

 private:
  struct Level {
    std::deque<uint64_t> returned;
    std::deque<uint64_t> fresh;
    bool empty() const { return returned.empty() && fresh.empty(); }
  };

  Level& LevelForPush(uint32_t priority);
  void Gave(uint32_t priority);
  void Took(uint32_t priority);

  // Made at the first use of a level: an empty deque is not small, and most queues use one
  // priority.
  std::array<std::unique_ptr<Level>, limits::kPriorities> levels_;
  uint32_t occupied_ = 0;  // bit p: level p has messages
  uint64_t size_ = 0;
  static_assert(limits::kPriorities == 32);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_LANE_H_
