#include "broker/waiting_lists.h"

#include <utility>

#include "base/heap_bytes.h"

namespace kontor {
WaitingLists::~WaitingLists() {
  for (const List& list : lists_) DropEntries(list.entries);
}

size_t WaitingLists::BytesOf(const List& list) {
  constexpr size_t kListNode = 2 * sizeof(void*) + sizeof(List);
  return HeapBytes(kListNode) + MapNodeBytes(sizeof(Newest::value_type)) +
         HeapBytes(list.entries.capacity() * sizeof(MailboxEntry));
}

void WaitingLists::DropEntries(const std::vector<MailboxEntry>& entries) {
  for (const MailboxEntry& entry : entries) {
    if (entry.publication != nullptr) entry.publication->DropWaiting(1);
  }
}

std::vector<MailboxEntry> WaitingLists::Remove(Lists::iterator list) {
  size_ -= list->entries.size() - list->told;
  heap_bytes_ -= BytesOf(*list);
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
  heap_bytes_ += BytesOf(made.front());
  lists_.splice(lists_.end(), made);
  if (older != lists_.end()) *list = Remove(older);
}

bool WaitingLists::TakeOne(uint64_t gone, MailboxEntry* taken) {
  while (!lists_.empty() && lists_.front().entries.empty()) Remove(lists_.begin());
  if (lists_.empty() || lists_.front().after > gone) return false;
  List* const first = &lists_.front();
  *taken = first->entries[first->told];
  first->entries[first->told].publication = nullptr;  // its reference went along
  ++first->told;
  --size_;
  if (first->told == first->entries.size()) Remove(lists_.begin());
  return true;
}

}  // namespace kontor
