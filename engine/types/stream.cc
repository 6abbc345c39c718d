#include "types/stream.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "types/map_node_bytes.h"

namespace kontor {

// The destructor runs if this constructor throws, since another one has finished.
Stream::Stream(const Stream& other) : Stream() {
  other.blocks_.ForEach(
      [this](const Located& each) { AddBlock(std::make_unique<StreamBlock>(*each.block)); });
  size_ = other.size_;
  last_id_ = other.last_id_;
  max_deleted_id_ = other.max_deleted_id_;
  entries_added_ = other.entries_added_;
  for (const auto& [name, group] : other.groups_) groups_.try_emplace(name, group);
}

Stream::~Stream() {
  blocks_.ForEach([](const Located& each) { delete each.block; });
}

size_t Stream::memory_bytes() const {
  size_t bytes = blocks_.memory_bytes() + block_bytes_;
  for (const auto& each : groups_) bytes += MapNodeBytes(each) + each.second.memory_bytes();
  return bytes;
}

// ---- Looking ----

void Stream::Iterator::Step() {
  const StreamBlock* const block = block_.entry().block;
  if (block->Next(&entry_)) return;
  block_.Next();
  if (block_.valid()) entry_ = block_.entry().block->First();
}

void Stream::Iterator::StepBack() {
  const StreamBlock* const block = block_.entry().block;
  if (block->Previous(&entry_)) return;
  block_.Previous();
  if (block_.valid()) entry_ = block_.entry().block->Last();
}

void Stream::Iterator::Next() {
  do {
    Step();
  } while (valid() && entry_.is_deleted());
}

void Stream::Iterator::Previous() {
  do {
    StepBack();
  } while (valid() && entry_.is_deleted());
}

// Most of those who look, and all who add something new, look at the end.
size_t Stream::BlocksUpTo(const StreamId& id) const {
  if (blocks_.size() > 0 && BlockAt(blocks_.size() - 1)->first_id() <= id) return blocks_.size();
  return blocks_.CountWhile([&](const Located& each) { return each.first_id <= id; });
}

Stream::Iterator Stream::From(const StreamId& id) const {
  const size_t blocks = BlocksUpTo(id);
  Iterator iterator;
  iterator.block_ = blocks_.From(blocks == 0 ? 0 : blocks - 1);
  if (iterator.valid() && iterator.block_.entry().block->last_id() < id) iterator.block_.Next();
  if (!iterator.valid()) return iterator;
  iterator.entry_ = FirstNotBefore(*iterator.block_.entry().block, id);
  if (iterator.entry_.is_deleted()) iterator.Next();
  return iterator;
}

Stream::Iterator Stream::Until(const StreamId& id) const {
  Iterator iterator;
  const size_t blocks = BlocksUpTo(id);
  if (blocks == 0) return iterator;
  iterator.block_ = blocks_.From(blocks - 1);
  iterator.entry_ = iterator.block_.entry().block->Last();
  while (iterator.valid() && (iterator.id() > id || iterator.entry_.is_deleted())) {
    iterator.StepBack();
  }
  return iterator;
}

bool Stream::Contains(const StreamId& id) const {
  const Iterator found = From(id);
  return found.valid() && found.id() == id;
}

StreamId Stream::first_id() const {
  const Iterator first = From(kNoStreamId);
  return first.valid() ? first.id() : kNoStreamId;
}

Stream::Entry Stream::FirstNotBefore(const StreamBlock& block, const StreamId& id) {
  Entry entry = block.First();
  while (entry.id() < id) KONTOR_CHECK(block.Next(&entry));
  return entry;
}

bool Stream::IsDeletedTail(const StreamBlock& block, Entry entry) {
  do {
    if (!entry.is_deleted()) return false;
  } while (block.Next(&entry));
  return true;
}

// ---- Changes ----

void Stream::SetIds(const StreamId& last_id, const StreamId& max_deleted_id,
                    uint64_t entries_added) {
  last_id_ = last_id;
  max_deleted_id_ = max_deleted_id;
  entries_added_ = entries_added;
}

// A block that finds no memory may have become larger all the same.
template <typename Change>
void Stream::ChangeBlock(StreamBlock* block, Change change) {
  struct Account {
    ~Account() { *bytes += block->memory_bytes() - before; }
    const StreamBlock* const block;
    size_t* const bytes;
    const size_t before;
  };
  const Account account{block, &block_bytes_, block->memory_bytes()};
  change();
}

void Stream::AddBlock(std::unique_ptr<StreamBlock> block) {
  blocks_.Insert({block->first_id(), block.get()});
  // The tree has it. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
  block_bytes_ += block.release()->memory_bytes();
}

void Stream::AppendTo(StreamBlock* block, const StreamId& id, std::span<const StreamField> fields) {
  if (block != nullptr && block->HasRoomFor(fields)) {
    return ChangeBlock(block, [&] { block->Append(id, fields); });
  }
  AddBlock(std::make_unique<StreamBlock>(id, fields));
  if (block != nullptr) ChangeBlock(block, [&] { block->Seal(); });
}

// To a block of its own, leaving it deleted.
void Stream::MoveTail(StreamBlock* block, const Entry& entry) {
  std::unique_ptr<StreamBlock> tail;
  Entry each = entry;
  do {
    if (each.is_deleted()) continue;
    std::vector<Element> elements;
    each.ForEach([&](const Element& name, const Element& value) {
      elements.push_back(name);
      elements.push_back(value);
    });
    std::vector<StreamField> fields;
    for (size_t i = 0; i < elements.size(); i += 2) {
      fields.push_back({elements[i].bytes(), elements[i + 1].bytes()});
    }
    if (tail == nullptr) {
      tail = std::make_unique<StreamBlock>(each.id(), fields);
    } else {
      tail->Append(each.id(), fields);
    }
  } while (block->Next(&each));
  AddBlock(std::move(tail));
  each = entry;
  do {
    block->SetDeleted(each, true);
  } while (block->Next(&each));
}

// What is left of the block, if anything.
StreamBlock* Stream::DropTail(StreamBlock* block, const Entry& entry) noexcept {
  if (block->live() == 0) {
    DropBlock(block);
    return nullptr;
  }
  ChangeBlock(block, [&] { block->DropTail(entry); });
  return block;
}

void Stream::DropBlock(StreamBlock* block) noexcept {
  size_ -= block->live();
  block_bytes_ -= block->memory_bytes();
  blocks_.Erase({block->first_id(), block});
  delete block;
}

bool Stream::CanAdd(const StreamId& id, std::span<const StreamField> fields) const {
  if (id == kNoStreamId || fields.empty()) return false;
  const size_t blocks = BlocksUpTo(id);
  if (blocks == 0) return true;
  const StreamBlock& block = *BlockAt(blocks - 1);
  if (block.last_id() < id) return true;
  const Entry entry = FirstNotBefore(block, id);
  return entry.id() != id || (entry.is_deleted() && entry.Has(fields)) ||
         IsDeletedTail(block, entry);
}

bool Stream::Add(const StreamId& id, std::span<const StreamField> fields) {
  if (!CanAdd(id, fields)) return false;
  const size_t blocks = BlocksUpTo(id);
  StreamBlock* block = blocks == 0 ? nullptr : BlockAt(blocks - 1);
  if (block == nullptr || block->last_id() < id) {
    AppendTo(block, id, fields);
  } else if (const Entry entry = FirstNotBefore(*block, id);
             entry.id() == id && entry.Has(fields)) {
    block->SetDeleted(entry, false);
  } else {
    if (!IsDeletedTail(*block, entry)) MoveTail(block, entry);
    block = DropTail(block, entry);
    AppendTo(block, id, fields);
  }
  ++size_;
  if (id > last_id_) {
    last_id_ = id;
    ++entries_added_;
  }
  return true;
}

bool Stream::Delete(const StreamId& id) {
  const Iterator found = From(id);
  if (!found.valid() || found.id() != id) return false;
  StreamBlock* const block = found.block_.entry().block;
  if (block->live() == 1) {
    DropBlock(block);
  } else {
    block->SetDeleted(found.entry_, true);
    --size_;
  }
  max_deleted_id_ = std::max(max_deleted_id_, id);
  return true;
}

// ---- Trims ----

template <typename GoesBlock, typename GoesEntry>
Stream::Trim Stream::PlanTrim(TrimBy by, size_t limit, GoesBlock goes_block,
                              GoesEntry goes_entry) const {
  Trim trim{kNoStreamId, 0};
  for (Blocks::Iterator each = blocks_.From(0); each.valid(); each.Next()) {
    const StreamBlock& block = *each.entry().block;
    if (by == TrimBy::kBlock && limit > 0 && trim.count + block.live() > limit) break;
    if (goes_block(block, trim.count)) {
      trim = {block.last_id(), trim.count + block.live()};
      continue;
    }
    if (by == TrimBy::kBlock) break;
    Entry entry = block.First();
    do {
      if (entry.is_deleted()) continue;
      if (!goes_entry(entry, trim.count)) break;
      trim = {entry.id(), trim.count + 1};
    } while (block.Next(&entry));
    break;
  }
  return trim;
}

Stream::Trim Stream::TrimToSize(size_t most, TrimBy by, size_t limit) const {
  const size_t surplus = size_ - std::min(size_, most);
  return PlanTrim(
      by, limit,
      [&](const StreamBlock& block, size_t gone) { return gone + block.live() <= surplus; },
      [&](const Entry&, size_t gone) { return gone < surplus; });
}

Stream::Trim Stream::TrimToId(const StreamId& least, TrimBy by, size_t limit) const {
  return PlanTrim(
      by, limit, [&](const StreamBlock& block, size_t) { return block.last_id() < least; },
      [&](const Entry& entry, size_t) { return entry.id() < least; });
}

size_t Stream::RemoveThrough(const StreamId& last_id) {
  const size_t size_before = size_;
  while (blocks_.size() > 0 && BlockAt(0)->last_id() <= last_id) DropBlock(BlockAt(0));
  if (blocks_.size() == 0) return size_before;
  StreamBlock* const block = BlockAt(0);
  size_t live = 0;
  for (Entry entry = block->First(); entry.id() <= last_id; block->Next(&entry)) {
    live += entry.is_deleted() ? 0 : 1;
  }
  if (live == block->live()) {
    DropBlock(block);
    return size_before - size_;
  }
  for (Entry entry = block->First(); entry.id() <= last_id; block->Next(&entry)) {
    block->SetDeleted(entry, true);
  }
  size_ -= live;
  return size_before - size_;
}

// ---- Groups ----

ConsumerGroup* Stream::FindGroup(Bytes name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

const ConsumerGroup* Stream::FindGroup(Bytes name) const {
  return const_cast<Stream*>(this)->FindGroup(name);
}

ConsumerGroup* Stream::AddGroup(Bytes name) {
  if (ConsumerGroup* const found = FindGroup(name); found != nullptr) return found;
  return &groups_.try_emplace(std::string(name)).first->second;
}

bool Stream::DeleteGroup(Bytes name) {
  const auto found = groups_.find(name);
  if (found == groups_.end()) return false;
  groups_.erase(found);
  return true;
}

bool Stream::HasGapsFrom(const StreamId& id) const {
  return size_ > 0 && max_deleted_id_ != kNoStreamId && first_id() <= max_deleted_id_ &&
         id <= max_deleted_id_;
}

std::optional<uint64_t> Stream::EntriesUpTo(const StreamId& id) const {
  if (entries_added_ == 0) return 0;
  if (id == last_id_ || (size_ == 0 && id < last_id_)) return entries_added_;
  if (id > last_id_) return std::nullopt;
  const StreamId first = first_id();
  const bool has_gaps = max_deleted_id_ != kNoStreamId && max_deleted_id_ >= first;
  if (has_gaps || id > first) return std::nullopt;
  return entries_added_ - size_ + (id == first ? 1 : 0);
}

std::optional<int64_t> Stream::LagOf(const ConsumerGroup& group) const {
  if (entries_added_ == 0) return 0;
  std::optional<uint64_t> read = group.entries_read;
  if (!read.has_value() || HasGapsFrom(group.last_delivered_id)) {
    read = EntriesUpTo(group.last_delivered_id);
  }
  if (!read.has_value()) return std::nullopt;
  return static_cast<int64_t>(entries_added_ - *read);
}

std::optional<uint64_t> Stream::EntriesReadWith(const ConsumerGroup& group,
                                                const StreamId& id) const {
  if (group.entries_read.has_value() && !HasGapsFrom(id)) return *group.entries_read + 1;
  return entries_added_ > 0 ? EntriesUpTo(id) : group.entries_read;
}

}  // namespace kontor
