#ifndef KONTOR_VERBS_FETCH_H_
#define KONTOR_VERBS_FETCH_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/core.h"
#include "txn/execute.h"

namespace kontor::verbs {

// A cache in front of a database: who does not find a key is given a lease to compute its value,
// or waits for the one who has it (R. Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013);
// a value near its end is answered while one caller renews it (stale-while-revalidate, RFC 5861).
// See keyspace/lease_table.h for what becomes of a lease. Each function is an operation of its own.

struct FetchOptions {
  int64_t stale_ms = 0;  // a value with no more than this left to live is stale
  int64_t lease_ms = 0;  // a lease runs out after this
};

struct Fetched {
  bool stale = false;  // of the value that was given
  uint64_t lease = 0;  // the caller's, to be filled or given up; 0: none
};

// kTooLarge, kOutOfRange: what Fetch refuses.
Status CheckFetch(Bytes key, const FetchOptions& options);

// kStaleReceipt, in words.
Status StaleLease();

using GiveValue = absl::FunctionRef<Status(Bytes)>;

// kOk: `give` was called once, with the value, under the key's lock; if the value is stale and
// nobody renews it yet, the caller holds the lease. kNotFound: there is no value, and the caller
// holds the lease. kTimeout, kInterrupted, kClosed: another one computes it, and has not done so
// in time. kWrongType, kTooLarge, kOutOfRange, and what `give` answers. Whatever is not kOk or
// kNotFound comes without a lease. Changes nothing in the keyspace, so a read-only engine does it,
// too.
Status Fetch(Core* core, uint32_t database, Bytes key, const FetchOptions& options,
             const WaitOptions& wait, GiveValue give, Fetched* fetched);

// Sets the key by a lease, for `ttl_ms` (0: without deadline) and `stale_ms` on top of it. All who
// wait are given the value. kStaleReceipt, with nothing changed: the lease ran out or was revoked.
// kTooLarge, kOutOfRange; after a failure the lease is still held.
Status FillLease(Core* core, uint32_t database, Bytes key, uint64_t lease, Bytes value,
                 int64_t ttl_ms, int64_t stale_ms);

// Passes a lease on to the first who waits; false if the caller did not hold it any more. Cannot
// fail: it needs no memory, and works on a closed engine, too.
bool GiveUpLease(Core* core, uint32_t database, Bytes key, uint64_t lease);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_FETCH_H_
