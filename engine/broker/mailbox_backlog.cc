// What tags that join a channel are told of before: taking shares of its log, and reading them.

#include <utility>

#include "broker/backlog.h"
#include "broker/mailbox.h"
#include "broker/name_hash.h"

namespace kontor {

Backlog::Backlog(const MessageLog& log, uint64_t first, uint64_t missing, uint64_t its_tag)
    : tag(its_tag),
      missing_(missing),
      next_(first),
      end_(log.last() + 1),
      first_block_(first / HistoryBlock::kMessages) {
  if (next_ == end_) return;
  blocks_.reserve(log.last() / HistoryBlock::kMessages - first_block_ + 1);
  for (uint64_t at = first; at < end_;
       at += HistoryBlock::kMessages - at % HistoryBlock::kMessages) {
    blocks_.push_back(log.BlockOf(at));
    blocks_.back()->AddShare();
  }
}

Backlog::~Backlog() {
  for (HistoryBlock* block : blocks_) {
    if (block != nullptr) block->DropShare();
  }
}

uint32_t Backlog::HashOf(const Subscription* of_subscription, uint64_t of_tag) {
  return NameHash(Bytes(reinterpret_cast<const char*>(&of_tag), sizeof(of_tag)), of_subscription);
}

void TellGap(Bytes channel, uint64_t lost, Delivery* delivery) {
  delivery->subject = channel;
  delivery->subject_kind = SubjectKind::kChannel;
  delivery->kind = DeliveryKind::kGap;
  delivery->publication.reset();
  delivery->lost = lost;
}

void TellKept(const Publication& publication, Delivery* delivery) {
  publication.AddWaiting(1);
  delivery->publication = PublicationRef::OfWaiting(&publication);
  delivery->subject.clear();
  delivery->subject_kind = SubjectKind::kChannel;
  delivery->kind = DeliveryKind::kMessage;
  delivery->lost = 0;
}

void Backlog::TellNext(Delivery* delivery) {
  delivery->tags.assign(1, tag);
  if (missing_ != 0) {
    TellGap(subscription->subject->name(), missing_, delivery);
    missing_ = 0;
    return;
  }
  HistoryBlock*& block = blocks_[next_ / HistoryBlock::kMessages - first_block_];
  TellKept(*block->At(next_).publication, delivery);
  ++next_;
  if (next_ % HistoryBlock::kMessages == 0 || next_ == end_) {
    std::exchange(block, nullptr)->DropShare();
  }
}

void Mailbox::AddBacklog(std::unique_ptr<Backlog> backlog) {
  MutexLock tags_lock(&tags_mutex_);
  Backlog* const added = backlog.release();
  backlogs_.PushBack(added);
  backlog_table_.Insert(added);
  backlog_bytes_ += added->heap_bytes();
  CountTagsLocked();
  backlog_left_.fetch_add(added->left(), std::memory_order_relaxed);
  SequenceLockHolder lock(&mutex_);
  WakeReaderLocked();
}

void Mailbox::RemoveBacklogLocked(Backlog* backlog) {
  backlogs_.Remove(backlog);
  backlog_table_.Remove(backlog);
  backlog_bytes_ -= backlog->heap_bytes();
  backlog_left_.fetch_sub(backlog->left(), std::memory_order_relaxed);
  delete backlog;
}

void Mailbox::CancelBacklogLocked(const Subscription* subscription, uint64_t tag) {
  if (backlogs_.empty()) return;
  Backlog* const found =
      backlog_table_.Find(Backlog::HashOf(subscription, tag), [&](const Backlog& backlog) {
        return backlog.subscription == subscription && backlog.tag == tag;
      });
  if (found != nullptr) RemoveBacklogLocked(found);
}

void Mailbox::TellBacklogsLocked(Delivery* deliveries, size_t count, size_t* told) {
  while (*told < count && !backlogs_.empty()) {
    Backlog* const backlog = backlogs_.first();
    backlog->TellNext(&deliveries[*told]);
    backlog_left_.fetch_sub(1, std::memory_order_relaxed);
    ++*told;
    if (backlog->left() == 0) RemoveBacklogLocked(backlog);
  }
  CountTagsLocked();
  if (!backlogs_.empty()) return;
  SequenceLockHolder lock(&mutex_);
  if (descriptor_ != nullptr && !closed_ && !HasSomethingLocked()) descriptor_->Clear();
}

}  // namespace kontor
