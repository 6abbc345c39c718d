#include "types/hash.h"

#include <utility>

namespace kontor {

Hash::Hash(const Hash& other)
    : pairs_(other.pairs_),
      table_(other.table_ == nullptr ? nullptr : std::make_unique<DenseTable>(*other.table_)) {}

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
  if (table_ != nullptr) return table_->Erase(field);
  if (field.size() > kPackedBytes) return false;
  const Packed::Place place = pairs_.FindUnique(PackedValue(field), 2);
  if (place == pairs_.end()) return false;
  pairs_.Erase(place, pairs_.Next(pairs_.Next(place)), 2);
  return true;
}

Hash::Field Hash::at(size_t place) const {
  return table_ == nullptr ? PackedAt(pairs_.Seek(2 * place)) : FieldOf(table_->at(place));
}

}  // namespace kontor
