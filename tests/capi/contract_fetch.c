/* A cache in front of a database: one computes, the others wait or get the stale value, and what
 * was computed before a delete is never stored after it. */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "check.h"

enum { LEASE_MS = 60000 };

/* What one fetch answered. */
struct fetched {
  int32_t code;
  char value[64];
  size_t length;
  uint8_t stale;
  kontor_lease* lease;
};

static struct fetched fetch(kontor_db* db, const char* key, int64_t stale_ms, int64_t lease_ms,
                            int64_t timeout_ms, kontor_waiter* waiter, kontor_error* own) {
  struct fetched got = {0};
  void* value = (void*)&got;
  got.code = kontor_fetch(db, key, strlen(key), stale_ms, lease_ms, timeout_ms, waiter, &value,
                          &got.length, &got.stale, &got.lease, own);
  if (value != NULL && got.length < sizeof got.value) memcpy(got.value, value, got.length);
  if ((value != NULL) != (got.code == KONTOR_OK)) got.code = KONTOR_INTERNAL;
  kontor_free(value);
  return got;
}

static struct fetched look(kontor_db* db, const char* key) {
  return fetch(db, key, 0, LEASE_MS, 0, NULL, error);
}

static void test_miss_fill_hit(void) {
  kontor_db* db = open_memory();
  struct fetched got = look(db, "k");
  CODE(KONTOR_NOT_FOUND, got.code);
  CHECK(got.lease != NULL && !got.stale);
  struct fetched other = look(db, "k");
  CODE(KONTOR_TIMEOUT, other.code);
  CHECK(other.lease == NULL);
  OK(kontor_lease_fill(got.lease, B("value"), 50000, error));
  int64_t ttl_ms = 0;
  OK(kontor_ttl(db, B("k"), &ttl_ms, error));
  CHECK(ttl_ms > 40000 && ttl_ms <= 50000);
  CODE(KONTOR_STALE_RECEIPT, kontor_lease_fill(got.lease, B("again"), 0, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_lease_give_up(got.lease, error));
  kontor_lease_free(got.lease);
  other = look(db, "k");
  OK(other.code);
  BYTES("value", other.value, other.length);
  CHECK(other.lease == NULL && !other.stale);
  close_and_free(db);
}

/* Long keys and values, empty ones, and values that are not text. */
static void test_any_bytes(void) {
  kontor_db* db = open_memory();
  const size_t lengths[] = {0, 1, 254, 255, 1024, 1025, 100000};
  char* bytes = malloc(100000);
  memset(bytes, 0, 100000);
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    const size_t n = lengths[i];
    void* value = NULL;
    size_t length = 0;
    kontor_lease* lease = NULL;
    CODE(KONTOR_NOT_FOUND,
         kontor_fetch(db, bytes, n, 0, LEASE_MS, 0, NULL, &value, &length, NULL, &lease, error));
    OK(kontor_lease_fill(lease, bytes, n, 0, error));
    kontor_lease_free(lease);
    OK(kontor_fetch(db, bytes, n, 0, LEASE_MS, 0, NULL, &value, &length, NULL, &lease, error));
    CHECK(lease == NULL && length == n && memcmp(value, bytes, n) == 0);
    kontor_free(value);
  }
  free(bytes);
  close_and_free(db);
}

static void test_stale_window(void) {
  kontor_db* db = open_memory();
  OK(kontor_set_with(db, B("k"), B("old"), 0, 50000, error));
  /* 50 s to live are fewer than 60 s. */
  struct fetched first = fetch(db, "k", 60000, LEASE_MS, -1, NULL, error);
  struct fetched second = fetch(db, "k", 60000, LEASE_MS, -1, NULL, error);
  OK(first.code);
  OK(second.code);
  BYTES("old", first.value, first.length);
  BYTES("old", second.value, second.length);
  CHECK(first.stale && second.stale && first.lease != NULL && second.lease == NULL);
  OK(kontor_lease_fill(first.lease, B("new"), 100000, error));
  kontor_lease_free(first.lease);
  int64_t ttl_ms = 0;
  OK(kontor_ttl(db, B("k"), &ttl_ms, error));
  CHECK(ttl_ms > 150000 && ttl_ms <= 160000); /* fresh for 100 s, and stale for 60 more */
  second = fetch(db, "k", 60000, LEASE_MS, -1, NULL, error);
  BYTES("new", second.value, second.length);
  CHECK(!second.stale && second.lease == NULL);
  close_and_free(db);
}

