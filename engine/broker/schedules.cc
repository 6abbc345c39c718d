#include "broker/schedules.h"

#include "base/heap_bytes.h"

namespace kontor {

int64_t Schedules::BytesOf(const Schedule& schedule) {
  return static_cast<int64_t>(MapNodeBytes(sizeof(std::pair<const std::string, Schedule>)) +
                              MapNodeBytes(sizeof(ByRun::value_type)) + schedule.heap_bytes());
}

const Schedule* Schedules::Find(Bytes name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

void Schedules::Set(const std::string& name, const ScheduleOptions& options, int64_t next_unix_ms) {
  // All that needs memory first.
  std::map<std::string, Schedule, std::less<>> made;
  const auto entry = made.try_emplace(name, name, options, next_unix_ms).first;
  ByRun made_run;
  made_run.emplace(next_unix_ms, &entry->second);
  Remove(name);
  heap_bytes_ += BytesOf(entry->second);
  by_name_.insert(made.extract(entry));
  by_run_.insert(made_run.extract(made_run.begin()));
}

void Schedules::SetNextRun(Bytes name, int64_t next_unix_ms) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  Schedule& schedule = found->second;
  auto node = by_run_.extract({schedule.next_unix_ms(), &schedule});
  schedule.set_next_unix_ms(next_unix_ms);
  node.value().first = next_unix_ms;
  by_run_.insert(std::move(node));
}

void Schedules::Remove(Bytes name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  heap_bytes_ -= BytesOf(found->second);
  by_run_.erase({found->second.next_unix_ms(), &found->second});
  by_name_.erase(found);
}

void Schedules::Clear() {
  by_run_.clear();
  by_name_.clear();
  heap_bytes_ = 0;
}

const Schedule* Schedules::First() const {
  if (by_run_.empty() || by_run_.begin()->first == INT64_MAX) return nullptr;
  return by_run_.begin()->second;
}

int64_t Schedules::NextDueUnixMs() const {
  return by_run_.empty() ? INT64_MAX : by_run_.begin()->first;
}

}  // namespace kontor
