#include "broker/message_log.h"

#include <algorithm>
#include <utility>

#include "base/heap_bytes.h"

namespace kontor {

HistoryBlock::HistoryBlock(MemoryBudget* budget) : budget_(budget) { CountInBudget(1); }

HistoryBlock::~HistoryBlock() {
  for (const Kept& kept : kept_) {
    if (kept.publication != nullptr) kept.publication->DropWaiting(1);
  }
  CountInBudget(-1);
}

void HistoryBlock::CountInBudget(int64_t blocks) const {
  if (budget_ == nullptr) return;
  budget_->Add(MemoryPurpose::kMailboxes,
               blocks * static_cast<int64_t>(HeapBytes(sizeof(HistoryBlock))));
}

MessageLog::~MessageLog() {
  for (size_t i = gone_; i < blocks_.size(); ++i) blocks_[i]->DropShare();
}

uint64_t MessageLog::Reserve() {
  const uint64_t sequence = last_ + 1 + reserved_;
  if (IndexOf(sequence) == blocks_.size()) {
    blocks_.push_back(nullptr);
    try {
      blocks_.back() = HistoryBlock::Make(budget_);
    } catch (...) {
      blocks_.pop_back();
      throw;
    }
  }
  ++reserved_;
  return sequence;
}

void MessageLog::Append(const Publication* publication, int64_t published_unix_ms) {
  --reserved_;
  ++last_;
  BlockOf(last_)->At(last_) = {publication, published_unix_ms};
  bytes_ += publication->body.size();
}

bool MessageLog::IsOneTooMany(const RetentionOptions& options, int64_t now_unix_ms) const {
  if (count() > static_cast<uint64_t>(options.last_count)) return true;
  if (options.max_bytes != 0 && bytes_ > static_cast<uint64_t>(options.max_bytes) && count() > 1) {
    return true;
  }
  // In this form no sum or difference of times can overflow that has come from a damaged file.
  const int64_t published_unix_ms = At(first_).published_unix_ms;
  return options.last_ms != 0 && now_unix_ms > published_unix_ms &&
         static_cast<uint64_t>(now_unix_ms) - static_cast<uint64_t>(published_unix_ms) >
             static_cast<uint64_t>(options.last_ms);
}

void MessageLog::ReleaseGone() {
  if (gone_ == blocks_.size()) return;
  HistoryBlock* const block = blocks_[gone_];
  if (block->shared()) return;
  for (uint64_t at = first_ - first_ % HistoryBlock::kMessages; at < first_; ++at) {
    const Publication* const publication = std::exchange(block->At(at).publication, nullptr);
    if (publication != nullptr) publication->DropWaiting(1);
  }
}

void MessageLog::DropFirst() {
  HistoryBlock* const block = BlockOf(first_);
  bytes_ -= block->At(first_).publication->body.size();
  ++first_;
  if (first_ % HistoryBlock::kMessages != 0) return;
  block->DropShare();
  ++gone_;
  if (2 * gone_ < blocks_.size()) return;
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(gone_));
  gone_ = 0;
}

void MessageLog::Trim(const RetentionOptions& options, int64_t now_unix_ms) {
  while (count() != 0 && IsOneTooMany(options, now_unix_ms)) DropFirst();
  ReleaseGone();
}

size_t MessageLog::memory_bytes() const {
  return blocks_.capacity() == 0 ? 0 : HeapBytes(blocks_.capacity() * sizeof(void*));
}

}  // namespace kontor
