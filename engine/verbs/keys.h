#ifndef KONTOR_VERBS_KEYS_H_
#define KONTOR_VERBS_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "keyspace/record.h"
#include "txn/operation.h"
#include "verbs/expiry.h"

namespace kontor::verbs {

// What can be done with keys, whatever they hold, and with the logical databases. The locks are
// held by the operation, so nothing here blocks. A key whose deadline has passed is not there.
// Deadlines are Unix milliseconds.

// The database of that number; kOutOfRange ("DB index is out of range").
Status CheckDatabase(int64_t index, uint32_t* database);

bool KeyExists(Operation& operation, Bytes key);
std::optional<ValueType> KeyType(Operation& operation, Bytes key);
// True if it was there.
bool KeyDelete(Operation& operation, Bytes key);
// The same without an announcement: what follows makes it anew.
bool KeyClear(Operation& operation, Bytes key);
// The key becomes what `make` makes of it, whatever it was, and that is announced as `event`; if
// `make` makes nothing the key is deleted.
void KeyStore(Operation& operation, KeyEventClass kind, Bytes event, Bytes key,
              absl::FunctionRef<void()> make);

// --- Deadlines ---

struct KeyLifetime {
  bool exists = false;
  int64_t deadline_unix_ms = 0;  // 0: none
  int64_t remaining_ms = 0;      // until then
};
KeyLifetime KeyLifetimeOf(Operation& operation, Bytes key);

// Kinds of conditions that cannot hold together are refused with kInvalid.
Status CheckExpireConditions(const ExpireConditions& conditions);
// False if there is no such key or a condition does not hold. A deadline that has passed (also 0)
// deletes the key.
bool KeyExpire(Operation& operation, Bytes key, int64_t deadline_unix_ms,
               const ExpireConditions& conditions = {});
// True if the key had a deadline and has none now.
bool KeyPersist(Operation& operation, Bytes key);

// --- Places ---

// Gives the key another name in the same database, deadline included, replacing what has that name.
// False, with nothing changed, if `only_if_absent` and the name is taken. kNotFound ("no such
// key"), kTooLarge.
Result<bool> KeyRename(Operation& operation, Bytes key, Bytes target, bool only_if_absent);
// Copies value and deadline. False if there is no such key, or if the target exists and `replace`
// is not set. kInvalid if source and target are the same, kTooLarge.
Result<bool> KeyCopy(Operation& operation, Bytes key, uint32_t target_database, Bytes target,
                     bool replace);
// Moves the key into another database, deadline included. False if there is no such key or it
// exists there. kInvalid if it is the same database.
Result<bool> KeyMove(Operation& operation, Bytes key, uint32_t target_database);

// --- The whole database: these need the locks of all shards ---

// Expired keys that were not removed yet are counted.
uint64_t KeyCount(Operation& operation);

struct KeyScanOptions {
  std::optional<Bytes> pattern = std::nullopt;  // a glob (base/glob.h)
  std::optional<Bytes> type_name =
      std::nullopt;     // as TYPE answers it, in any case; an unknown one is nobody's
  uint64_t count = 10;  // how many keys are looked at, at least 1
};
struct KeyScanResult {
  uint64_t cursor = 0;  // to go on with; 0: the walk is over
  std::vector<std::string> keys;
};
// One step of a walk that begins at 0. A key that is there from the first step to the last is
// answered at least once, whatever else changes.
KeyScanResult KeyScan(Operation& operation, uint64_t cursor, const KeyScanOptions& options);
// Every key that matches the glob.
std::vector<std::string> KeysMatching(Operation& operation, Bytes pattern);
// None if there are no keys.
std::optional<std::string> RandomKey(Operation& operation, Random* random);

void FlushDatabase(Operation& operation, uint32_t database);
void FlushAllDatabases(Operation& operation);
void SwapDatabases(Operation& operation, uint32_t first, uint32_t second);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_KEYS_H_
