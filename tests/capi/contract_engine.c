/* Engines: opening, sharing, locking, closing, forking, recovering. */
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "check.h"

extern char** environ;
static const char* own_program;

static void test_memory_engines_are_separate(void) {
  kontor_db* one = open_memory();
  kontor_db* two = open_memory();
  OK(kontor_set(one, B("k"), B("v"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(two, B("k"), error));
  close_and_free(one);
  close_and_free(two);
}

static kontor_db* open_named(const char* name) {
  kontor_options* options = NULL;
  kontor_db* db = NULL;
  OK(kontor_options_new(&options, error));
  OK(kontor_options_set_name(options, name, strlen(name), error));
  OK(kontor_open(options, &db, error));
  kontor_options_free(options);
  return db;
}

static void test_same_name_same_engine(void) {
  kontor_db* one = open_named("shared");
  kontor_db* two = open_named("shared");
  kontor_db* three = open_named("else");
  OK(kontor_set(one, B("k"), B("v"), error));
  CHECK(holds(two, "k", "v"));
  CODE(KONTOR_NOT_FOUND, kontor_exists(three, B("k"), error));
  close_and_free(one);
  CHECK(holds(two, "k", "v")); /* the engine lives until its last handle is closed */
  close_and_free(two);
  two = open_named("shared");
  CODE(KONTOR_NOT_FOUND, kontor_exists(two, B("k"), error));
  close_and_free(two);
  close_and_free(three);
}

static void test_same_directory_same_engine(void) {
  kontor_db *one = NULL, *two = NULL, *three = NULL;
  OK(open_directory("same", KONTOR_DURABILITY_ASYNC, &one));
  OK(open_directory("./same", KONTOR_DURABILITY_SYNC, &two)); /* whatever else the options say */
  CHECK(symlink("same", "alias") == 0);
  OK(open_directory("alias/", KONTOR_DURABILITY_ASYNC, &three));
  OK(kontor_set(one, B("k"), B("v"), error));
  CHECK(holds(two, "k", "v"));
  CHECK(holds(three, "k", "v"));
  close_and_free(one);
  close_and_free(two);
  CHECK(holds(three, "k", "v"));
  close_and_free(three);
}

static void test_select(void) {
  kontor_db* db = open_memory();
  kontor_db* fifteen = NULL;
  OK(kontor_db_select(db, 15, &fifteen, error));
  OK(kontor_set(fifteen, B("k"), B("in 15"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("k"), error));
  int64_t keys = -1;
  OK(kontor_db_figure(fifteen, KONTOR_FIGURE_KEYS, &keys, error));
  NUMBER(1, keys);
  OK(kontor_db_figure(db, KONTOR_FIGURE_KEYS, &keys, error));
  NUMBER(0, keys);
  close_and_free(db);
  CHECK(holds(fifteen, "k", "in 15")); /* a handle like any other */
  close_and_free(fifteen);
}

static void test_closed_handles(void) {
  kontor_db* db = open_memory();
  kontor_db* other = NULL;
  OK(kontor_db_select(db, 0, &other, error));
  OK(kontor_close(db, error));
  CODE(KONTOR_CLOSED, kontor_close(db, error));
  CODE(KONTOR_CLOSED, kontor_set(db, B("k"), B("v"), error));
  CHECK(kontor_error_message(error)[0] != '\0');
  OK(kontor_set(other, B("k"), B("v"), error)); /* only this handle was closed */
  kontor_db_free(db);
  kontor_db_free(other); /* closes it, too */
}

static void test_everything_comes_back(void) {
  const uint32_t durabilities[] = {KONTOR_DURABILITY_ASYNC, KONTOR_DURABILITY_SYNC};
  const char* const paths[] = {"async", "sync"};
  for (int i = 0; i < 2; i++) {
    kontor_db* db = NULL;
    OK(open_directory(paths[i], durabilities[i], &db));
    OK(kontor_set(db, B("string"), B("v"), error));
    OK(kontor_set_with(db, B("mortal"), B("v"), 0, 3600000, error));
    OK(kontor_set_with(db, B("dying"), B("v"), 0, 30, error));
    OK(kontor_hash_set(db, B("hash"), B("f"), B("v"), error));
    OK(kontor_list_push(db, B("list"), KONTOR_BACK, B("a"), NULL, error));
    kontor_queue* queue = open_queue(db, "jobs", NULL);
    OK(kontor_queue_enqueue(queue, B("job"), 3, 0, NULL, error));
    kontor_queue_free(queue);
    if (i == 1) OK(kontor_snapshot(db, error));
    OK(kontor_set(db, B("string"), B("w"), error)); /* past the snapshot */
    OK(kontor_sync(db, error));
    close_and_free(db);
    sleep_ms(40);
    OK(open_directory(paths[i], durabilities[i], &db));
    CHECK(holds(db, "string", "w"));
    int64_t ttl_ms = 0;
    OK(kontor_ttl(db, B("mortal"), &ttl_ms, error));
    CHECK(ttl_ms > 3500000 && ttl_ms <= 3600000);
    CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("dying"), error));
    uint64_t length = 0;
    OK(kontor_hash_length(db, B("hash"), &length, error));
    NUMBER(1, length);
    OK(kontor_list_length(db, B("list"), &length, error));
    NUMBER(1, length);
    queue = open_queue(db, "jobs", NULL);
    kontor_message* message = take(queue);
    NUMBER(3, kontor_message_priority(message));
    kontor_message_free(message);
    kontor_queue_free(queue);
    close_and_free(db);
  }
}

static int64_t figure_of(kontor_db* db, uint32_t figure) {
  int64_t value = -1;
  OK(kontor_db_figure(db, figure, &value, error));
  return value;
}

static void test_hits_and_misses(void) {
  kontor_db* db = open_memory();
  char buffer[4096];
  size_t length = 0;
  static char large[2000];
  OK(kontor_set(db, B("short"), B("v"), error));
  OK(kontor_set(db, B("large"), large, sizeof large, error));
  NUMBER(0, figure_of(db, KONTOR_FIGURE_HITS) + figure_of(db, KONTOR_FIGURE_MISSES));
  OK(kontor_get(db, B("short"), buffer, sizeof buffer, &length, error));
  OK(kontor_get(db, B("large"), buffer, sizeof buffer, &length, error));
  OK(kontor_exists(db, B("short"), error));
  NUMBER(3, figure_of(db, KONTOR_FIGURE_HITS));
  NUMBER(0, figure_of(db, KONTOR_FIGURE_MISSES));
  CODE(KONTOR_NOT_FOUND, kontor_get(db, B("absent"), buffer, sizeof buffer, &length, NULL));
  NUMBER(1, figure_of(db, KONTOR_FIGURE_MISSES));
  CODE(KONTOR_NOT_FOUND, kontor_get(db, B("absent"), buffer, sizeof buffer, &length, error));
  NUMBER(2, figure_of(db, KONTOR_FIGURE_MISSES));
  CODE(KONTOR_TOO_SMALL, kontor_get(db, B("short"), buffer, 0, &length, error));
  NUMBER(4, figure_of(db, KONTOR_FIGURE_HITS));
  /* A large string is read under locks. */
  const kontor_bytes large_too[] = {{"large", 5}, {"short", 5}, {"absent", 6}};
  kontor_bytes found[3];
  OK(kontor_mget(db, large_too, 3, buffer, sizeof buffer, found, NULL, error));
  NUMBER(6, figure_of(db, KONTOR_FIGURE_HITS));
  NUMBER(3, figure_of(db, KONTOR_FIGURE_MISSES));
  const kontor_bytes keys[] = {{"short", 5}, {"absent", 6}, {"none", 4}};
  kontor_bytes values[3];
  OK(kontor_mget(db, keys, 3, buffer, sizeof buffer, values, NULL, error));
  NUMBER(7, figure_of(db, KONTOR_FIGURE_HITS));
  NUMBER(5, figure_of(db, KONTOR_FIGURE_MISSES));
  close_and_free(db);
}

static void test_memory_by_purpose(void) {
  kontor_db* db = open_memory();
  kontor_queue* queue = NULL;
  static char large[100000];
  OK(kontor_set(db, B("short"), B("v"), error));
  NUMBER(0, figure_of(db, KONTOR_FIGURE_MEMORY_LARGE_STRINGS_BYTES));
  OK(kontor_set(db, B("large"), large, sizeof large, error));
  OK(kontor_hash_set(db, B("hash"), B("field"), B("value"), error));
  OK(kontor_queue_open(db, B("q"), NULL, &queue, error));
  OK(kontor_queue_enqueue(queue, large, sizeof large, 0, 0, NULL, error));
  CHECK(figure_of(db, KONTOR_FIGURE_MEMORY_KEYS_BYTES) > 0);
  CHECK(figure_of(db, KONTOR_FIGURE_MEMORY_LARGE_STRINGS_BYTES) >= (int64_t)sizeof large);
  CHECK(figure_of(db, KONTOR_FIGURE_MEMORY_COLLECTIONS_BYTES) > 0);
  CHECK(figure_of(db, KONTOR_FIGURE_MEMORY_QUEUES_BYTES) >= (int64_t)sizeof large);
  int64_t sum = 0;
  for (uint32_t figure = KONTOR_FIGURE_MEMORY_KEYS_BYTES;
       figure <= KONTOR_FIGURE_MEMORY_SNAPSHOTS_BYTES; figure++) {
    sum += figure_of(db, figure);
  }
  NUMBER(sum, figure_of(db, KONTOR_FIGURE_MEMORY_BYTES));
  int64_t value = 0;
  CODE(KONTOR_UNSUPPORTED,
       kontor_db_figure(db, KONTOR_FIGURE_MEMORY_SNAPSHOTS_BYTES + 1, &value, error));
  kontor_queue_free(queue);
  close_and_free(db);
}

static void test_figures(void) {
  kontor_db* db = NULL;
  int64_t value = -1;
  OK(open_directory("figures", KONTOR_DURABILITY_ASYNC, &db));
  OK(kontor_set(db, B("k"), B("v"), error));
  OK(kontor_sync(db, error));
  OK(kontor_db_figure(db, KONTOR_FIGURE_JOURNAL_BYTES, &value, error));
  CHECK(value > 0);
  OK(kontor_db_figure(db, KONTOR_FIGURE_SNAPSHOTS, &value, error));
  NUMBER(0, value);
  OK(kontor_snapshot(db, error));
  OK(kontor_db_figure(db, KONTOR_FIGURE_SNAPSHOTS, &value, error));
  NUMBER(1, value);
  OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_RECORDS, &value, error));
  NUMBER(0, value);
  OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_TORN_BYTES, &value, error));
  NUMBER(0, value);
  OK(kontor_set_with(db, B("dying"), B("v"), 0, 10, error));
  sleep_ms(30);
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("dying"), error));
  /* A read hides the key at once; it is removed, and counted, in the background. */
  for (int i = 0; i < 200; i++) {
    OK(kontor_db_figure(db, KONTOR_FIGURE_EXPIRED_KEYS, &value, error));
    if (value == 1) break;
    sleep_ms(20);
  }
  NUMBER(1, value);
  close_and_free(db);
}

