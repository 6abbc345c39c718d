#ifndef KONTOR_TXN_MAKE_ROOM_H_
#define KONTOR_TXN_MAKE_ROOM_H_

#include <cstdint>

#include "base/status.h"
#include "txn/core.h"
#include "txn/operation.h"

namespace kontor {

// Evicts keys until memory is within its limit, or nearly: whoever comes when it is only a little
// over pays for some victims and leaves the rest to the next. Begins with the shard that is going
// to grow. kNoMemory if there is nothing that may be evicted. Takes one shard's lock at a time;
// call it without holding any. What else may be wrong (a closed engine, a journal that failed) is
// left for the caller to meet.
Status MakeRoom(Core* core, uint32_t shard);
// The same where the caller has changed something already and cannot be refused any more; only if
// there is much to make up for.
void PayBack(Core* core, uint32_t shard) noexcept;
// For nobody's sake: in the background, and after recovery, for at most so long. False if it was
// not enough.
bool EvictFor(Core* core, int64_t budget_ns);

// The door of everything that needs memory: one load and a comparison where there is room.
inline Status CheckRoom(Core* core, Access access, uint32_t shard) {
  if (access != Access::kWrite || !core->memory.over()) [[likely]]
    return Ok();
  return MakeRoom(core, shard);
}
// For what grows no shard.
inline Status CheckRoom(Core* core) {
  return core->memory.over() ? MakeRoom(core, core->NextShard()) : Ok();
}

}  // namespace kontor

#endif  // KONTOR_TXN_MAKE_ROOM_H_
