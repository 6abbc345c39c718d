#include "txn/tell_parents.h"

#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "txn/lock_set.h"

namespace kontor {
namespace {

// Under one lock, so that no queue is held for long.
constexpr size_t kMostAtOnce = 1000;

struct Plan {
  std::vector<QueueEffect> of_parents;
  std::vector<QueueEffect> of_children;
};

// Of the children whose parents are in `parents`, which is null if there is no such queue any more.
Plan PlanTelling(WorkQueue* children, const std::string& parent_queue, WorkQueue* parents) {
  children->mutex()->AssertHeld();
  Plan plan;
  std::map<uint64_t, uint32_t> over;
  for (const auto& [child, parent] : children->owed_parents()) {
    if (parent.queue != parent_queue) continue;
    plan.of_children.push_back(
        {.kind = QueueEffectKind::kParentTold, .queue = children->name(), .id = child});
    ++over[parent.id];
    if (plan.of_children.size() == kMostAtOnce) break;
  }
  if (parents == nullptr) return plan;
  parents->mutex()->AssertHeld();
  for (const auto& [id, count] : over) {
    QueueEffect effect{};
    if (parents->PlanChildrenOver(id, count, &effect)) plan.of_parents.push_back(effect);
  }
  return plan;
}

void Encode(WorkQueue* queue, const std::vector<QueueEffect>& effects, std::string* record) {
  queue->mutex()->AssertHeld();
  if (queue->options().durable == 0) return;
  for (const QueueEffect& effect : effects) EncodeEffect(effect, record);
}

// None of these effects needs memory.
void Apply(WorkQueue* queue, const std::vector<QueueEffect>& effects) {
  queue->mutex()->AssertHeld();
  for (const QueueEffect& effect : effects) queue->Apply(effect);
}

// Whose parents are told next; empty: nobody's.
std::string NextParents(WorkQueue* queue) {
  const MutexLock lock(queue->mutex());
  if (queue->closed() || queue->owed_parents().empty()) return {};
  return queue->owed_parents().begin()->second.queue;
}

// Those whose parents are in one queue. False: there is nothing more to be done.
bool TellSome(Core* core, WorkQueue* queue) {
  const std::string parent_queue = NextParents(queue);
  if (parent_queue.empty()) return false;
  const std::shared_ptr<WorkQueue> children = core->queues.Find(queue->name());
  const std::shared_ptr<WorkQueue> parents = core->queues.Find(parent_queue);
  if (children.get() != queue) return false;  // deleted, and another one made
  std::vector<std::shared_ptr<WorkQueue>> both = {children};
  if (parents != nullptr) both.push_back(parents);
  const QueueLocks locks(std::move(both));
  children->mutex()->AssertHeld();
  if (children->closed()) return false;
  const Plan plan = PlanTelling(children.get(), parent_queue, parents.get());
  std::string record;
  if (parents != nullptr) Encode(parents.get(), plan.of_parents, &record);
  Encode(children.get(), plan.of_children, &record);
  if (parents != nullptr) Apply(parents.get(), plan.of_parents);
  Apply(children.get(), plan.of_children);
  if (core->journal != nullptr && !record.empty()) core->journal->Append(record);
  return true;
}

}  // namespace

void TellParents(Core* core, WorkQueue* queue) noexcept {
  try {
    if (core->journal != nullptr && !core->journal->CheckWritable().ok()) return;
    while (TellSome(core, queue)) {
    }
  } catch (const std::bad_alloc&) {
    // As promised: later.
  }
}

}  // namespace kontor
