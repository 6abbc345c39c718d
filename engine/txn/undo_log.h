#ifndef KONTOR_TXN_UNDO_LOG_H_
#define KONTOR_TXN_UNDO_LOG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/effect.h"
#include "keyspace/keyspace.h"

namespace kontor {

// How to take back what a transaction did to the keyspace before one of its steps failed: for each
// change its inverse effect, encoded one behind the other; for a write into a large string what it
// overwrote, so that the string is not copied. A collection that is deleted or replaced as a whole
// is itself kept, taken out of its record: it is neither copied, nor freed before this is
// destroyed, which is best done without the locks; a large one is left to LazyFree. All else needs
// the locks of the keys.
class UndoLog {
 public:
  explicit UndoLog(Keyspace* keyspace) : keyspace_(keyspace) {}
  ~UndoLog();
  UndoLog(const UndoLog&) = delete;
  UndoLog& operator=(const UndoLog&) = delete;

  // Call before the effect is applied, and Forget if it then was not. Throws std::bad_alloc:
  // Forget, too. A flush or swap of a database cannot be taken back and must not be asked for.
  void Remember(const KeyEffect& effect);
  // How much is remembered; and back to that, because what came after it was not done.
  size_t size() const { return entries_.size(); }
  void Forget(size_t size);
  // Takes everything back, last first; or what came after it was of that size.
  void Rollback() { RollBackTo(0); }
  void RollBackTo(size_t size);

 private:
  struct Entry {
    size_t begin = 0;  // of the inverse effect
    // If set, what the key's value was, and the effect only says which key, and its deadline.
    std::optional<Value> value;
    bool taken = false;  // out of the record, which is not gone yet
    // If set, the effect puts back what was overwritten in a large string of this size.
    std::optional<size_t> large_bytes;
  };
  // Whether the record loses its value with the effect, or still needs it to be changed.
  enum class Fate { kGoes, kChanges };

  void RememberKey(uint32_t database, Bytes key, Fate fate);
  void RememberInverse(const KeyEffect& inverse);
  void RememberOverwritten(const KeyEffect& effect, Bytes text);
  // False if only a copy of the whole collection can take it back.
  bool RememberInCollection(const KeyEffect& effect, const Record& record);
  KeyEffect InverseOf(const Entry& entry) const;
  void GiveBack(Entry* entry);
  void RollBack(Entry* entry);

  Keyspace* const keyspace_;
  std::string inverses_;
  std::vector<Entry> entries_;
};

}  // namespace kontor

#endif  // KONTOR_TXN_UNDO_LOG_H_
