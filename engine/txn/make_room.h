#ifndef KONTOR_TXN_MAKE_ROOM_H_
#define KONTOR_TXN_MAKE_ROOM_H_

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "txn/core.h"
#include "txn/operation.h"

namespace kontor {

// Evicts keys until so many bytes more are within the limit, or nearly: whoever comes when it is
// only a little over pays for some victims and leaves the rest to the next. Begins with the shard
// that is going to grow. kNoMemory if there is nothing that may be evicted, or if they are more
// than the limit by themselves: then nothing is evicted for them. Takes one shard's lock at a time;
// call it without holding any. What else may be wrong (a closed engine, a journal that failed) is
// left for the caller to meet.
Status MakeRoom(Core* core, uint32_t shard, size_t bytes);
// The same where the caller has changed something already and cannot be refused any more; only if
// there is much to make up for.
void PayBack(Core* core, uint32_t shard) noexcept;
// For nobody's sake: in the background, and after recovery, for at most so long. False if it was
// not enough.
bool EvictFor(Core* core, int64_t budget_ns);

inline bool HasRoom(const Core& core, size_t bytes) {
  return core.memory.excess_bytes() + static_cast<int64_t>(bytes) <= 0;
}
// The door of everything that needs memory: one load and a comparison where there is room. `bytes`
// is what the caller knows it is going to store.
inline Status CheckRoom(Core* core, Access access, uint32_t shard, size_t bytes) {
  if (access != Access::kWrite || HasRoom(*core, bytes)) [[likely]]
    return Ok();
  return MakeRoom(core, shard, bytes);
}
// For what only shows under locks, where nothing can be evicted: refused is what has no room and
// never will, that is what exceeds the limit by itself, or what is left of it if nothing is ever
// evicted.
Status CheckRoomUnderLocks(const Core& core, size_t bytes);
// For what grows no shard.
inline Status CheckRoom(Core* core, size_t bytes) {
  return HasRoom(*core, bytes) ? Ok() : MakeRoom(core, core->NextShard(), bytes);
}

}  // namespace kontor

#endif  // KONTOR_TXN_MAKE_ROOM_H_