static void test_a_write_revokes(void) {
  kontor_db* db = open_memory();
  kontor_txn* txn = NULL;
  kontor_reply* reply = NULL;
  OK(kontor_txn_new(db, &txn, error));
  for (int way = 0; way < 5; way++) {
    struct fetched got = look(db, "k");
    CODE(KONTOR_NOT_FOUND, got.code);
    switch (way) {
      case 0: /* of a key that is not there */
        CODE(KONTOR_NOT_FOUND, kontor_delete(db, B("k"), error));
        break;
      case 1:
        OK(kontor_txn_delete(txn, B("k"), error));
        OK(kontor_txn_commit(txn, NULL, error));
        break;
      case 2:
        OK(run(db, &reply, WORDS("FLUSHALL")));
        kontor_reply_free(reply);
        break;
      case 3:
        OK(run(db, &reply, WORDS("UNLINK", "k")));
        kontor_reply_free(reply);
        break;
      default:
        OK(kontor_set(db, B("k"), B("by hand"), error));
    }
    CODE(KONTOR_STALE_RECEIPT, kontor_lease_fill(got.lease, B("old"), 0, error));
    SAYS("revoked");
    kontor_lease_free(got.lease);
  }
  CHECK(holds(db, "k", "by hand"));
  kontor_txn_free(txn);
  close_and_free(db);
}

