#ifndef KONTOR_BROKER_WAITING_LISTS_H_
#define KONTOR_BROKER_WAITING_LISTS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <vector>

#include "broker/entry_queue.h"

namespace kontor {

// Lists of all that is so (who is in a channel, what there is interest in) that wait in a mailbox
// beside its entries, each to be told behind those that were there before it. A newer list of the
// same thing takes the place of the one that waits, so there is one for each thing at most, and
// they need no part of the mailbox's capacity: else whoever is told of a gap, and asks again how
// everything is, would be told of the next gap for that. Not thread-safe.
class WaitingLists {
 public:
  WaitingLists() = default;
  WaitingLists(const WaitingLists&) = delete;
  WaitingLists& operator=(const WaitingLists&) = delete;
  ~WaitingLists();

  // The list of `thing` from now on, to be told once so many entries have gone. Its references
  // that wait are taken over; *list has those of the older one then, for DropEntries. Throws
  // std::bad_alloc, and then nothing was changed.
  void Replace(const void* thing, uint64_t after, std::vector<MailboxEntry>* list);
  // What waits is still told; nothing takes its place.
  void Forget(const void* thing) { newest_.erase(thing); }
  // The next one, if so many entries have gone that one is to be told.
  bool TakeOne(uint64_t gone, MailboxEntry* taken);

  static void DropEntries(const std::vector<MailboxEntry>& entries);

  size_t size() const { return size_; }  // entries, of all of them
  size_t heap_bytes() const { return heap_bytes_; }

 private:
  struct List {
    const void* thing;
    uint64_t after;
    std::vector<MailboxEntry> entries;
    size_t told = 0;
  };
  using Lists = std::list<List>;
  using Newest = std::map<const void*, Lists::iterator>;
  // What of it was not told.
  std::vector<MailboxEntry> Remove(Lists::iterator list);
  static size_t BytesOf(const List& list);

  Lists lists_;  // in the order in which they are told
  Newest newest_;
  size_t size_ = 0;
  size_t heap_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_WAITING_LISTS_H_
