#ifndef KONTOR_TYPES_DENSE_MAP_H_
#define KONTOR_TYPES_DENSE_MAP_H_

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace kontor {

// A hash table whose entries lie dense in an array: a random entry is one index, and a walk from
// the high end to the low end meets every entry that was there throughout, whatever is inserted or
// erased meanwhile (an insert appends; an erase moves the last entry down into the hole). Scan and
// the choice of random fields and keys rest on that.
//
// Entry is movable and has `Bytes key() const`. Not thread-safe. Pointers to entries last until the
// next change.
template <typename Entry>
class DenseMap {
 public:
  DenseMap() : index_(0, Hash{this}, Equal{this}) {}
  DenseMap(const DenseMap&) = delete;
  DenseMap& operator=(const DenseMap&) = delete;

  size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  Entry& at(size_t place) { return slots_[place].entry; }
  const Entry& at(size_t place) const { return slots_[place].entry; }

  Entry* Find(Bytes key, uint64_t hash) {
    const auto found = index_.find(Probe{key, hash});
    return found == index_.end() ? nullptr : &slots_[*found].entry;
  }
  const Entry* Find(Bytes key, uint64_t hash) const {
    return const_cast<DenseMap*>(this)->Find(key, hash);
  }

  // The key must not be there yet.
  Entry* Insert(Entry entry, uint64_t hash) {
    const auto place = static_cast<uint32_t>(slots_.size());
    slots_.push_back(Slot{hash, std::move(entry)});
    try {
      const bool inserted = index_.insert(place).second;
      KONTOR_CHECK(inserted);
    } catch (...) {
      slots_.pop_back();
      throw;
    }
    return &slots_.back().entry;
  }

  // False if it was not there. The entry is moved to *erased unless that is null.
  bool Erase(Bytes key, uint64_t hash, Entry* erased = nullptr) {
    const auto found = index_.find(Probe{key, hash});
    if (found == index_.end()) return false;
    const uint32_t place = *found;
    auto node = index_.extract(found);
    const auto last = static_cast<uint32_t>(slots_.size() - 1);
    if (place != last) index_.erase(last);
    if (erased != nullptr) *erased = std::move(slots_[place].entry);
    if (place != last) {
      slots_[place] = std::move(slots_[last]);
      slots_.pop_back();
      index_.insert(std::move(node));  // the node it had: an erase takes no memory
    } else {
      slots_.pop_back();
    }
    return true;
  }

  // Visits up to `count` entries below the cursor, high to low; returns the next cursor, 0 when the
  // walk is over. Begin with kScanStart.
  template <typename Visitor>
  uint64_t Scan(uint64_t cursor, uint64_t count, Visitor visit) const {
    uint64_t place = std::min<uint64_t>(cursor, slots_.size());
    for (; place > 0 && count > 0; --count) visit(slots_[--place].entry);
    return place;
  }
  static constexpr uint64_t kScanStart = UINT64_MAX;

 private:
  struct Slot {
    uint64_t hash;
    Entry entry;
  };
  struct Probe {
    Bytes key;
    uint64_t hash;
  };
  struct Hash {
    using is_transparent = void;
    const DenseMap* map;
    size_t operator()(uint32_t place) const { return map->slots_[place].hash; }
    size_t operator()(const Probe& probe) const { return probe.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const DenseMap* map;
    bool operator()(uint32_t a, uint32_t b) const {
      return map->slots_[a].entry.key() == map->slots_[b].entry.key();
    }
    bool operator()(uint32_t a, const Probe& b) const {
      return map->slots_[a].hash == b.hash && map->slots_[a].entry.key() == b.key;
    }
    bool operator()(const Probe& a, uint32_t b) const { return operator()(b, a); }
  };

  std::vector<Slot> slots_;
  // Not absl's set, which is no set any more after an allocation failed.
  std::unordered_set<uint32_t, Hash, Equal> index_;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_DENSE_MAP_H_
