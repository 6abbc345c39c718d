/* Misuse of fetches and leases. */
#define _GNU_SOURCE
#include "misuse.h"

/* A fetch with nothing wrong but what is given. */
#define FETCH(db, key, n, stale_ms, lease_ms)                                                    \
  kontor_fetch((db), (key), (n), (stale_ms), (lease_ms), 0, NULL, &out.pointer, &out.size, NULL, \
               &out.lease, error)

static void test_fetch(void) {
  REFUSES_DB(FETCH(db, "k", 1, 0, 1000));
  REFUSES_BYTES(FETCH(live_db, bytes, length, 0, 1000));
  ANSWERS(KONTOR_INVALID, kontor_fetch(live_db, B("k"), 0, 1000, 0, NULL, NULL, &out.size, NULL,
                                       &out.lease, error));
  ANSWERS(KONTOR_INVALID, kontor_fetch(live_db, B("k"), 0, 1000, 0, NULL, &out.pointer, NULL, NULL,
                                       &out.lease, error));
  ANSWERS(KONTOR_INVALID, kontor_fetch(live_db, B("k"), 0, 1000, 0, NULL, &out.pointer, &out.size,
                                       NULL, NULL, error));
  uint8_t stale = 1;
  for (int bad = 1; bad < BAD_HANDLES - 1; bad++) {
    kontor_waiter* waiter = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_fetch(live_db, B("k"), 0, 1000, 0, waiter, &out.pointer,
                                         &out.size, &stale, &out.lease, error));
    NUMBER(0, stale);
  }
  /* After all of this nobody holds the lease. */
  ANSWERS(KONTOR_NOT_FOUND, FETCH(live_db, "k", 1, 0, 1000));
  CHECK(out.lease != NULL && out.pointer == NULL && out.size == 0);
  kontor_lease_free(out.lease);
}

static void test_times_at_the_edges(void) {
  const int64_t lease_limit_ms = INT64_C(12) * 60 * 60 * 1000;
  const int64_t stale_limit_ms = INT64_C(366) * 24 * 60 * 60 * 1000;
  OK(kontor_set(live_db, B("there"), B("v"), error));
  for (size_t i = 0; i < EDGES; i++) {
    const int64_t edge = kEdges[i];
    /* Whether or not there is a value. */
    if (edge < 1 || edge > lease_limit_ms) {
      ANSWERS(KONTOR_OUT_OF_RANGE, FETCH(live_db, "k", 1, 0, edge));
      SAYS("lease_ms is 1 to");
      ANSWERS(KONTOR_OUT_OF_RANGE, FETCH(live_db, "there", 5, 0, edge));
    }
    if (edge < 0 || edge > stale_limit_ms) {
      ANSWERS(KONTOR_OUT_OF_RANGE, FETCH(live_db, "k", 1, edge, 1000));
      SAYS("stale_ms is 0 to");
      ANSWERS(KONTOR_OUT_OF_RANGE, FETCH(live_db, "there", 5, edge, 1000));
    }
  }
  ANSWERS(KONTOR_OK, FETCH(live_db, "there", 5, stale_limit_ms, lease_limit_ms));
  kontor_free(out.pointer);
}

static void test_leases(void) {
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_lease* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_lease_fill(handle, B("v"), 0, error));
    ANSWERS(KONTOR_INVALID, kontor_lease_give_up(handle, error));
    kontor_lease_free(handle);
  }
  ANSWERS(KONTOR_NOT_FOUND, FETCH(live_db, "k", 1, 0, 60000));
  kontor_lease* lease = out.lease;
  REFUSES_BYTES(kontor_lease_fill(lease, bytes, length, 0, error));
  for (size_t i = 0; i < EDGES; i++) {
    if (kEdges[i] < 0 || kEdges[i] == INT64_MAX) {
      ANSWERS(KONTOR_OUT_OF_RANGE, kontor_lease_fill(lease, B("v"), kEdges[i], error));
    }
  }
  /* A refused fill leaves the lease as it was. */
  ANSWERS(KONTOR_OK, kontor_lease_fill(lease, NULL, 0, 0, error));
  ANSWERS(KONTOR_STALE_RECEIPT, kontor_lease_fill(lease, B("v"), 0, error));
  ANSWERS(KONTOR_STALE_RECEIPT, kontor_lease_give_up(lease, error));
  CHECK(holds(live_db, "k", ""));
  kontor_lease_free(lease);
  kontor_lease_free(NULL);
}

int main(void) {
  misuse_begin();
  RUN(test_fetch);
  RUN(test_times_at_the_edges);
  RUN(test_leases);
  return misuse_end();
}
