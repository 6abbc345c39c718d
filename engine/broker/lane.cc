#include "broker/lane.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace kontor {
namespace {

uint32_t MostUrgent(uint32_t occupied) {
  return 31u - static_cast<uint32_t>(std::countl_zero(occupied));
}

bool RemoveFrom(std::deque<uint64_t>* line, uint64_t id) {
  if (line->empty()) return false;
  if (line->front() == id) {
    line->pop_front();
    return true;
  }
  if (line->back() == id) {
    line->pop_back();
    return true;
  }
  const auto found = std::find(line->begin(), line->end(), id);
  if (found == line->end()) return false;
  line->erase(found);
  return true;
}

}  // namespace

ReadyLane::Level& ReadyLane::LevelForPush(uint32_t priority) {
  KONTOR_CHECK(priority < limits::kPriorities);
  if (levels_[priority] == nullptr) levels_[priority] = std::make_unique<Level>();
  return *levels_[priority];
}

void ReadyLane::Gave(uint32_t priority) {
  occupied_ |= uint32_t{1} << priority;
  ++size_;
}

void ReadyLane::Took(uint32_t priority) {
  --size_;
  if (levels_[priority]->empty()) occupied_ &= ~(uint32_t{1} << priority);
}

void ReadyLane::PushFresh(uint32_t priority, uint64_t id) {
  LevelForPush(priority).fresh.push_back(id);
  Gave(priority);
}

void ReadyLane::PushReturned(uint32_t priority, uint64_t id) {
  LevelForPush(priority).returned.push_back(id);
  Gave(priority);
}

bool ReadyLane::Peek(uint64_t* id) const {
  if (occupied_ == 0) return false;
  const Level& level = *levels_[MostUrgent(occupied_)];
  *id = level.returned.empty() ? level.fresh.front() : level.returned.front();
  return true;
}

bool ReadyLane::Pop(uint64_t* id) {
  if (!Peek(id)) return false;
  const uint32_t priority = MostUrgent(occupied_);
  Level& level = *levels_[priority];
  (level.returned.empty() ? level.fresh : level.returned).pop_front();
  Took(priority);
  return true;
}

bool ReadyLane::Remove(uint32_t priority, uint64_t id) {
  KONTOR_CHECK(priority < limits::kPriorities);
  Level* level = levels_[priority].get();
  if (level == nullptr) return false;
  // The ends of both lines first, so that a long line is searched only if it must be.
  if (!level->fresh.empty() && (level->fresh.front() == id || level->fresh.back() == id)) {
    RemoveFrom(&level->fresh, id);
  } else if (!RemoveFrom(&level->returned, id) && !RemoveFrom(&level->fresh, id)) {
    return false;
  }
  Took(priority);
  return true;
}

void ReadyLane::Clear() {
  for (std::unique_ptr<Level>& level : levels_) level.reset();
  occupied_ = 0;
  size_ = 0;
}

void ReadyLane::ForEachReturned(absl::FunctionRef<void(uint64_t id)> visit) const {
  for (uint32_t left = occupied_; left != 0; left &= ~(uint32_t{1} << MostUrgent(left))) {
    for (const uint64_t id : levels_[MostUrgent(left)]->returned) visit(id);
  }
}

void ReadyLane::ForEachFresh(absl::FunctionRef<void(uint64_t id)> visit) const {
  for (uint32_t left = occupied_; left != 0; left &= ~(uint32_t{1} << MostUrgent(left))) {
    for (const uint64_t id : levels_[MostUrgent(left)]->fresh) visit(id);
  }
}

}  // namespace kontor
