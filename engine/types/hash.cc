#include "types/hash.h"

namespace kontor {

bool Hash::Set(Bytes field, Bytes value) {
  const uint64_t hash = Xxh3(field);
  if (Field* found = fields_.Find(field, hash); found != nullptr) {
    found->value.assign(value);
    return false;
  }
  fields_.Insert(Field{std::string(field), std::string(value)}, hash);
  return true;
}

}  // namespace kontor
