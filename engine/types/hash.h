#ifndef KONTOR_TYPES_HASH_H_
#define KONTOR_TYPES_HASH_H_

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "types/dense_map.h"

namespace kontor {

// The hash type: fields and values. Not thread-safe; bytes returned last until the next change.
class Hash {
 public:
  struct Field {
    std::string field;
    std::string value;
    Bytes key() const { return field; }
  };

  size_t size() const { return fields_.size(); }
  // Null if there is no such field.
  const std::string* Find(Bytes field) const {
    const Field* found = fields_.Find(field, Xxh3(field));
    return found == nullptr ? nullptr : &found->value;
  }
  // True if the field is new.
  bool Set(Bytes field, Bytes value);
  // False if there was no such field.
  bool Delete(Bytes field) { return fields_.Erase(field, Xxh3(field)); }

  // For HGETALL and HRANDFIELD: place in [0, size). No order is promised.
  const Field& at(size_t place) const { return fields_.at(place); }
  // DenseMap::Scan. Begin with DenseMap<Field>::kScanStart.
  template <typename Visitor>
  uint64_t Scan(uint64_t cursor, uint64_t count, Visitor visit) const {
    return fields_.Scan(cursor, count, visit);
  }

 private:
  DenseMap<Field> fields_;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_HASH_H_
