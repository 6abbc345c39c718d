#ifndef KONTOR_BROKER_CONFLATION_H_
#define KONTOR_BROKER_CONFLATION_H_

#include <cstddef>

#include "broker/entry_queue.h"
#include "broker/linked_table.h"

namespace kontor {

// Which message of a channel waits for a subscription, in mailboxes that keep the last one of each
// channel only. Not thread-safe.
class Conflation {
 public:
  Conflation() = default;
  Conflation(const Conflation&) = delete;
  Conflation& operator=(const Conflation&) = delete;
  ~Conflation();

  // The entry of the same channel and subscription; null if none waits.
  MailboxEntry* Find(const MailboxEntry& entry) const;
  // For an entry that is about to be put: false, and nothing changed, if there is no memory.
  bool Prepare();
  // It waits here now. After Prepare; cannot fail.
  void Add(MailboxEntry* entry);
  // It leaves, or gets another message. Nothing happens if it was not added.
  void Remove(const MailboxEntry* entry);

  size_t memory_bytes() const;

 private:
  struct Node {
    Node* next_in_bucket = nullptr;
    uint32_t hash = 0;
    MailboxEntry* entry = nullptr;
  };
  static uint32_t HashOf(const MailboxEntry& entry);

  LinkedTable<Node> nodes_;
  Node* spare_ = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_CONFLATION_H_
