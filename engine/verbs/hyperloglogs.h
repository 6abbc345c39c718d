#ifndef KONTOR_VERBS_HYPERLOGLOGS_H_
#define KONTOR_VERBS_HYPERLOGLOGS_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/hyperloglog.h"

namespace kontor::verbs {

// What can be done with sketches that estimate how many different elements were added to them
// (types/hyperloglog.h). A sketch is a string: kWrongType if a key holds something else, kCorrupt
// if it only looks like one; then nothing was changed. Unless it says otherwise, an absent key is a
// sketch of nothing. The locks of the keys are held by the operation, so nothing here blocks.

// Makes the key if it is absent, and keeps its deadline. True if the key was made, or its estimate
// may have changed.
Result<bool> HyperLogLogAdd(Operation& operation, Bytes key, absl::Span<const Bytes> elements);

// How many different elements, about. The estimate is kept in the sketch until that changes: only
// the first count after a change computes, and writes.
Result<uint64_t> HyperLogLogCount(Operation& operation, Bytes key);
// Of all elements together; writes nothing.
Result<uint64_t> HyperLogLogCountUnion(Operation& operation, absl::Span<const Bytes> keys);

// Adds to `target` what was added to the sources. Makes the key if it is absent, and keeps its
// deadline.
Status HyperLogLogMerge(Operation& operation, Bytes target, absl::Span<const Bytes> sources);

// --- For looking into one. The key must be there (kNotFound). ---

Result<bool> HyperLogLogIsDense(Operation& operation, Bytes key);
// True if it was sparse.
Result<bool> HyperLogLogMakeDense(Operation& operation, Bytes key);
// All registers. As in Redis, the sketch becomes dense.
Status HyperLogLogRegisters(Operation& operation, Bytes key, HyperLogLog::Registers* registers);
// The runs of one that is sparse; kInvalid if it is not.
Result<std::string> HyperLogLogDescribe(Operation& operation, Bytes key);

// Adds a million elements to sketches of its own and looks whether they count them, always the same
// ones. kInternal. Takes some 50 ms, without any lock.
Status HyperLogLogSelfTest();

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_HYPERLOGLOGS_H_
