#include "keyspace/lease_table.h"

#include "base/heap_bytes.h"

namespace kontor {

LeaseTable::Lease* LeaseTable::Find(uint32_t database, Bytes key) {
  if (leases_.empty()) return nullptr;
  const auto found = leases_.find(DatabaseKeyLess::Probe(database, key));
  return found == leases_.end() ? nullptr : &found->second;
}

LeaseTable::Lease* LeaseTable::FindOrMake(uint32_t database, Bytes key) {
  if (Lease* const found = Find(database, key); found != nullptr) return found;
  const auto made = leases_.try_emplace(DatabaseKey(database, key)).first;
  made->second.key = &made->first;
  memory_.Add(MapEntryBytes<Leases::value_type>(made->first));
  return &made->second;
}

uint64_t LeaseTable::Hold(Lease* lease, int64_t until_ns) {
  lease->token = ++last_token_;
  lease->until_ns = until_ns;
  return lease->token;
}

void LeaseTable::GiveUp(Lease* lease) {
  lease->token = 0;
  lease->waiters.NotifyFirst();
  DropIfIdle(lease);
}

void LeaseTable::Revoke(Lease* lease) {
  lease->token = 0;
  lease->waiters.NotifyAll();
  DropIfIdle(lease);
}

void LeaseTable::RevokeAll(uint32_t database) {
  auto next = leases_.lower_bound(DatabaseKeyLess::Probe(database, Bytes()));
  while (next != leases_.end() && next->first.first == database) Revoke(&(next++)->second);
}

void LeaseTable::Leave(Lease* lease, WaitPlace* place) {
  lease->waiters.Remove(place);
  lease->waiters.NotifyFirst();
  DropIfIdle(lease);
}

void LeaseTable::NotifyAllWaiters() {
  for (auto& [key, lease] : leases_) lease.waiters.NotifyAll();
}

void LeaseTable::DropIfIdle(const Lease* lease) {
  if (lease->token != 0 || !lease->waiters.empty()) return;
  memory_.Add(-MapEntryBytes<Leases::value_type>(*lease->key));
  leases_.erase(leases_.find(*lease->key));
}

}  // namespace kontor
