#ifndef KONTOR_BROKER_PRESENCE_ROOM_H_
#define KONTOR_BROKER_PRESENCE_ROOM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "broker/linked_table.h"

namespace kontor {

class Mailbox;

// A tag that is subscribed to a channel by its name, and in how many mailboxes.
struct PresentTag {
  explicit PresentTag(uint64_t its_tag);

  PresentTag* next_in_bucket = nullptr;
  const uint64_t tag;
  const uint32_t hash;
  uint32_t mailboxes = 1;
};

// A channel whose subscribers somebody watches. Not thread-safe.
struct PresenceRoom : NamedNode<PresenceRoom> {
  ~PresenceRoom();

  // Whether the tag was not in any mailbox before. Cannot fail.
  bool Enter(std::unique_ptr<PresentTag> entering);
  // Whether it is not in any mailbox now. Needs no memory.
  bool Leave(uint64_t tag);
  // Everybody, in no order. Throws std::bad_alloc.
  std::vector<uint64_t> Tags() const;
  // Of the heap, with itself.
  size_t memory_bytes() const;

  LinkedTable<PresentTag> present;
  std::vector<Mailbox*> watchers;
  size_t counted_bytes = 0;  // in the index
};

}  // namespace kontor

#endif  // KONTOR_BROKER_PRESENCE_ROOM_H_