/* Starts this program again in another role; its exit code. */
static int run_role(const char* role, const char* path) {
  char* const arguments[] = {(char*)own_program, (char*)role, (char*)path, NULL};
  pid_t child = 0;
  int status = -1;
  if (posix_spawn(&child, own_program, NULL, NULL, arguments, environ) != 0) return -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The second process: what it is told must name its parent. */
static int role_locked(const char* path) {
  kontor_db* db = NULL;
  char pid[32];
  snprintf(pid, sizeof pid, "%ld", (long)getppid());
  CODE(KONTOR_LOCKED, open_directory(path, KONTOR_DURABILITY_ASYNC, &db));
  CHECK(db == NULL);
  CHECK(strstr(kontor_error_message(error), pid) != NULL);
  NUMBER(1, kontor_error_retryable(error));
  return check_end();
}

static int role_opens(const char* path) {
  kontor_db* db = NULL;
  OK(open_directory(path, KONTOR_DURABILITY_ASYNC, &db));
  CHECK(holds(db, "k", "v"));
  if (db != NULL) close_and_free(db);
  return check_end();
}

static void test_locked_by_another_process(void) {
  kontor_db* db = NULL;
  OK(open_directory("locked", KONTOR_DURABILITY_ASYNC, &db));
  OK(kontor_set(db, B("k"), B("v"), error));
  NUMBER(0, run_role("locked", "locked"));
  CHECK(holds(db, "k", "v"));
  close_and_free(db);
  NUMBER(0, run_role("opens", "locked"));
}

/* Writes with SYNC and dies without closing: what was answered must be there. */
static int role_dies(const char* path) {
  kontor_db* db = NULL;
  OK(open_directory(path, KONTOR_DURABILITY_SYNC, &db));
  OK(kontor_set(db, B("k"), B("v"), error));
  _exit(check_failures == 0 ? 0 : 1);
}

static void test_sync_survives_a_death(void) {
  NUMBER(0, run_role("dies", "death"));
  kontor_db* db = NULL;
  int64_t records = 0;
  OK(open_directory("death", KONTOR_DURABILITY_SYNC, &db));
  CHECK(holds(db, "k", "v"));
  OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_RECORDS, &records, error));
  NUMBER(1, records);
  close_and_free(db);
}

