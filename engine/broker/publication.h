#ifndef KONTOR_BROKER_PUBLICATION_H_
#define KONTOR_BROKER_PUBLICATION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/memory_budget.h"

namespace kontor {

class PublicationRef;

// A published message: one allocation shared by every mailbox it reached and every reader who got
// it. Two kinds of references keep it: it *waits* in a mailbox, or is *held* by whoever made or
// reads it. While it waits anywhere it is counted in the budget, which a reader may outlive.
class Publication {
 public:
  // Throws std::bad_alloc. `budget` may be null; it must outlive what waits.
  static PublicationRef Make(Bytes channel, Bytes body, Bytes reply_channel, MemoryBudget* budget);

  const Bytes channel;
  const Bytes body;
  const Bytes reply_channel;  // where its publisher waits for replies; empty: nowhere

  // Its number on a channel that keeps messages; 0 for others. Set before anybody else sees it.
  uint64_t sequence() const { return sequence_; }
  void set_sequence(uint64_t sequence) const { sequence_ = sequence; }

  // What it counts towards a mailbox's capacity.
  uint64_t waiting_bytes() const { return channel.size() + body.size() + reply_channel.size(); }

  // It waits so many times more: one atomic addition for all mailboxes of a publish.
  void AddWaiting(uint64_t count) const;
  void DropWaiting(uint64_t count) const;

 private:
  friend class PublicationRef;
  static constexpr uint64_t kHeld = 1;
  static constexpr uint64_t kWaiting = uint64_t{1} << 32;

  Publication(Bytes of_channel, Bytes of_body, Bytes its_reply_channel, MemoryBudget* budget)
      : channel(of_channel), body(of_body), reply_channel(its_reply_channel), budget_(budget) {}
  ~Publication() = default;

  int64_t heap_bytes() const;
  void CountInBudget(int64_t bytes) const {
    if (budget_ != nullptr) budget_->Add(MemoryPurpose::kMailboxes, bytes);
  }
  void AddHeld() const { references_.fetch_add(kHeld, std::memory_order_relaxed); }
  void DropHeld() const;
  // What waited is held from now on.
  void HoldWaiting() const;
  void Free() const;

  MemoryBudget* const budget_;
  // Held in the lower half, waiting in the upper. Adding needs no order: whoever adds has a
  // reference. Dropping releases, and who drops the last one acquires, so that all reading comes
  // before the freeing.
  mutable std::atomic<uint64_t> references_{kHeld};
  mutable uint64_t sequence_ = 0;
};

// A share of a publication: held, unless it was taken over from what waits. A copy is held.
class PublicationRef {
 public:
  PublicationRef() = default;
  // Takes over a reference that waits, and still does: one atomic operation less for each reader.
  static PublicationRef OfWaiting(const Publication* publication) {
    return PublicationRef(publication, /*waits=*/true);
  }
  PublicationRef(const PublicationRef& other) : publication_(other.publication_) {
    if (publication_ != nullptr) publication_->AddHeld();
  }
  PublicationRef(PublicationRef&& other) noexcept
      : publication_(std::exchange(other.publication_, nullptr)), waits_(other.waits_) {}
  PublicationRef& operator=(PublicationRef other) noexcept {
    std::swap(publication_, other.publication_);
    std::swap(waits_, other.waits_);
    return *this;
  }
  ~PublicationRef() { reset(); }

  void reset() {
    const Publication* const publication = std::exchange(publication_, nullptr);
    if (publication == nullptr) return;
    if (waits_) {
      publication->DropWaiting(1);
    } else {
      publication->DropHeld();
    }
  }
  // It may outlive the budget from now on.
  void Hold() {
    if (publication_ != nullptr && std::exchange(waits_, false)) publication_->HoldWaiting();
  }
  const Publication* get() const { return publication_; }
  const Publication* operator->() const { return publication_; }
  const Publication& operator*() const { return *publication_; }
  bool operator==(const PublicationRef& other) const { return publication_ == other.publication_; }
  bool operator==(std::nullptr_t) const { return publication_ == nullptr; }

 private:
  friend class Publication;
  explicit PublicationRef(const Publication* publication, bool waits)
      : publication_(publication), waits_(waits) {}

  const Publication* publication_ = nullptr;
  bool waits_ = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_PUBLICATION_H_
