// What a WorkQueue does with messages that wait for others, and with those.

#include <algorithm>
#include <string>
#include <utility>

#include "broker/work_queue.h"

namespace kontor {

std::unique_ptr<MessageFamily> MakeFamily(const QueueEffect& put) {
  if (put.children == 0 && put.parent_id == 0) return nullptr;
  auto family = std::make_unique<MessageFamily>();
  family->children = put.children;
  if (put.parent_id == 0) return family;
  OwedParents one;
  const auto entry =
      one.emplace(put.id, ParentMessage{std::string(put.parent_queue), put.parent_id}).first;
  family->parent = one.extract(entry);
  return family;
}

bool WorkQueue::PlanChildrenOver(uint64_t id, uint32_t over, QueueEffect* effect) const {
  const Message* const message = FindMessage(id);
  if (closed_ || message == nullptr || message->family == nullptr) return false;
  const uint32_t children = message->family->children;
  if (children == 0) return false;
  *effect = About(QueueEffectKind::kMessageChildren, *message);
  effect->attempt = children - std::min(children, over);
  return true;
}

bool WorkQueue::WaitsForChildren(uint64_t id, int64_t now_unix_ms) const {
  const Message* const message = FindMessage(id);
  return !closed_ && message != nullptr && message->state == State::kDelayed &&
         message->time_unix_ms > now_unix_ms && message->family != nullptr &&
         message->family->children != 0;
}

// One that is ready already, by its delay, only takes note.
void WorkQueue::ApplyChildren(const QueueEffect& effect, Message* message) {
  if (message->family == nullptr || message->family->children == 0) return;
  message->family->children = effect.attempt;
  if (effect.attempt != 0 || message->state != State::kDelayed || message->overdue) return;
  Detach(message);
  BecomeReady(message);
}

void WorkQueue::OweParent(Message* message) {
  if (!IsChild(*message)) return;
  --children_;
  message_bytes_ -= BytesOf(*message);
  owed_bytes_ += OwedBytes(message->family->parent.mapped());
  owed_.insert(std::move(message->family->parent));
  message_bytes_ += BytesOf(*message);
}

void WorkQueue::ApplyOwed(const QueueEffect& effect) {
  const auto known = owed_.find(effect.id);
  if (effect.kind == QueueEffectKind::kParentTold && known != owed_.end()) {
    owed_bytes_ -= OwedBytes(known->second);
    owed_.erase(known);
  } else if (effect.kind == QueueEffectKind::kParentOwed && known == owed_.end()) {
    const ParentMessage parent{std::string(effect.parent_queue), effect.parent_id};
    owed_.emplace(effect.id, parent);
    owed_bytes_ += OwedBytes(parent);
  }
  CountMemory();
}

}  // namespace kontor
