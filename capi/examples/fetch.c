/* A cache in front of a database: however many miss at once, one asks the database. What was read
 * before a change is never kept after it. */
#define _POSIX_C_SOURCE 200809L

#include <kontor/kontor.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 8, STALE_MS = 5000, LEASE_MS = 2000, TTL_MS = 60000 };

static kontor_db* db;

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

/* The database: a row, and how often it was asked for. */
static _Atomic int row = 1;
static _Atomic int queries;

static int query(void) {
  const struct timespec pause = {0, 50 * 1000 * 1000};
  atomic_fetch_add(&queries, 1);
  nanosleep(&pause, NULL);
  return atomic_load(&row);
}

/* The row, from the cache or, for one caller at a time, from the database. */
static int get_row(void) {
  void* value = NULL;
  size_t length = 0;
  uint8_t stale = 0;
  kontor_lease* lease = NULL;
  const int32_t code = kontor_fetch(db, "row", 3, STALE_MS, LEASE_MS, -1, NULL, &value, &length,
                                    &stale, &lease, NULL);
  int answer = -1;
  if (lease != NULL) {
    answer = query();
    /* KONTOR_STALE_RECEIPT: the row was changed meanwhile; the answer is for this caller alone. */
    kontor_lease_fill(lease, &answer, sizeof answer, TTL_MS, NULL);
    kontor_lease_free(lease);
  } else if (code == KONTOR_OK && length == sizeof answer) {
    memcpy(&answer, value, sizeof answer);
  }
  kontor_free(value);
  return answer;
}

/* First the database, then the cache. */
static void change_row(int to) {
  atomic_store(&row, to);
  kontor_delete(db, "row", 3, NULL);
}

static void* reader(void* answer) {
  *(int*)answer = get_row();
  return NULL;
}

static void stampede(int answers[THREADS]) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    if (pthread_create(&threads[i], NULL, reader, &answers[i]) != 0) exit(1);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void change_while_one_computes(void) {
  void* value = NULL;
  size_t length = 0;
  kontor_lease* lease = NULL;
  kontor_delete(db, "row", 3, NULL);
  expect(kontor_fetch(db, "row", 3, STALE_MS, LEASE_MS, -1, NULL, &value, &length, NULL, &lease,
                      NULL) == KONTOR_NOT_FOUND,
         "there is no value: this caller has the lease to compute it");
  const int old = query();
  change_row(3);
  expect(kontor_lease_fill(lease, &old, sizeof old, TTL_MS, NULL) == KONTOR_STALE_RECEIPT,
         "what was read before the change is refused");
  kontor_lease_free(lease);
  expect(get_row() == 3, "the next one reads the new row");
}

int main(void) {
  int answers[THREADS];
  int same = 1;
  if (kontor_open(NULL, &db, NULL) != KONTOR_OK) return 1;
  stampede(answers);
  for (int i = 0; i < THREADS; i++) same = same && answers[i] == 1;
  expect(same && atomic_load(&queries) == 1, "eight miss at once, one asks the database");
  change_row(2);
  expect(get_row() == 2 && get_row() == 2 && atomic_load(&queries) == 2,
         "after a change it is asked once more");
  change_while_one_computes();
  kontor_db_free(db);
  return 0;
}
