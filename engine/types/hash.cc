#include "types/hash.h"

#include <utility>

namespace kontor {

Hash::Hash(const Hash& other)
    : pairs_(other.pairs_),
      table_(other.table_ == nullptr ? nullptr : std::make_unique<DenseTable>(*other.table_)),
      deadlines_(other.deadlines_ == nullptr ? nullptr
                                             : std::make_unique<SortedSet>(*other.deadlines_)) {}

std::optional<Element> Hash::Find(Bytes field) const {
  if (table_ != nullptr) {
    Bytes value;
    if (!table_->Find(field, &value)) return std::nullopt;
    return Element(value);
  }
  if (field.size() > kPackedBytes) return std::nullopt;
  const Packed::Place place = pairs_.FindUnique(PackedValue(field), 2);
  if (place == pairs_.end()) return std::nullopt;
  return pairs_.At(pairs_.Next(place));
}

bool Hash::Set(Bytes field, Bytes value) {
  if (table_ != nullptr) return table_->Set(field, value);
  if (field.size() <= kPackedBytes && value.size() <= kPackedBytes) {
    const PackedValue packed_field(field);
    const PackedValue packed_value(value);
    const Packed::Place place = pairs_.FindUnique(packed_field, 2);
    if (place != pairs_.end()) {
      pairs_.Replace(pairs_.Next(place), packed_value);
      return false;
    }
    if (size() < kPackedFields) {
      pairs_.Insert(place, packed_field, packed_value);
      return true;
    }
  }
  auto table = std::make_unique<DenseTable>();
  ForEach([&](const Field& each) { table->Set(each.field.bytes(), each.value.bytes()); });
  const bool added = table->Set(field, value);
  table_ = std::move(table);
  pairs_.Clear();
  return added;
}

bool Hash::Delete(Bytes field) {
  if (deadlines_ != nullptr) SetDeadline(field, 0);
  return DeleteField(field);
}

bool Hash::DeleteField(Bytes field) {
  if (table_ != nullptr) return table_->Erase(field);
  if (field.size() > kPackedBytes) return false;
  const Packed::Place place = pairs_.FindUnique(PackedValue(field), 2);
  if (place == pairs_.end()) return false;
  pairs_.Erase(place, pairs_.Next(pairs_.Next(place)), 2);
  return true;
}

int64_t Hash::DeadlineOf(Bytes field) const {
  if (deadlines_ == nullptr) return 0;
  return static_cast<int64_t>(deadlines_->Score(field).value_or(0));
}

// A double holds every deadline exactly.
void Hash::SetDeadline(Bytes field, int64_t deadline_unix_ms) {
  if (deadline_unix_ms != 0) {
    if (deadlines_ != nullptr) {
      deadlines_->Set(field, static_cast<double>(deadline_unix_ms));
      return;
    }
    auto deadlines = std::make_unique<SortedSet>();
    deadlines->Set(field, static_cast<double>(deadline_unix_ms));
    deadlines_ = std::move(deadlines);
    return;
  }
  if (deadlines_ == nullptr) return;
  deadlines_->Erase(field);
  if (deadlines_->size() == 0) deadlines_.reset();
}

int64_t Hash::earliest_deadline_unix_ms() const {
  return deadlines_ == nullptr ? 0 : static_cast<int64_t>(deadlines_->From(0).score());
}

size_t Hash::CountOverdue(int64_t now_unix_ms) const {
  if (deadlines_ == nullptr) return 0;
  return deadlines_->CountBelow(static_cast<double>(now_unix_ms), /*including=*/true);
}

void Hash::DeleteEarliest(size_t count) {
  ForEachEarliest(count, [this](Bytes field, int64_t /*deadline_unix_ms*/) { DeleteField(field); });
  if (count == deadlines()) {
    deadlines_.reset();
  } else {
    deadlines_->EraseRange(0, count);
  }
}

Hash::Field Hash::at(size_t place) const {
  return table_ == nullptr ? PackedAt(pairs_.Seek(2 * place)) : FieldOf(table_->at(place));
}

}  // namespace kontor
