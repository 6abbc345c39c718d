#include "broker/conflation.h"

#include <new>
#include <utility>

#include "base/heap_bytes.h"
#include "broker/name_hash.h"

namespace kontor {

Conflation::~Conflation() {
  nodes_.ForEach([](Node* node) { delete node; });
  delete spare_;
}

uint32_t Conflation::HashOf(const MailboxEntry& entry) {
  return NameHash(entry.publication->channel, entry.subscription);
}

MailboxEntry* Conflation::Find(const MailboxEntry& entry) const {
  const Node* const found = nodes_.Find(HashOf(entry), [&](const Node& node) {
    return node.entry->subscription == entry.subscription &&
           node.entry->publication->channel == entry.publication->channel;
  });
  return found == nullptr ? nullptr : found->entry;
}

bool Conflation::Prepare() {
  if (spare_ == nullptr) spare_ = new (std::nothrow) Node;
  return spare_ != nullptr;
}

void Conflation::Add(MailboxEntry* entry) {
  Node* const node = std::exchange(spare_, nullptr);
  node->hash = HashOf(*entry);
  node->entry = entry;
  nodes_.Insert(node);
}

void Conflation::Remove(const MailboxEntry* entry) {
  Node* const found =
      nodes_.Find(HashOf(*entry), [&](const Node& node) { return node.entry == entry; });
  if (found == nullptr) return;
  nodes_.Remove(found);
  delete std::exchange(spare_, found);
}

size_t Conflation::memory_bytes() const {
  return nodes_.memory_bytes() +
         (nodes_.size() + (spare_ == nullptr ? 0 : 1)) * HeapBytes(sizeof(Node));
}

}  // namespace kontor
