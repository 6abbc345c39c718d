#ifndef KONTOR_DB_RELOAD_H_
#define KONTOR_DB_RELOAD_H_

#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// Writes every value as a snapshot has it, reads it back, compares, and puts what came back in the
// place of what was there, deadlines included: one shard after the other, each under its lock, with
// memory for a second one, which no limit counts. Nobody is told, and nothing is journaled, since
// nothing has changed. kCorrupt, naming a key, if something else came back: its shard stays as it
// was. Where memory ends every key has its value, replaced already or not. Throws std::bad_alloc.
Status Reload(Core* core);

}  // namespace kontor

#endif  // KONTOR_DB_RELOAD_H_
