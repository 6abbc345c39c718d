#include "keyspace/watch_table.h"

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

void WatchTable::Tell(uint32_t database, Bytes key) {
  const auto [first, last] = watchers_.equal_range(DatabaseKeyLess::Probe(database, key));
  for (auto each = first; each != last; ++each) each->second->KeyChanged(database, key);
}

void WatchTable::TellAll(uint32_t database, absl::FunctionRef<bool(Bytes key)> changes) {
  auto each = watchers_.lower_bound(DatabaseKeyLess::Probe(database, Bytes()));
  for (; each != watchers_.end() && each->first.first == database; ++each) {
    if (changes(each->first.second)) each->second->KeyChanged(database, each->first.second);
  }
}

}  // namespace kontor
