#include "broker/waiting_lists.h"

#include <utility>

#include "base/heap_bytes.h"

namespace kontor {
namespace {

size_t BytesOf(const std::vector<MailboxEntry>& entries) {
  constexpr size_t kNodes = 160;  // of the list and of the map
  return kNodes + HeapBytes(entries.capacity() * sizeof(MailboxEntry));
}

}  // namespace

WaitingLists::~WaitingLists() {
  for (const List& list : lists_) DropEntries(list.entries);
}

void WaitingLists::DropEntries(const std::vector<MailboxEntry>& entries) {
  for (const MailboxEntry& entry : entries) {
    if (entry.publication != nullptr) entry.publication->DropWaiting(1);
  }
}

std::vector<MailboxEntry> WaitingLists::Remove(Lists::iterator list) {
  size_ -= list->entries.size() - list->told;
  heap_bytes_ -= BytesOf(list->entries);
  const auto newest = newest_.find(list->thing);
  if (newest != newest_.end() && newest->second == list) newest_.erase(newest);
  std::vector<MailboxEntry> entries = std::move(list->entries);
  lists_.erase(list);
  return entries;
}

void WaitingLists::Replace(const void* thing, uint64_t after, std::vector<MailboxEntry>* list) {
  Lists made;
  made.push_back({.thing = thing, .after = after, .entries = {}});
  const auto newest = newest_.try_emplace(thing, lists_.end()).first;
  // From here nothing can fail.
  const auto older = std::exchange(newest->second, made.begin());
  made.front().entries.swap(*list);
  size_ += made.front().entries.size();
  heap_bytes_ += BytesOf(made.front().entries);
  lists_.splice(lists_.end(), made);
  if (older != lists_.end()) *list = Remove(older);
}

bool WaitingLists::TakeOne(uint64_t gone, MailboxEntry* taken) {
  while (!lists_.empty()) {
    List* const first = &lists_.front();
    if (first->told == first->entries.size()) {
      static_cast<void>(Remove(lists_.begin()));
      continue;
    }
    if (first->after > gone) return false;
    *taken = first->entries[first->told];
    first->entries[first->told].publication = nullptr;  // its reference went along
    ++first->told;
    --size_;
    return true;
  }
  return false;
}

}  // namespace kontor
