#include "types/consumer_group.h"

#include <new>

#include "base/check.h"
#include "base/heap_bytes.h"
#include "types/map_node_bytes.h"

namespace kontor {

ConsumerGroup::ConsumerGroup(const ConsumerGroup& other)
    : last_delivered_id(other.last_delivered_id), entries_read(other.entries_read) {
  for (const auto& [name, consumer] : other.consumers_) {
    Consumer* const copy = AddConsumer(name);
    copy->seen_unix_ms = consumer.seen_unix_ms;
    copy->active_unix_ms = consumer.active_unix_ms;
  }
  other.pending_.ForEach([this](const Pending& each) {
    Pending copy = each;
    copy.consumer = FindConsumer(each.consumer->name());
    SetPending(copy);
  });
}

// ---- Consumers ----

ConsumerGroup::Consumer* ConsumerGroup::FindConsumer(Bytes name) {
  const auto found = consumers_.find(name);
  return found == consumers_.end() ? nullptr : &found->second;
}

const ConsumerGroup::Consumer* ConsumerGroup::FindConsumer(Bytes name) const {
  return const_cast<ConsumerGroup*>(this)->FindConsumer(name);
}

ConsumerGroup::Consumer* ConsumerGroup::AddConsumer(Bytes name) {
  if (Consumer* const found = FindConsumer(name); found != nullptr) return found;
  const auto added = consumers_.try_emplace(std::string(name)).first;
  added->second.name_ = added->first;
  consumer_bytes_ += MapNodeBytes(*added);
  return &added->second;
}

bool ConsumerGroup::DeleteConsumer(Bytes name) {
  const auto found = consumers_.find(name);
  if (found == consumers_.end()) return false;
  const Consumer& consumer = found->second;
  consumer.pending_.ForEach([this](const StreamId& id) {
    const Pending pending = *Lookup(id);
    deliveries_.Erase(DeliveryOf(pending));
    pending_.Erase(pending);
  });
  consumer_bytes_ -= MapNodeBytes(*found) + consumer.pending_.memory_bytes();
  consumers_.erase(found);
  return true;
}

ConsumerGroup::IdTree::Iterator ConsumerGroup::Consumer::PendingFrom(const StreamId& id) const {
  return pending_.SkipWhile([&](const StreamId& each) { return each < id; });
}

// ---- What is pending ----

ConsumerGroup::PendingTree::Iterator ConsumerGroup::PendingFrom(const StreamId& id) const {
  return pending_.SkipWhile([&](const Pending& each) { return each.id < id; });
}

const ConsumerGroup::Pending* ConsumerGroup::Lookup(const StreamId& id) const {
  const PendingTree::Iterator found = PendingFrom(id);
  return found.valid() && found.entry().id == id ? &found.entry() : nullptr;
}

void ConsumerGroup::SetPending(const Pending& pending) {
  const Pending* const found = Lookup(pending.id);
  if (found == nullptr) {
    AddPending(pending);
    return;
  }
  const Pending before = *found;
  const bool goes = before.consumer != pending.consumer;
  if (goes) InsertInto(pending.consumer, pending.id);
  pending_.Move(before, pending);
  deliveries_.Move(DeliveryOf(before), DeliveryOf(pending));
  if (goes) EraseFrom(before.consumer, pending.id);
}

void ConsumerGroup::AddPending(const Pending& pending) {
  InsertInto(pending.consumer, pending.id);
  bool is_in_order = false;
  try {
    is_in_order = pending_.Insert(pending);
    deliveries_.Insert(DeliveryOf(pending));
  } catch (const std::bad_alloc&) {
    if (is_in_order) pending_.Erase(pending);
    EraseFrom(pending.consumer, pending.id);
    throw;
  }
}

bool ConsumerGroup::RemovePending(const StreamId& id) {
  const Pending* const found = Lookup(id);
  if (found == nullptr) return false;
  const Pending removed = *found;
  EraseFrom(removed.consumer, id);
  deliveries_.Erase(DeliveryOf(removed));
  pending_.Erase(removed);
  return true;
}

void ConsumerGroup::InsertInto(Consumer* consumer, const StreamId& id) {
  const size_t bytes_before = consumer->pending_.memory_bytes();
  consumer->pending_.Insert(id);
  consumer_bytes_ += consumer->pending_.memory_bytes() - bytes_before;
}

void ConsumerGroup::EraseFrom(Consumer* consumer, const StreamId& id) noexcept {
  const size_t bytes_before = consumer->pending_.memory_bytes();
  KONTOR_CHECK(consumer->pending_.Erase(id));
  consumer_bytes_ += consumer->pending_.memory_bytes() - bytes_before;
}

}  // namespace kontor
