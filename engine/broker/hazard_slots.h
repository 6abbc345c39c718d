#ifndef KONTOR_BROKER_HAZARD_SLOTS_H_
#define KONTOR_BROKER_HAZARD_SLOTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace kontor {

// Hazard pointers (M. Michael, 2004): whoever uses an object that others may retire says so in a
// slot first, and what is in a slot is not given back. A thread that stops for ever in the middle
// of something thus keeps one object, and nothing that came after it.
//
// Nothing here belongs to a thread beyond one call. A thread has the slot of its number
// (base/striped_counters.h) to itself, so that it costs a store; threads that have no number claim
// one of the shared slots for the call, of which there are as many as were ever claimed at once.
//
// Memory order: a slot is written, then the source is read again (Guard::Protect); the source is
// changed, then the slots are read (IsProtected). One of the two sees the other: the store and the
// load have a light fence between them, and whoever asks IsProtected has called the heavy one since
// the source changed. A slot is emptied by a release store, which IsProtected acquires: what was
// done with the object comes before it is given back.
//
// Policy is that of SegmentQueue (broker/segment_queue.h).
template <typename Policy, typename T>
class HazardSlots {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
  template <typename U>
  using Atomic = typename Policy::template Atomic<U>;
  using Slot = Atomic<T*>;

 public:
  explicit HazardSlots(Policy* policy) : policy_(policy) {}
  ~HazardSlots() {
    Block* block = shared_.next.load(std::memory_order_relaxed);
    while (block != nullptr) {
      Block* const next = block->next.load(std::memory_order_relaxed);
      Delete(block);
      block = next;
    }
  }
  HazardSlots(const HazardSlots&) = delete;
  HazardSlots& operator=(const HazardSlots&) = delete;

  // Protects one object at a time, on the thread that made it; one guard of a thread at a time.
  class Guard {
   public:
    explicit Guard(HazardSlots* slots) : slots_(slots), own_(slots->OwnSlot()), slot_(own_) {}
    ~Guard() { Release(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // What `source` points to, which is not given back before this guard protects something else.
    // Throws std::bad_alloc, protecting nothing, if more threads than ever before need a shared
    // slot and there is no memory for one.
    T* Protect(const Atomic<T*>& source) {
      T* object = source.load(std::memory_order_acquire);
      while (true) {
        if (slot_ == nullptr) {
          slot_ = slots_->Claim(object);
        } else {
          slot_->store(object, std::memory_order_release);
        }
        Policy::LightFence();
        T* const still = source.load(std::memory_order_acquire);
        if (still == object) return object;
        object = still;
      }
    }
    void Release() {
      if (slot_ != nullptr) slot_->store(nullptr, std::memory_order_release);
      slot_ = own_;
    }

   private:
    HazardSlots* const slots_;
    Slot* const own_;  // null where the thread has none
    Slot* slot_;
  };

  // After the object can no longer be found and Policy::HeavyFence was called. Once false it stays
  // so.
  bool IsProtected(const T* object) const {
    for (const OwnedSlot& owned : owned_) {
      if (owned.slot.load(std::memory_order_acquire) == object) return true;
    }
    for (const Block* block = &shared_; block != nullptr;
         block = block->next.load(std::memory_order_acquire)) {
      for (const Slot& slot : block->slots) {
        if (slot.load(std::memory_order_acquire) == object) return true;
      }
    }
    return false;
  }

 private:
  struct alignas(Policy::kLineBytes) OwnedSlot {
    Slot slot{nullptr};
  };
  struct Block {
    std::array<Slot, Policy::kSharedSlots> slots{};
    Atomic<Block*> next{nullptr};
  };

  Slot* OwnSlot() {
    const unsigned thread = Policy::Thread();
    return thread == 0 ? nullptr : &owned_[thread - 1].slot;
  }

  Slot* Claim(T* object) {
    Block* block = &shared_;
    while (true) {
      for (Slot& slot : block->slots) {
        T* free = nullptr;
        if (slot.load(std::memory_order_relaxed) == nullptr &&
            slot.compare_exchange_strong(free, object, std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {
          return &slot;
        }
      }
      block = After(block);
    }
  }

  Block* After(Block* block) {
    Block* next = block->next.load(std::memory_order_acquire);
    if (next != nullptr) return next;
    auto* const made = new (policy_->Allocate(sizeof(Block))) Block;
    if (block->next.compare_exchange_strong(next, made, std::memory_order_acq_rel,
                                            std::memory_order_acquire)) {
      return made;
    }
    Delete(made);
    return next;
  }

  void Delete(Block* block) {
    block->~Block();
    policy_->Free(block, sizeof(Block));
  }

  Policy* const policy_;
  std::array<OwnedSlot, Policy::kOwnedSlots> owned_{};
  Block shared_;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_HAZARD_SLOTS_H_
