#ifndef KONTOR_TXN_UNDO_LOG_H_
#define KONTOR_TXN_UNDO_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/effect.h"
#include "keyspace/keyspace.h"

namespace kontor {

// How to take back what a transaction did to the keyspace before one of its steps failed. A change
// inside a collection is remembered by its inverse effect, a change of a whole key by a copy of
// what was there. Needs the locks of the keys.
class UndoLog {
 public:
  explicit UndoLog(Keyspace* keyspace) : keyspace_(keyspace) {}

  // Call before the effect is applied. A flush or swap of a database cannot be taken back and must
  // not be asked for.
  void Remember(const KeyEffect& effect);
  // How much is remembered; and back to that, because what came after it was not done.
  size_t size() const { return entries_.size(); }
  void Forget(size_t size) { entries_.resize(size); }
  // Takes everything back, last first.
  void Rollback();

 private:
  struct Entry {
    // Either an inverse effect with its own bytes...
    KeyEffect effect;
    std::string key, field, value;
    // ...or, if set, what the key was: a value, or nothing.
    bool whole_key = false;
    std::optional<Value> old_value;
    int64_t deadline_unix_ms = 0;
  };

  void RememberWholeKey(uint32_t database, Bytes key);
  void RememberInverse(KeyEffectKind kind, const KeyEffect& of, Bytes field, Bytes value,
                       int64_t number);
  void RememberHash(const KeyEffect& effect, const Record& record);
  void RememberList(const KeyEffect& effect, const Record& record);

  Keyspace* const keyspace_;
  std::vector<Entry> entries_;
};

}  // namespace kontor

#endif  // KONTOR_TXN_UNDO_LOG_H_
