#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <unordered_map>

#include "hit_ratio/policy.h"

namespace bench {
namespace {

class Lru final : public Policy {
 public:
  explicit Lru(size_t capacity) : capacity_(capacity) { places_.reserve(capacity + 1); }

  bool Access(uint64_t key) override {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    if (places_.size() >= capacity_) {
      places_.erase(order_.back());
      order_.pop_back();
    }
    order_.push_front(key);
    places_.emplace(key, order_.begin());
    return false;
  }

 private:
  const size_t capacity_;
  std::list<uint64_t> order_;
  std::unordered_map<uint64_t, std::list<uint64_t>::iterator> places_;
};

class Lfu final : public Policy {
 public:
  explicit Lfu(size_t capacity) : capacity_(capacity) { places_.reserve(capacity + 1); }

  bool Access(uint64_t key) override {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      Use(&found->second);
      return true;
    }
    if (places_.size() >= capacity_) {
      const auto least = by_uses_.begin();
      places_.erase(least->second.back());
      least->second.pop_back();
      if (least->second.empty()) by_uses_.erase(least);
    }
    std::list<uint64_t>& once = by_uses_[1];
    once.push_front(key);
    places_.emplace(key, Place{1, once.begin()});
    return false;
  }

 private:
  struct Place {
    uint64_t uses;
    std::list<uint64_t>::iterator at;
  };

  void Use(Place* place) {
    const auto before = by_uses_.find(place->uses);
    std::list<uint64_t>& after = by_uses_[++place->uses];
    after.splice(after.begin(), before->second, place->at);
    if (before->second.empty()) by_uses_.erase(before);
  }

  const size_t capacity_;
  std::map<uint64_t, std::list<uint64_t>> by_uses_;
  std::unordered_map<uint64_t, Place> places_;
};

class Sieve final : public Policy {
 public:
  explicit Sieve(size_t capacity) : capacity_(capacity), hand_(queue_.end()) {
    places_.reserve(capacity + 1);
  }

  bool Access(uint64_t key) override {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      found->second->visited = true;
      return true;
    }
    if (places_.size() >= capacity_) Evict();
    queue_.push_front({key, false});
    places_.emplace(key, queue_.begin());
    return false;
  }

 private:
  struct Object {
    uint64_t key;
    bool visited;
  };

  // The hand moves from the tail to the head and begins again at the tail.
  void Evict() {
    if (hand_ == queue_.end()) hand_ = std::prev(queue_.end());
    while (hand_->visited) {
      hand_->visited = false;
      hand_ = hand_ == queue_.begin() ? std::prev(queue_.end()) : std::prev(hand_);
    }
    const auto next = hand_ == queue_.begin() ? queue_.end() : std::prev(hand_);
    places_.erase(hand_->key);
    queue_.erase(hand_);
    hand_ = next;
  }

  const size_t capacity_;
  std::list<Object> queue_;
  std::list<Object>::iterator hand_;
  std::unordered_map<uint64_t, std::list<Object>::iterator> places_;
};

class S3Fifo final : public Policy {
 public:
  explicit S3Fifo(size_t capacity)
      : capacity_(capacity), small_capacity_(std::max<size_t>(1, capacity / 10)) {
    objects_.reserve(capacity + 1);
  }

  bool Access(uint64_t key) override {
    const auto found = objects_.find(key);
    if (found != objects_.end()) {
      found->second = static_cast<uint8_t>(std::min(found->second + 1, 3));
      return true;
    }
    while (objects_.size() >= capacity_) Evict();
    const auto ghost = ghosts_.find(key);
    if (ghost != ghosts_.end()) {
      ghosts_.erase(ghost);
      main_.push_front(key);
    } else {
      small_.push_front(key);
    }
    objects_.emplace(key, uint8_t{0});
    return false;
  }

 private:
  void Evict() {
    if (small_.size() >= small_capacity_ || main_.empty()) {
      EvictFromSmall();
    } else {
      EvictFromMain();
    }
  }
  // Until one object has gone, or the queue is empty.
  void EvictFromSmall() {
    while (!small_.empty()) {
      const uint64_t key = small_.back();
      small_.pop_back();
      const auto object = objects_.find(key);
      if (object->second > 1) {
        object->second = 0;
        main_.push_front(key);
        continue;
      }
      objects_.erase(object);
      RememberGhost(key);
      return;
    }
  }
  void EvictFromMain() {
    while (true) {
      const uint64_t key = main_.back();
      main_.pop_back();
      const auto object = objects_.find(key);
      if (object->second == 0) {
        objects_.erase(object);
        return;
      }
      --object->second;
      main_.push_front(key);
    }
  }
  // A key that came back has left the set, but not yet the queue: its number tells old entries.
  void RememberGhost(uint64_t key) {
    ghost_queue_.push_back({key, ++ghost_count_});
    ghosts_[key] = ghost_count_;
    while (ghosts_.size() > capacity_ - small_capacity_ || ghost_queue_.size() > 2 * capacity_) {
      const Ghost oldest = ghost_queue_.front();
      ghost_queue_.pop_front();
      const auto found = ghosts_.find(oldest.key);
      if (found != ghosts_.end() && found->second == oldest.number) ghosts_.erase(found);
    }
  }

  struct Ghost {
    uint64_t key;
    uint64_t number;
  };
  const size_t capacity_;
  const size_t small_capacity_;
  std::deque<uint64_t> small_;
  std::deque<uint64_t> main_;
  std::unordered_map<uint64_t, uint8_t> objects_;  // to how often they were used, up to 3
  std::deque<Ghost> ghost_queue_;
  std::unordered_map<uint64_t, uint64_t> ghosts_;
  uint64_t ghost_count_ = 0;
};

}  // namespace

std::unique_ptr<Policy> MakeLru(size_t capacity) { return std::make_unique<Lru>(capacity); }
std::unique_ptr<Policy> MakeLfu(size_t capacity) { return std::make_unique<Lfu>(capacity); }
std::unique_ptr<Policy> MakeSieve(size_t capacity) { return std::make_unique<Sieve>(capacity); }
std::unique_ptr<Policy> MakeS3Fifo(size_t capacity) { return std::make_unique<S3Fifo>(capacity); }

}  // namespace bench
