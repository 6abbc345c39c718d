/* Part of kontor.h, with its conventions: a cache in front of a database, without stampedes.
 *
 * Of all who miss the same key one is given a lease to compute its value, and the others wait for
 * that value (R. Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013). Near its end a value
 * is answered as it is while one caller renews it (stale-while-revalidate, RFC 5861).
 */
/* clang-format off
 *
 *   kontor_fetch(db, key, n, 5000, 2000, 1000, NULL, &value, &length, NULL, &lease, error);
 *   if (lease != NULL) {                                  // it is for this caller to compute
 *     row = read_from_database(key);
 *     kontor_lease_fill(lease, row.bytes, row.length, 60000, error);
 *     kontor_lease_free(lease);
 *   }
 *
 *   write_to_database(key, row);                          // first the database,
 *   kontor_delete(db, key, n, error);                     // then the cache
 *
 * clang-format on */
#ifndef KONTOR_FETCH_H_
#define KONTOR_FETCH_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gets a string, or the lease to compute it.
 *
 * KONTOR_OK: the value is in *value, a copy to be given back with kontor_free (never NULL). If it
 * has no more than `stale_ms` left to live, *stale is 1, and the first caller to see that is given
 * *lease as well, to renew it; nobody waits. A value without deadline is never stale.
 * KONTOR_NOT_FOUND: there is no value, and the caller was given *lease: it computes the value and
 * fills it in, or gives the lease up.
 * KONTOR_TIMEOUT, KONTOR_INTERRUPTED: another caller computes the value, and it did not come within
 * `timeout_ms`. First come, first served: if that lease ends without a value, the one who waited
 * longest is given the next. KONTOR_WRONG_TYPE, KONTOR_OUT_OF_RANGE.
 *
 * A lease runs out after `lease_ms` (1 ms to 12 hours): choose more than the computing takes. It is
 * revoked by whatever else is written to the key: set, delete (also of a key that is not there),
 * expire (of a key that is there), rename, flush, a transaction. So whoever changes the database
 * and then deletes the key is sure that nothing computed before is stored after, and those who wait
 * begin anew. That the engine removes an expired value revokes nothing. Leases are not journaled;
 * they end with the process.
 *
 * `stale_ms` is 0 (no such window) to 366 days, and the same in all calls for a key. `waiter` and
 * `stale` may be NULL. *lease is NULL wherever it is not said to be given; it is the caller's, to
 * be freed. */
KONTOR_API int32_t kontor_fetch(kontor_db* db, const void* key, size_t key_length, int64_t stale_ms,
                                int64_t lease_ms, int64_t timeout_ms, kontor_waiter* waiter,
                                void** value, size_t* value_length, uint8_t* stale,
                                kontor_lease** lease, kontor_error* error);

/* Sets the key, which ends the lease and hands the value to all who wait. The value is fresh for
 * `ttl_ms`, and lives longer by the stale_ms of its kontor_fetch; 0: it is fresh for ever.
 * KONTOR_STALE_RECEIPT, with nothing changed: the lease ran out, was revoked, given up, or filled
 * before. (The value may still answer the request it was computed for, which began before that.)
 * KONTOR_TOO_LARGE, KONTOR_OUT_OF_RANGE. After a failure other than KONTOR_STALE_RECEIPT and
 * KONTOR_IO the lease is still held. */
KONTOR_API int32_t kontor_lease_fill(kontor_lease* lease, const void* value, size_t value_length,
                                     int64_t ttl_ms, kontor_error* error);

/* Passes the lease on at once to the one who waited longest: the value could not be computed.
 * KONTOR_STALE_RECEIPT: it was not held any more. */
KONTOR_API int32_t kontor_lease_give_up(kontor_lease* lease, kontor_error* error);

/* Gives the lease up if it is still held, also where the handle it came from was closed. */
KONTOR_API void kontor_lease_free(kontor_lease* lease);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_FETCH_H_ */
