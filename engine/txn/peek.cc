#include "txn/peek.h"

namespace kontor {

Code PeekText(Core* core, uint32_t database, Bytes key, char* buffer, size_t capacity,
              size_t* length) {
  if (core->closed.load(std::memory_order_relaxed)) return Code::kAgain;
  int64_t deadline_unix_ms = 0;
  const uint64_t hash = core->keyspace.Hash(key);
  switch (core->keyspace.Peek(database, key, hash, buffer, capacity, length, &deadline_unix_ms)) {
    case Segment::Peeked::kNeedsLock:
      return Code::kAgain;
    case Segment::Peeked::kAbsent:
      return Code::kNotFound;
    case Segment::Peeked::kFound:
      break;
  }
  if (deadline_unix_ms != 0 && deadline_unix_ms <= core->clock->UnixMs()) return Code::kNotFound;
  return *length <= capacity ? Code::kOk : Code::kTooSmall;
}

}  // namespace kontor