/* In the forked child: every kind of handle refuses. */
static int forked_child(kontor_db* db, kontor_queue* queue, kontor_mailbox* mailbox,
                        kontor_txn* txn, kontor_session* session) {
  char buffer[16];
  size_t count = 0;
  uint64_t pending = 0;
  kontor_message* message = NULL;
  kontor_delivery* delivery = NULL;
  kontor_db* again = NULL;
  CODE(KONTOR_FORKED, kontor_set(db, B("k"), B("child"), error));
  CHECK(kontor_error_message(error)[0] != '\0');
  CODE(KONTOR_FORKED, kontor_get(db, B("k"), buffer, sizeof buffer, &count, error));
  CODE(KONTOR_FORKED, kontor_sync(db, error));
  CODE(KONTOR_FORKED, kontor_queue_enqueue(queue, B("b"), 0, 0, NULL, error));
  CODE(KONTOR_FORKED, kontor_queue_take(queue, 0, -1, NULL, &message, 1, &count, error));
  CODE(KONTOR_FORKED, kontor_mailbox_next(mailbox, -1, NULL, &delivery, error));
  CODE(KONTOR_FORKED, kontor_mailbox_counts(mailbox, &pending, NULL, error));
  CODE(KONTOR_FORKED, kontor_txn_commit(txn, NULL, error));
  CODE(KONTOR_FORKED, kontor_session_write(session, B("PING\r\n"), error));
  CODE(KONTOR_FORKED, kontor_close(db, error));
  /* The directory is the parent's. */
  const int32_t code = open_directory("forked", KONTOR_DURABILITY_ASYNC, &again);
  CHECK(code == KONTOR_FORKED || code == KONTOR_LOCKED);
  kontor_txn_free(txn);
  kontor_session_free(session);
  kontor_mailbox_free(mailbox);
  kontor_queue_free(queue);
  kontor_db_free(db);
  return check_failures == 0 ? 0 : 1;
}

