#ifndef KONTOR_KEYSPACE_LEASE_TABLE_H_
#define KONTOR_KEYSPACE_LEASE_TABLE_H_

#include <cstdint>
#include <map>

#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/waiter.h"
#include "keyspace/database_key.h"

namespace kontor {

// Who computes the value of a key that a cache does not hold, and who waits for that value: the
// leases of R. Nishtala et al., "Scaling Memcache at Facebook" (NSDI 2013). One caller at a time
// holds the lease of a key, by a token, until a moment of the monotonic clock. Only the holder may
// fill the key by it, and whatever else is written to the key revokes it: what was computed before
// a delete is never stored after it.
//
// One table per shard, guarded by the shard's lock, and counted among the keys. It lives in memory
// alone: a lease ends with the process. A std::map, because it is whole after an allocation failed.
class LeaseTable {
 public:
  struct Lease {
    uint64_t token = 0;                // of the holder; 0: there is none
    int64_t until_ns = 0;              // then it runs out
    WaitList waiters;                  // for the value, or else for the lease
    const DatabaseKey* key = nullptr;  // of its place in the table

    bool HeldAt(int64_t now_ns) const { return token != 0 && now_ns < until_ns; }
  };

  // Who counts it; must outlive this.
  void set_budget(MemoryBudget* budget) { memory_.set_budget(budget); }
  bool empty() const { return leases_.empty(); }
  // Null if it is neither held nor waited for.
  Lease* Find(uint32_t database, Bytes key);
  // Throws std::bad_alloc. One that is made is to be held or waited for before the lock is
  // released.
  Lease* FindOrMake(uint32_t database, Bytes key);

  // A new holder, whoever held it before; its token.
  uint64_t Hold(Lease* lease, int64_t until_ns);
  // Nobody holds it any more, and the first who waits is told. The lease may be gone then.
  void GiveUp(Lease* lease);
  // The key was written to: nobody holds its lease any more, and all who wait look again. The lease
  // may be gone then.
  void Revoke(Lease* lease);
  void RevokeAll(uint32_t database);
  // `place` leaves the line, and who is first now looks again: only the first in line watches for
  // the end of a lease. The lease may be gone then.
  void Leave(Lease* lease, WaitPlace* place);

  void NotifyAllWaiters();

 private:
  void DropIfIdle(const Lease* lease);

  using Leases = std::map<DatabaseKey, Lease, DatabaseKeyLess>;

  Leases leases_;
  CountedMemory memory_{MemoryPurpose::kKeys};
  uint64_t last_token_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_LEASE_TABLE_H_
