#include "types/hash.h"

#include <utility>

namespace kontor {

Hash::Hash(const Hash& other) : pairs_(other.pairs_) {
  if (other.rest_ == nullptr) return;
  rest_ = std::make_unique<Rest>();
  if (other.is_large()) rest_->table.emplace(*other.rest_->table);
  if (other.has_deadlines())
    rest_->deadlines = std::make_unique<SortedSet>(*other.rest_->deadlines);
}

size_t Hash::memory_bytes() const {
  size_t bytes = pairs_.memory_bytes();
  if (rest_ != nullptr) bytes += HeapBytes(sizeof *rest_);
  if (is_large()) bytes += rest_->table->memory_bytes();
  if (has_deadlines()) bytes += HeapBytes(sizeof(SortedSet)) + rest_->deadlines->memory_bytes();
  return bytes;
}

std::optional<Element> Hash::Find(Bytes field) const {
  if (is_large()) {
    Bytes value;
    if (!rest_->table->Find(field, &value)) return std::nullopt;
    return Element(value);
  }
  if (field.size() > kPackedBytes) return std::nullopt;
  const Packed::Place place = pairs_.FindUnique(PackedValue(field), 2);
  if (place == pairs_.end()) return std::nullopt;
  return pairs_.At(pairs_.Next(place));
}

bool Hash::Set(Bytes field, Bytes value) {
  if (is_large()) return rest_->table->Set(field, value);
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
  return BecomeLarge(field, value);
}

bool Hash::BecomeLarge(Bytes field, Bytes value) {
  auto rest = std::make_unique<Rest>();
  DenseTable& table = rest->table.emplace();
  ForEach([&](const Field& each) { table.Set(each.field.bytes(), each.value.bytes()); });
  const bool added = table.Set(field, value);
  if (has_deadlines()) rest->deadlines = std::move(rest_->deadlines);
  rest_ = std::move(rest);
  pairs_.Clear();
  return added;
}

bool Hash::Delete(Bytes field) {
  if (has_deadlines()) SetDeadline(field, 0);
  return DeleteField(field);
}

bool Hash::DeleteField(Bytes field) {
  if (is_large()) return rest_->table->Erase(field);
  if (field.size() > kPackedBytes) return false;
  const Packed::Place place = pairs_.FindUnique(PackedValue(field), 2);
  if (place == pairs_.end()) return false;
  pairs_.Erase(place, pairs_.Next(pairs_.Next(place)), 2);
  return true;
}

int64_t Hash::DeadlineOf(Bytes field) const {
  if (!has_deadlines()) return 0;
  return static_cast<int64_t>(rest_->deadlines->Score(field).value_or(0));
}

// A double holds every deadline exactly.
void Hash::SetDeadline(Bytes field, int64_t deadline_unix_ms) {
  if (deadline_unix_ms != 0) {
    if (has_deadlines()) {
      rest_->deadlines->Set(field, static_cast<double>(deadline_unix_ms));
      return;
    }
    auto deadlines = std::make_unique<SortedSet>();
    deadlines->Set(field, static_cast<double>(deadline_unix_ms));
    if (rest_ == nullptr) rest_ = std::make_unique<Rest>();
    rest_->deadlines = std::move(deadlines);
    return;
  }
  if (!has_deadlines()) return;
  rest_->deadlines->Erase(field);
  if (rest_->deadlines->size() == 0) DropDeadlines();
}

void Hash::DropDeadlines() {
  rest_->deadlines.reset();
  if (!is_large()) rest_.reset();
}

int64_t Hash::earliest_deadline_unix_ms() const {
  return has_deadlines() ? static_cast<int64_t>(rest_->deadlines->From(0).score()) : 0;
}

size_t Hash::CountOverdue(int64_t now_unix_ms) const {
  if (!has_deadlines()) return 0;
  return rest_->deadlines->CountBelow(static_cast<double>(now_unix_ms), /*including=*/true);
}

void Hash::DeleteEarliest(size_t count) {
  if (count == 0) return;
  ForEachEarliest(count, [this](Bytes field, int64_t /*deadline_unix_ms*/) { DeleteField(field); });
  if (count == deadlines()) {
    DropDeadlines();
  } else {
    rest_->deadlines->EraseRange(0, count);
  }
}

Hash::Field Hash::at(size_t place) const {
  return is_large() ? FieldOf(rest_->table->at(place)) : PackedAt(pairs_.Seek(2 * place));
}

}  // namespace kontor
