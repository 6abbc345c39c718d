#include "broker/presence_room.h"

#include "base/heap_bytes.h"
#include "broker/name_hash.h"

namespace kontor {
namespace {

uint32_t HashOf(uint64_t tag) {
  return NameHash(Bytes(reinterpret_cast<const char*>(&tag), sizeof(tag)));
}

PresentTag* Find(const LinkedTable<PresentTag>& present, uint64_t tag, uint32_t hash) {
  return present.Find(hash, [tag](const PresentTag& each) { return each.tag == tag; });
}

}  // namespace

PresentTag::PresentTag(uint64_t its_tag) : tag(its_tag), hash(HashOf(its_tag)) {}

PresenceRoom::~PresenceRoom() {
  present.Clear([](PresentTag* each) { delete each; });
}

bool PresenceRoom::Enter(std::unique_ptr<PresentTag> entering) {
  PresentTag* const known = Find(present, entering->tag, entering->hash);
  if (known != nullptr) {
    ++known->mailboxes;
    return false;
  }
  present.Insert(entering.release());
  return true;
}

bool PresenceRoom::Leave(uint64_t tag) {
  PresentTag* const known = Find(present, tag, HashOf(tag));
  if (known == nullptr || --known->mailboxes != 0) return false;
  present.Remove(known);
  delete known;
  return true;
}

std::vector<uint64_t> PresenceRoom::Tags() const {
  std::vector<uint64_t> tags;
  tags.reserve(present.size());
  present.ForEach([&tags](const PresentTag* each) { tags.push_back(each->tag); });
  return tags;
}

size_t PresenceRoom::memory_bytes() const {
  const size_t watching =
      watchers.capacity() == 0 ? 0 : HeapBytes(watchers.capacity() * sizeof(void*));
  return heap_bytes() + present.size() * HeapBytes(sizeof(PresentTag)) + present.memory_bytes() +
         watching;
}

}  // namespace kontor
