#ifndef KONTOR_BROKER_MESSAGE_LOG_H_
#define KONTOR_BROKER_MESSAGE_LOG_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/memory_budget.h"
#include "broker/linked_table.h"
#include "broker/publication.h"
#include "broker/retention_options.h"

namespace kontor {

// Eight messages of a channel whose sequences follow each other: what a log is made of, and what it
// shares with those who still have to read them. A message that was put in stays as it is while
// the block is shared.
class HistoryBlock {
 public:
  static constexpr uint64_t kMessages = 8;
  struct Kept {
    const Publication* publication = nullptr;  // a reference that waits
    int64_t published_unix_ms = 0;
  };

  // Throws std::bad_alloc. `budget` may be null.
  static HistoryBlock* Make(MemoryBudget* budget) { return new HistoryBlock(budget); }
  HistoryBlock(const HistoryBlock&) = delete;
  HistoryBlock& operator=(const HistoryBlock&) = delete;

  Kept& At(uint64_t sequence) { return kept_[sequence % kMessages]; }
  const Kept& At(uint64_t sequence) const { return kept_[sequence % kMessages]; }

  // Taken only by who has a share, or holds the lock of the log.
  void AddShare() { shares_.fetch_add(1, std::memory_order_relaxed); }
  // Releases what was read; the last one acquires it and frees.
  void DropShare() {
    if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // Acquires what the others who had a share read.
  bool shared() const { return shares_.load(std::memory_order_acquire) != 1; }

 private:
  explicit HistoryBlock(MemoryBudget* budget);
  ~HistoryBlock();
  void CountInBudget(int64_t blocks) const;

  MemoryBudget* const budget_;
  std::atomic<uint32_t> shares_{1};
  std::array<Kept, kMessages> kept_{};
};

// What a channel keeps: messages with the sequences from first() to last(), in blocks that readers
// may share. Guarded by the lock of the ChannelIndex.
class MessageLog {
 public:
  // The first message gets the sequence behind `last`.
  MessageLog(uint64_t last, MemoryBudget* budget)
      : budget_(budget), first_(last + 1), last_(last) {}
  ~MessageLog();
  MessageLog(const MessageLog&) = delete;
  MessageLog& operator=(const MessageLog&) = delete;

  // Of what is kept; last() + 1 if that is nothing.
  uint64_t first() const { return first_; }
  uint64_t last() const { return last_; }
  uint64_t count() const { return last_ + 1 - first_; }
  uint64_t bytes() const { return bytes_; }  // of bodies
  const HistoryBlock::Kept& At(uint64_t sequence) const {
    return blocks_[IndexOf(sequence)]->At(sequence);
  }
  HistoryBlock* BlockOf(uint64_t sequence) const { return blocks_[IndexOf(sequence)]; }

  // Makes sure of the memory for one message more: which sequence it will have. Throws
  // std::bad_alloc.
  uint64_t Reserve();
  void CancelReserved() { reserved_ = 0; }
  // The first one that is reserved. Takes over a waiting reference; cannot fail.
  void Append(const Publication* publication, int64_t published_unix_ms);
  // Lets go of what is too old or too much. Needs no memory.
  void Trim(const RetentionOptions& options, int64_t now_unix_ms);

  // Of the heap, beside the blocks and the messages, which count themselves.
  size_t memory_bytes() const;

 private:
  static uint64_t NumberOf(uint64_t sequence) { return sequence / HistoryBlock::kMessages; }
  size_t IndexOf(uint64_t sequence) const {
    return gone_ + static_cast<size_t>(NumberOf(sequence) - NumberOf(first_));
  }
  bool IsOneTooMany(const RetentionOptions& options, int64_t now_unix_ms) const;
  void DropFirst();
  // Messages that were kept for who shared their block, and can go now.
  void ReleaseGone();

  MemoryBudget* const budget_;
  // Those before gone_ are no more; the vector gets rid of them from time to time.
  std::vector<HistoryBlock*> blocks_;
  size_t gone_ = 0;
  uint64_t first_;
  uint64_t last_;
  uint64_t reserved_ = 0;
  uint64_t bytes_ = 0;
};

// A channel that keeps messages.
struct RetainedChannel : NamedNode<RetainedChannel> {
  RetainedChannel(const RetentionOptions& its_options, uint64_t last, MemoryBudget* budget)
      : options(its_options), log(last, budget) {}

  RetentionOptions options;
  MessageLog log;
  size_t counted_bytes = 0;  // of the log, in the index
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MESSAGE_LOG_H_
