#ifndef KONTOR_TXN_TELL_PARENTS_H_
#define KONTOR_TXN_TELL_PARENTS_H_

#include "broker/work_queue.h"
#include "txn/core.h"

namespace kontor {

// Tells the parents of a queue's children that are over, whatever queues they are in: each is ready
// once its last child is. That a child is over is journaled with its end, and that its parent knows
// in one record with what became of the parent, so that it is told once, whenever the process dies.
// Holding no lock. What finds no memory, or a journal that takes nothing any more, is told later:
// the engine's background work asks again and again.
void TellParents(Core* core, WorkQueue* queue) noexcept;

}  // namespace kontor

#endif  // KONTOR_TXN_TELL_PARENTS_H_
