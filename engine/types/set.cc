#include "types/set.h"

#include <utility>

#include "types/number.h"

namespace kontor {

Set::Set(const Set& other) {
  if (const Table* table = other.table(); table != nullptr) {
    members_ = std::make_unique<DenseTable>(**table);
  } else if (const auto* packed = std::get_if<Packed>(&other.members_); packed != nullptr) {
    members_ = *packed;
  } else {
    members_ = std::get<IntegerSet>(other.members_);
  }
}

bool Set::Contains(Bytes member) const {
  if (const Table* table = this->table(); table != nullptr) {
    Bytes value;
    return (*table)->Find(member, &value);
  }
  if (const auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    return packed->FindUnique(PackedValue(member), 1) != packed->end();
  }
  int64_t integer = 0;
  return ParseInteger(member, &integer) && std::get<IntegerSet>(members_).Contains(integer);
}

bool Set::Add(Bytes member) {
  if (const Table* table = this->table(); table != nullptr) return (*table)->Set(member, {});
  if (auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    return AddPacked(packed, member);
  }
  auto& integers = std::get<IntegerSet>(members_);
  int64_t integer = 0;
  const bool is_integer = ParseInteger(member, &integer);
  if (is_integer && integers.Contains(integer)) return false;
  if (is_integer && integers.size() < kArrayIntegers) return integers.Insert(integer);
  if (!is_integer && integers.size() < kPackedMembers && member.size() <= kPackedBytes) {
    Packed packed = ToPacked();
    packed.Insert(packed.end(), PackedValue(member));
    members_ = std::move(packed);
    return true;
  }
  Table table = ToTable();
  table->Set(member, {});
  members_ = std::move(table);
  return true;
}

bool Set::AddPacked(Packed* packed, Bytes member) {
  if (member.size() <= kPackedBytes) {
    const PackedValue value(member);
    if (packed->FindUnique(value, 1) != packed->end()) return false;
    if (packed->size() < kPackedMembers) {
      packed->Insert(packed->end(), value);
      return true;
    }
  }
  Table table = ToTable();
  table->Set(member, {});
  members_ = std::move(table);
  return true;
}

bool Set::Remove(Bytes member) {
  if (const Table* table = this->table(); table != nullptr) return (*table)->Erase(member);
  if (auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    const Packed::Place place = packed->FindUnique(PackedValue(member), 1);
    if (place == packed->end()) return false;
    packed->Erase(place, packed->Next(place), 1);
    return true;
  }
  int64_t integer = 0;
  return ParseInteger(member, &integer) && std::get<IntegerSet>(members_).Erase(integer);
}

Element Set::at(size_t place) const {
  if (const Table* table = this->table(); table != nullptr) return Element((*table)->at(place).key);
  if (const auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    return packed->At(packed->Seek(place));
  }
  return Element(std::get<IntegerSet>(members_).at(place));
}

Packed Set::ToPacked() const {
  Packed packed;
  ForEach([&](const Element& member) { packed.Insert(packed.end(), PackedValue(member.bytes())); });
  return packed;
}

Set::Table Set::ToTable() const {
  auto table = std::make_unique<DenseTable>();
  ForEach([&](const Element& member) { table->Set(member.bytes(), {}); });
  return table;
}

size_t Set::memory_bytes() const {
  if (const Table* table = this->table(); table != nullptr) {
    return HeapBytes(sizeof(**table)) + (*table)->memory_bytes();
  }
  if (const auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    return packed->memory_bytes();
  }
  return std::get<IntegerSet>(members_).memory_bytes();
}

}  // namespace kontor