static void test_freeing_gives_up(void) {
  kontor_db* db = open_memory();
  struct fetched got = look(db, "k");
  kontor_lease_free(got.lease);
  got = look(db, "k");
  CODE(KONTOR_NOT_FOUND, got.code);
  OK(kontor_lease_give_up(got.lease, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_lease_fill(got.lease, B("v"), 0, error));
  kontor_lease_free(got.lease);
  close_and_free(db);
}

static void test_databases_are_apart(void) {
  kontor_db* db = open_memory();
  kontor_db* other = NULL;
  OK(kontor_db_select(db, 1, &other, error));
  struct fetched here = look(db, "k");
  struct fetched there = look(other, "k");
  CODE(KONTOR_NOT_FOUND, here.code);
  CODE(KONTOR_NOT_FOUND, there.code);
  OK(kontor_lease_fill(there.lease, B("there"), 0, error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("k"), error));
  CHECK(holds(other, "k", "there"));
  kontor_lease_free(here.lease);
  kontor_lease_free(there.lease);
  close_and_free(other);
  close_and_free(db);
}

static void test_wrong_type(void) {
  kontor_db* db = open_memory();
  OK(kontor_list_push(db, B("l"), KONTOR_BACK, B("e"), NULL, error));
  CODE(KONTOR_WRONG_TYPE, look(db, "l").code);
  close_and_free(db);
}

/* One waiting fetch in a thread of its own. */
struct wait {
  kontor_db* db;
  kontor_waiter* waiter;
  int64_t timeout_ms;
  struct fetched got;
  int64_t took_ms;
  pthread_t thread;
};

static void* run_wait(void* argument) {
  struct wait* wait = argument;
  kontor_error* own = kontor_error_new();
  const int64_t begin = elapsed_ms();
  wait->got = fetch(wait->db, "k", 0, LEASE_MS, wait->timeout_ms, wait->waiter, own);
  wait->took_ms = elapsed_ms() - begin;
  kontor_error_free(own);
  return NULL;
}

static void start(struct wait* wait, kontor_db* db, int64_t timeout_ms, kontor_waiter* waiter) {
  memset(wait, 0, sizeof *wait);
  wait->db = db;
  wait->waiter = waiter;
  wait->timeout_ms = timeout_ms;
  wait->thread = start_thread(run_wait, wait);
}

static void test_who_waits_is_handed_the_value(void) {
  kontor_db* db = open_memory();
  struct fetched got = look(db, "k");
  struct wait waits[4];
  for (int i = 0; i < 4; i++) start(&waits[i], db, -1, NULL);
  sleep_ms(50);
  OK(kontor_lease_fill(got.lease, B("v"), 0, error));
  kontor_lease_free(got.lease);
  for (int i = 0; i < 4; i++) {
    pthread_join(waits[i].thread, NULL);
    OK(waits[i].got.code);
    BYTES("v", waits[i].got.value, waits[i].got.length);
    CHECK(waits[i].got.lease == NULL);
  }
  close_and_free(db);
}

static void test_a_lease_passes_on(void) {
  kontor_db* db = open_memory();
  /* Given up. */
  struct fetched got = look(db, "k");
  struct wait wait;
  start(&wait, db, -1, NULL);
  sleep_ms(50);
  kontor_lease_free(got.lease);
  pthread_join(wait.thread, NULL);
  CODE(KONTOR_NOT_FOUND, wait.got.code);
  CHECK(wait.got.lease != NULL);
  kontor_lease_free(wait.got.lease);
  /* Run out. */
  got = fetch(db, "k", 0, 100, 0, NULL, error);
  CODE(KONTOR_NOT_FOUND, got.code);
  start(&wait, db, 30000, NULL);
  pthread_join(wait.thread, NULL);
  CODE(KONTOR_NOT_FOUND, wait.got.code);
  CHECK(wait.took_ms < 20000);
  CODE(KONTOR_STALE_RECEIPT, kontor_lease_fill(got.lease, B("late"), 0, error));
  kontor_lease_free(got.lease);
  OK(kontor_lease_fill(wait.got.lease, B("in time"), 0, error));
  kontor_lease_free(wait.got.lease);
  CHECK(holds(db, "k", "in time"));
  close_and_free(db);
}

static void test_a_wait_ends(void) {
  kontor_db* db = open_memory();
  kontor_waiter* waiter = NULL;
  OK(kontor_waiter_new(&waiter, error));
  struct fetched got = look(db, "k");
  struct wait timed;
  struct wait interrupted;
  struct wait closed;
  start(&timed, db, 30, NULL);
  start(&interrupted, db, -1, waiter);
  start(&closed, db, -1, NULL);
  pthread_join(timed.thread, NULL);
  CODE(KONTOR_TIMEOUT, timed.got.code);
  CHECK(timed.took_ms >= 30);
  OK(kontor_waiter_interrupt(waiter));
  pthread_join(interrupted.thread, NULL);
  CODE(KONTOR_INTERRUPTED, interrupted.got.code);
  sleep_ms(20);
  OK(kontor_close(db, error));
  pthread_join(closed.thread, NULL);
  CODE(KONTOR_CLOSED, closed.got.code);
  CHECK(timed.got.lease == NULL && interrupted.got.lease == NULL && closed.got.lease == NULL);
  /* The lease outlives the handle, and cannot be used. */
  kontor_db_free(db);
  CODE(KONTOR_CLOSED, kontor_lease_fill(got.lease, B("v"), 0, error));
  CODE(KONTOR_CLOSED, kontor_lease_give_up(got.lease, error));
  kontor_lease_free(got.lease);
  kontor_waiter_free(waiter);
}

/* A lease of a handle that was closed is passed on to the engine's other handles. */
static void test_a_closed_handle_passes_its_leases_on(void) {
  kontor_db* db = open_memory();
  kontor_db* other = NULL;
  OK(kontor_db_select(db, 0, &other, error));
  struct fetched got = look(other, "k");
  close_and_free(other);
  CODE(KONTOR_TIMEOUT, look(db, "k").code);
  kontor_lease_free(got.lease);
  got = look(db, "k");
  CODE(KONTOR_NOT_FOUND, got.code);
  kontor_lease_free(got.lease);
  close_and_free(db);
}

static void test_a_forked_child_is_refused(void) {
  kontor_db* db = open_memory();
  struct fetched got = look(db, "k");
  const pid_t child = fork();
  if (child == 0) {
    void* value = NULL;
    size_t length = 0;
    kontor_lease* lease = NULL;
    const int refused = kontor_fetch(db, B("k"), 0, 1, 0, NULL, &value, &length, NULL, &lease,
                                     NULL) == KONTOR_FORKED &&
                        kontor_lease_fill(got.lease, B("v"), 0, NULL) == KONTOR_FORKED &&
                        kontor_lease_give_up(got.lease, NULL) == KONTOR_FORKED;
    kontor_lease_free(got.lease);
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  OK(kontor_lease_fill(got.lease, B("v"), 0, error));
  kontor_lease_free(got.lease);
  close_and_free(db);
}

static void test_a_fill_is_durable(void) {
  kontor_db* db = NULL;
  OK(open_directory("data", KONTOR_DURABILITY_SYNC, &db));
  struct fetched got = look(db, "k");
  OK(kontor_lease_fill(got.lease, B("kept"), 0, error));
  kontor_lease_free(got.lease);
  got = look(db, "not filled");
  close_and_free(db);
  kontor_lease_free(got.lease);
  OK(open_directory("data", KONTOR_DURABILITY_SYNC, &db));
  CHECK(holds(db, "k", "kept"));
  /* Leases end with the engine. */
  got = look(db, "not filled");
  CODE(KONTOR_NOT_FOUND, got.code);
  kontor_lease_free(got.lease);
  close_and_free(db);
}

int main(void) {
  check_begin(60);
  RUN(test_miss_fill_hit);
  RUN(test_any_bytes);
  RUN(test_stale_window);
  RUN(test_a_write_revokes);
  RUN(test_freeing_gives_up);
  RUN(test_databases_are_apart);
  RUN(test_wrong_type);
  RUN(test_who_waits_is_handed_the_value);
  RUN(test_a_lease_passes_on);
  RUN(test_a_wait_ends);
  RUN(test_a_closed_handle_passes_its_leases_on);
  RUN(test_a_forked_child_is_refused);
  RUN(test_a_fill_is_durable);
  return check_end();
}
