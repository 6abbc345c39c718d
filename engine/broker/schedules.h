#ifndef KONTOR_BROKER_SCHEDULES_H_
#define KONTOR_BROKER_SCHEDULES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "broker/schedule.h"

namespace kontor {

// The schedules of one queue, by name and by their next runs. Not thread-safe.
class Schedules {
 public:
  Schedules() = default;
  Schedules(const Schedules&) = delete;
  Schedules& operator=(const Schedules&) = delete;

  size_t size() const { return by_name_.size(); }
  // Null if there is none.
  const Schedule* Find(Bytes name) const;
  // Makes it, or puts it in the place of the one of this name. Throws std::bad_alloc with nothing
  // changed.
  void Set(const std::string& name, const ScheduleOptions& options, int64_t next_unix_ms);
  // These do nothing where there is none of that name, and need no memory.
  void SetNextRun(Bytes name, int64_t next_unix_ms);
  void Remove(Bytes name);
  void Clear();

  // The one that runs next; null if none ever does.
  const Schedule* First() const;
  int64_t NextDueUnixMs() const;
  // By name.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [name, schedule] : by_name_) visit(schedule);
  }
  int64_t heap_bytes() const { return heap_bytes_; }

 private:
  using ByRun = std::set<std::pair<int64_t, Schedule*>>;

  static int64_t BytesOf(const Schedule& schedule);

  std::map<std::string, Schedule, std::less<>> by_name_;
  ByRun by_run_;
  int64_t heap_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_SCHEDULES_H_