static void test_forked(void) {
  kontor_db* db = NULL;
  OK(open_directory("forked", KONTOR_DURABILITY_ASYNC, &db));
  OK(kontor_set(db, B("k"), B("v"), error));
  kontor_queue* queue = open_queue(db, "q", NULL);
  kontor_mailbox* mailbox = NULL;
  kontor_txn* txn = NULL;
  kontor_session* session = NULL;
  OK(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  OK(kontor_txn_new(db, &txn, error));
  OK(kontor_txn_set(txn, B("k"), B("from the transaction"), 0, error));
  OK(kontor_session_new(db, &session, error));
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) check_failures = 0;
  if (child == 0) _exit(forked_child(db, queue, mailbox, txn, session));
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  NUMBER(0, status);
  /* The parent goes on as if nothing had been. */
  CHECK(holds(db, "k", "v"));
  OK(kontor_txn_commit(txn, NULL, error));
  kontor_session_free(session);
  kontor_txn_free(txn);
  kontor_mailbox_free(mailbox);
  kontor_queue_free(queue);
  close_and_free(db);
  OK(open_directory("forked", KONTOR_DURABILITY_ASYNC, &db));
  CHECK(holds(db, "k", "from the transaction"));
  close_and_free(db);
}

/* Sets keys of 1000 bytes until one is refused, at most `most`; how many were set. */
static int fill(kontor_db* db, const char* prefix, int most) {
  static char value[1000];
  for (int i = 0; i < most; i++) {
    char key[32];
    const int length = snprintf(key, sizeof(key), "%s%d", prefix, i);
    if (kontor_set(db, key, (size_t)length, value, sizeof(value), error) != KONTOR_OK) return i;
  }
  return most;
}

