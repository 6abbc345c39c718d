#include "keyspace/watch_table.h"

#include <iterator>

namespace kontor {

void WatchTable::Add(uint32_t database, Bytes key, KeyWatcher* watcher) {
  const auto made = watchers_.emplace(DatabaseKey(database, key), watcher);
  memory_.Add(MapEntryBytes<Watchers::value_type>(made->first));
}

void WatchTable::Remove(uint32_t database, Bytes key, KeyWatcher* watcher) {
  const auto [first, last] = watchers_.equal_range(DatabaseKeyLess::Probe(database, key));
  for (auto each = first; each != last; ++each) {
    if (each->second != watcher) continue;
    memory_.Add(-MapEntryBytes<Watchers::value_type>(each->first));
    watchers_.erase(each);
    return;
  }
}

void WatchTable::AddWide(WatchScope scope, KeyWatcher* watcher) {
  wide_.emplace_back(scope, watcher);
}

void WatchTable::RemoveWide(KeyWatcher* watcher) {
  std::erase_if(wide_, [watcher](const auto& each) { return each.second == watcher; });
}

WatchTable::Watchers::iterator WatchTable::TellOne(Watchers::iterator each, uint32_t database,
                                                   Bytes key) {
  if (each->second->KeyChanged(database, key)) return std::next(each);
  memory_.Add(-MapEntryBytes<Watchers::value_type>(each->first));
  return watchers_.erase(each);
}

void WatchTable::Tell(uint32_t database, Bytes key) {
  const auto [first, last] = watchers_.equal_range(DatabaseKeyLess::Probe(database, key));
  for (auto each = first; each != last;) each = TellOne(each, database, key);
  for (const auto& [scope, watcher] : wide_) {
    if (scope == WatchScope::kEveryKey) watcher->KeyChanged(database, key);
  }
}

void WatchTable::TellAll(uint32_t database, absl::FunctionRef<bool(Bytes key)> changes) {
  auto each = watchers_.lower_bound(DatabaseKeyLess::Probe(database, Bytes()));
  while (each != watchers_.end() && each->first.first == database) {
    // The name goes with the entry, so the entry is the last to know.
    each =
        changes(each->first.second) ? TellOne(each, database, each->first.second) : std::next(each);
  }
}

void WatchTable::TellOfFlush(uint32_t database) {
  for (const auto& [scope, watcher] : wide_) watcher->DatabaseFlushed(database);
}

}  // namespace kontor
