#include "types/list.h"

#include <algorithm>
#include <new>

namespace kontor {
namespace {

// Neighbours that removals have left smaller than this together become one. Half of a node, so that
// they do not fall apart again with the next insert.
constexpr size_t kJoinBytes = List::kNodeBytes / 2;

}  // namespace

List::List(const List& other)
    : small_(other.small_),
      large_(other.large_ == nullptr ? nullptr : std::make_unique<Large>(*other.large_)) {
  if (large_ == nullptr) return;
  large_->node_bytes = 0;
  for (const Packed& packed : large_->nodes) large_->node_bytes += packed.memory_bytes();
}

// ---- Looking ----

void List::Iterator::Next() {
  place_ = packed_->Next(place_);
  if (place_ != packed_->end()) return;
  ++node_;
  packed_ = node_ < list_->nodes() ? &list_->node(node_) : nullptr;
  place_ = 0;
}

void List::Iterator::Previous() {
  if (place_ == 0) {
    packed_ = node_ > 0 ? &list_->node(--node_) : nullptr;
    if (packed_ == nullptr) return;
    place_ = packed_->end();
  }
  place_ = packed_->Previous(place_);
}

List::Iterator List::From(size_t index) const {
  Iterator iterator;
  if (index >= size()) return iterator;
  const Spot spot = Locate(index);
  iterator.list_ = this;
  iterator.node_ = spot.node;
  iterator.packed_ = &node(spot.node);
  iterator.place_ = spot.place;
  return iterator;
}

List::Spot List::Locate(size_t index) const {
  if (large_ == nullptr) return {0, index, small_.Seek(index)};
  const std::deque<Packed>& nodes = large_->nodes;
  auto at = nodes.begin();
  if (index <= size() / 2) {
    for (; index >= at->size(); ++at) index -= at->size();
  } else {
    size_t behind = size() - index;  // from the element to the end of the node
    for (at = nodes.end() - 1; behind > at->size(); --at) behind -= at->size();
    index = at->size() - behind;
  }
  return {static_cast<size_t>(at - nodes.begin()), index, at->Seek(index)};
}

bool List::Fits(size_t number, const PackedValue& value) const {
  const Packed& packed = node(number);
  return packed.empty() || packed.used_bytes() + value.bytes() <= kNodeBytes;
}

// ---- Nodes ----

template <typename Change>
void List::ChangeNode(size_t number, Change change) {
  Packed& packed = node(number);
  const size_t size_before = packed.size();
  const size_t bytes_before = packed.memory_bytes();
  change(&packed);
  if (large_ == nullptr) return;
  large_->size += packed.size() - size_before;
  large_->node_bytes += packed.memory_bytes() - bytes_before;
}

void List::AddNode(size_t number, const PackedValue& value) {
  Packed packed;
  packed.Insert(0, value);
  AddNode(number, std::move(packed));
}

void List::AddNode(size_t number, Packed packed) {
  if (large_ == nullptr) {
    auto large = std::make_unique<Large>();
    large->nodes.emplace_back();
    large->size = small_.size();
    large->node_bytes = small_.memory_bytes();
    large->nodes.front() = std::move(small_);
    large_ = std::move(large);
  }
  const size_t size = packed.size();
  const size_t bytes = packed.memory_bytes();
  large_->nodes.insert(large_->nodes.begin() + static_cast<ptrdiff_t>(number), std::move(packed));
  large_->size += size;
  large_->node_bytes += bytes;
}

void List::DropNode(size_t number) {
  ChangeNode(number, [](Packed* packed) { packed->Clear(); });
  if (large_ != nullptr) {
    large_->nodes.erase(large_->nodes.begin() + static_cast<ptrdiff_t>(number));
  }
}

void List::Split(const Spot& spot) {
  const Packed& whole = node(spot.node);
  const size_t count = whole.size() - spot.index;
  Packed rest;
  rest.Append(whole, spot.place, whole.end(), count);
  AddNode(spot.node + 1, std::move(rest));
  ChangeNode(spot.node, [&](Packed* packed) { packed->Erase(spot.place, packed->end(), count); });
}

bool List::Join(size_t number, size_t later, size_t most_bytes) {
  const Packed& from = node(later);
  if (node(number).used_bytes() + from.used_bytes() > most_bytes) return false;
  try {
    ChangeNode(number, [&](Packed* to) { to->Append(from, 0, from.end(), from.size()); });
  } catch (const std::bad_alloc&) {
    return false;
  }
  ChangeNode(later, [](Packed* packed) { packed->Clear(); });
  return true;
}

void List::Settle() {
  if (large_ == nullptr || large_->nodes.size() > 1) return;
  if (!large_->nodes.empty()) {
    if (large_->nodes.front().used_bytes() > kJoinBytes) return;
    small_ = std::move(large_->nodes.front());
  }
  large_ = nullptr;
}

// ---- Changes ----

void List::PushFront(Bytes value) {
  const PackedValue packed_value(value);
  if (Fits(0, packed_value)) {
    ChangeNode(0, [&](Packed* packed) { packed->Insert(0, packed_value); });
  } else {
    AddNode(0, packed_value);
  }
}

void List::PushBack(Bytes value) {
  const PackedValue packed_value(value);
  const size_t last = nodes() - 1;
  if (Fits(last, packed_value)) {
    ChangeNode(last, [&](Packed* packed) { packed->Insert(packed->end(), packed_value); });
  } else {
    AddNode(last + 1, packed_value);
  }
}

void List::PopFront(size_t count) {
  while (count > 0 && count >= node(0).size()) {
    count -= node(0).size();
    DropNode(0);
    Settle();
  }
  if (count == 0) return;
  ChangeNode(0, [&](Packed* packed) { packed->Erase(0, packed->Seek(count), count); });
  Settle();
}

void List::PopBack(size_t count) {
  while (count > 0 && count >= node(nodes() - 1).size()) {
    count -= node(nodes() - 1).size();
    DropNode(nodes() - 1);
    Settle();
  }
  if (count == 0) return;
  ChangeNode(nodes() - 1, [&](Packed* packed) {
    packed->Erase(packed->Seek(packed->size() - count), packed->end(), count);
  });
  Settle();
}

void List::Set(size_t index, Bytes value) {
  const PackedValue packed_value(value);
  const Spot spot = Locate(index);
  const Packed& packed = node(spot.node);
  const size_t others = packed.used_bytes() - (packed.Next(spot.place) - spot.place);
  if (others == 0 || others + packed_value.bytes() <= kNodeBytes) {
    ChangeNode(spot.node, [&](Packed* changed) { changed->Replace(spot.place, packed_value); });
    return;
  }
  // The value becomes a node of its own, in front of the element it replaces.
  size_t number = spot.node;
  if (spot.place != 0) {
    Split(spot);
    ++number;
  }
  AddNode(number, packed_value);
  ChangeNode(number + 1, [](Packed* changed) { changed->Erase(0, changed->Next(0), 1); });
  if (node(number + 1).empty()) DropNode(number + 1);
}

void List::Insert(size_t index, Bytes value) {
  if (index == 0) return PushFront(value);
  if (index == size()) return PushBack(value);
  const PackedValue packed_value(value);
  const Spot spot = Locate(index);
  if (Fits(spot.node, packed_value)) {
    ChangeNode(spot.node, [&](Packed* packed) { packed->Insert(spot.place, packed_value); });
  } else if (spot.place != 0) {
    Split(spot);
    AddNode(spot.node + 1, packed_value);
    if (Join(spot.node, spot.node + 1, kNodeBytes) ||
        Join(spot.node + 1, spot.node + 2, kNodeBytes)) {
      // One of them is empty now.
      DropNode(node(spot.node + 1).empty() ? spot.node + 1 : spot.node + 2);
    }
  } else if (Fits(spot.node - 1, packed_value)) {
    ChangeNode(spot.node - 1, [&](Packed* packed) { packed->Insert(packed->end(), packed_value); });
  } else {
    AddNode(spot.node, packed_value);
  }
}

void List::Erase(size_t index) {
  const Spot spot = Locate(index);
  ChangeNode(spot.node,
             [&](Packed* packed) { packed->Erase(spot.place, packed->Next(spot.place), 1); });
  const bool emptied = node(spot.node).empty();
  if (!emptied && spot.node + 1 < nodes() && Join(spot.node, spot.node + 1, kJoinBytes)) {
    DropNode(spot.node + 1);
  } else if (emptied || (spot.node > 0 && Join(spot.node - 1, spot.node, kJoinBytes))) {
    DropNode(spot.node);
  }
  Settle();
}

size_t List::Remove(Bytes value, int64_t count) {
  const PackedValue packed_value(value);
  size_t matches = 0;
  for (Iterator each = From(0); each.valid(); each.Next()) matches += each.Is(packed_value);
  const auto magnitude = static_cast<size_t>(count);
  const size_t wanted = count == 0 ? matches : count < 0 ? -magnitude : magnitude;
  const size_t erased = std::min(matches, wanted);
  if (erased == 0) return 0;
  // Of the matches, in their order, those from `first` on go.
  const size_t first = count < 0 ? matches - erased : 0;
  size_t met = 0;
  size_t kept = 0;
  for (size_t number = 0; number < nodes(); ++number) {
    ChangeNode(number, [&](Packed* packed) {
      packed->EraseIf([&](Packed::Place place) {
        if (!packed->Is(place, packed_value)) return false;
        const bool goes = met >= first && met < first + erased;
        ++met;
        return goes;
      });
    });
    if (node(number).empty()) continue;
    if (kept > 0 && Join(kept - 1, number, kJoinBytes)) continue;
    if (kept != number) node(kept) = std::move(node(number));
    ++kept;
  }
  if (large_ != nullptr) {
    large_->nodes.erase(large_->nodes.begin() + static_cast<ptrdiff_t>(kept), large_->nodes.end());
  }
  Settle();
  return erased;
}

}  // namespace kontor