static void test_memory_limit(void) {
  enum { LIMIT = 8 << 20, MOST = 50000 };
  kontor_options* options = NULL;
  kontor_db* db = NULL;
  kontor_queue* queue = NULL;
  kontor_mailbox* mailbox = NULL;
  int64_t value = 0;
  OK(kontor_options_new(&options, error));
  OK(kontor_options_set_number(options, KONTOR_OPTION_MEMORY_LIMIT_BYTES, LIMIT, error));
  OK(kontor_open(options, &db, error));
  kontor_options_free(options);
  OK(kontor_db_figure(db, KONTOR_FIGURE_MEMORY_LIMIT_BYTES, &value, error));
  CHECK(value == LIMIT);
  OK(kontor_queue_open(db, B("q"), NULL, &queue, error));
  OK(kontor_queue_enqueue(queue, B("m"), 0, 0, NULL, error));
  OK(kontor_mailbox_new(db, 10, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error));

  const int set = fill(db, "k", MOST);
  CHECK(set > 4000 && set < MOST);
  CODE(KONTOR_NO_MEMORY, kontor_set(db, B("more"), B("v"), error));
  CHECK(strstr(kontor_error_message(error), "maxmemory") != NULL);
  CODE(KONTOR_NO_MEMORY, kontor_list_push(db, B("l"), KONTOR_BACK, B("e"), NULL, error));
  CODE(KONTOR_NO_MEMORY, kontor_queue_enqueue(queue, B("m"), 0, 0, NULL, error));
  CODE(KONTOR_NO_MEMORY, kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("c"), 1, error));
  CODE(KONTOR_NO_MEMORY, kontor_publish(db, B("c"), B("m"), NULL, NULL, error));
  kontor_message* message = NULL;
  size_t taken = 0;
  OK(kontor_queue_take(queue, 0, 0, NULL, &message, 1, &taken, error));
  OK(kontor_queue_acknowledge(queue, kontor_message_receipt(message), error));
  kontor_message_free(message);
  OK(kontor_delete(db, B("k0"), error));
  OK(kontor_db_figure(db, KONTOR_FIGURE_EVICTED_KEYS, &value, error));
  CHECK(value == 0);

  OK(kontor_db_set_number(db, KONTOR_OPTION_EVICTION, KONTOR_EVICT_ALLKEYS_LRU, error));
  CHECK(fill(db, "x", MOST) == MOST);
  OK(kontor_db_figure(db, KONTOR_FIGURE_EVICTED_KEYS, &value, error));
  CHECK(value > MOST / 2);
  OK(kontor_db_figure(db, KONTOR_FIGURE_MEMORY_BYTES, &value, error));
  CHECK(value < LIMIT + LIMIT / 20);

  OK(kontor_db_set_number(db, KONTOR_OPTION_EVICTION, KONTOR_EVICT_NONE, error));
  OK(kontor_db_set_number(db, KONTOR_OPTION_MEMORY_LIMIT_BYTES, 0, error));
  CHECK(fill(db, "y", MOST) == MOST);
  OK(kontor_db_figure(db, KONTOR_FIGURE_MEMORY_BYTES, &value, error));
  CHECK(value > 4 * (int64_t)LIMIT);
  kontor_mailbox_free(mailbox);
  kontor_queue_free(queue);
  kontor_db_free(db);
}

static void test_options_that_cannot_be(void) {
  kontor_options* options = NULL;
  kontor_db* db = NULL;
  OK(kontor_options_new(&options, error));
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_options_set_number(options, KONTOR_OPTION_SHARDS, INT64_MAX, error));
  int64_t maximum = 0;
  char text[32];
  OK(kontor_option_bounds(KONTOR_OPTION_SHARDS, NULL, &maximum, NULL, NULL));
  snprintf(text, sizeof text, "%lld", (long long)maximum);
  CHECK(strstr(kontor_error_message(error), text) != NULL); /* the bounds are named */
  OK(kontor_options_set_number(options, KONTOR_OPTION_SHARDS, 3, error));
  OK(kontor_open(options, &db, error));
  OK(kontor_set(db, B("k"), B("v"), error));
  close_and_free(db);
  /* No durability is promised that cannot be kept: there are no files here. */
  OK(kontor_options_set_number(options, KONTOR_OPTION_DURABILITY, KONTOR_DURABILITY_SYNC, error));
  CODE(KONTOR_INVALID, kontor_open(options, &db, error));
  CHECK(db == NULL);
  kontor_options_free(options);
}

static void test_version(void) {
  int major = -1, minor = -1, patch = -1;
  NUMBER(3, sscanf(kontor_version_string(), "%d.%d.%d", &major, &minor, &patch));
}

int main(int argc, char** argv) {
  own_program = argv[0];
  check_begin(100);
  if (argc == 3) {
    check_test = argv[1];
    if (strcmp(argv[1], "locked") == 0) return role_locked(argv[2]);
    if (strcmp(argv[1], "opens") == 0) return role_opens(argv[2]);
    return role_dies(argv[2]);
  }
  RUN(test_memory_engines_are_separate);
  RUN(test_same_name_same_engine);
  RUN(test_same_directory_same_engine);
  RUN(test_select);
  RUN(test_closed_handles);
  RUN(test_everything_comes_back);
  RUN(test_figures);
  RUN(test_hits_and_misses);
  RUN(test_memory_by_purpose);
  RUN(test_locked_by_another_process);
  RUN(test_sync_survives_a_death);
  RUN(test_forked);
  RUN(test_memory_limit);
  RUN(test_options_that_cannot_be);
  RUN(test_version);
  return check_end();
}
