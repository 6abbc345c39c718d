/* Work queues: options, groups, deduplication, renewal, pause. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;

static kontor_queue_options* options_with(uint32_t option, int64_t value) {
  kontor_queue_options* options = NULL;
  OK(kontor_queue_options_new(&options, error));
  OK(kontor_queue_options_set_number(options, option, value, error));
  return options;
}

static kontor_queue* queue_with(const char* name, uint32_t option, int64_t value) {
  kontor_queue_options* options = options_with(option, value);
  kontor_queue* queue = open_queue(db, name, options);
  kontor_queue_options_free(options);
  return queue;
}

/* The receipt of the next message, 0 if there is none. */
static uint64_t take_receipt(kontor_queue* queue) {
  kontor_message* message = NULL;
  size_t count = 0;
  const int32_t code = kontor_queue_take(queue, 0, 0, NULL, &message, 1, &count, error);
  CHECK(code == KONTOR_OK || code == KONTOR_TIMEOUT);
  const uint64_t receipt = kontor_message_receipt(message);
  kontor_message_free(message);
  return receipt;
}

static void test_every_option_has_bounds(void) {
  kontor_queue_options* options = NULL;
  OK(kontor_queue_options_new(&options, error));
  for (uint32_t option = 1; option <= KONTOR_QUEUE_COMPRESS_BYTES; ++option) {
    CODE(KONTOR_OUT_OF_RANGE, kontor_queue_options_set_number(options, option, -1, error));
    CODE(KONTOR_OUT_OF_RANGE, kontor_queue_options_set_number(options, option, INT64_MIN, error));
    if (option != KONTOR_QUEUE_MAX_LENGTH) {
      CODE(KONTOR_OUT_OF_RANGE, kontor_queue_options_set_number(options, option, INT64_MAX, error));
    }
    OK(kontor_queue_options_set_number(options, option, 1, error));
  }
  CODE(KONTOR_UNSUPPORTED, kontor_queue_options_set_number(options, 0, 1, error));
  CODE(KONTOR_UNSUPPORTED,
       kontor_queue_options_set_number(options, KONTOR_QUEUE_COMPRESS_BYTES + 1, 1, error));
  int64_t delays[65] = {0, 10, 100};
  OK(kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, delays, 3, error));
  OK(kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, NULL, 0, error));
  CODE(KONTOR_INVALID,
       kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, NULL, 1, error));
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, delays, 65, error));
  delays[2] = -1;
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, delays, 3, error));
  CODE(KONTOR_UNSUPPORTED, kontor_queue_options_set_numbers(options, 99, delays, 1, error));
  kontor_queue_options_free(options);
  CODE(KONTOR_INVALID, kontor_queue_options_set_numbers(NULL, 1, delays, 1, error));
}

/* Whoever changes one option keeps the others. */
static void test_options_are_told(void) {
  kontor_queue_options* options = NULL;
  OK(kontor_queue_options_new(&options, error));
  for (uint32_t option = 1; option <= KONTOR_QUEUE_COMPRESS_BYTES; ++option) {
    OK(kontor_queue_options_set_number(options, option, 1, error));
  }
  const int64_t delays[] = {5, 50};
  OK(kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, delays, 2, error));
  kontor_queue* queue = open_queue(db, "told", options);
  kontor_queue_options_free(options);
  OK(kontor_queue_options_of(queue, &options, error));
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_LEASE_MS, 7000, error));
  kontor_queue_free(open_queue(db, "told", options));
  kontor_queue_options_free(options);
  OK(kontor_queue_options_of(queue, &options, error));
  int64_t value = 0;
  for (uint32_t option = 1; option <= KONTOR_QUEUE_COMPRESS_BYTES; ++option) {
    OK(kontor_queue_options_number(options, option, &value, error));
    NUMBER(option == KONTOR_QUEUE_LEASE_MS ? 7000 : 1, value);
  }
  const int64_t* told = NULL;
  size_t count = 0;
  OK(kontor_queue_options_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, &told, &count, error));
  NUMBER(2, count);
  NUMBER(5, told[0]);
  NUMBER(50, told[1]);
  kontor_queue_options_free(options);
  kontor_queue_free(queue);
}

static void test_enqueue_options(void) {
  kontor_queue* queue = queue_with("said", KONTOR_QUEUE_DEDUPLICATION_MS, 60000);
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_PRIORITY, 32, error));
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_DELAY_MS, -1, error));
  CODE(KONTOR_UNSUPPORTED, kontor_enqueue_options_set_number(options, 77, 1, error));
  CODE(KONTOR_UNSUPPORTED, kontor_enqueue_options_set_bytes(options, 77, B("x"), error));
  char long_key[256] = {0};
  CODE(KONTOR_TOO_LARGE, kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_GROUP, long_key,
                                                          sizeof long_key, error));
  OK(kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_PRIORITY, 9, error));
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_GROUP, B("user 1"), error));
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_DEDUPLICATION_ID, B("a"), error));
  uint64_t first = 0;
  uint64_t second = 0;
  OK(kontor_queue_enqueue_with(queue, B("1"), options, &first, error));
  CODE(KONTOR_EXISTS, kontor_queue_enqueue_with(queue, B("1"), options, &second, error));
  NUMBER(first, second);
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_DEDUPLICATION_ID, NULL, 0, error));
  OK(kontor_queue_enqueue_with(queue, B("2"), options, &second, error));
  OK(kontor_queue_enqueue_with(queue, B("3"), NULL, NULL, error));
  NUMBER(3, figure(queue, KONTOR_QUEUE_READY));
  kontor_message* message = take(queue);
  NUMBER(first, kontor_message_id(message));
  NUMBER(9, kontor_message_priority(message));
  const uint64_t receipt = kontor_message_receipt(message);
  kontor_message_free(message);
  CHECK(take_receipt(queue) != 0); /* "3": the group waits for its first one */
  NUMBER(0, take_receipt(queue));
  OK(kontor_queue_acknowledge(queue, receipt, error));
  CHECK(take_receipt(queue) != 0);
  CODE(KONTOR_INVALID,
       kontor_queue_enqueue_with(queue, B("4"), (kontor_enqueue_options*)queue, &second, error));
  NUMBER(0, second);
  kontor_enqueue_options_free(options);
  kontor_enqueue_options_free(NULL);
  kontor_queue_free(queue);
}

static void test_enqueue_options_in_a_transaction(void) {
  kontor_queue* queue = queue_with("committed", KONTOR_QUEUE_DEDUPLICATION_MS, 60000);
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_DEDUPLICATION_ID, B("a"), error));
  kontor_txn* txn = NULL;
  OK(kontor_txn_new(db, &txn, error));
  OK(kontor_txn_enqueue_with(txn, queue, B("1"), options, error));
  OK(kontor_txn_enqueue_with(txn, queue, B("1"), options, error));
  OK(kontor_txn_enqueue_with(txn, queue, B("2"), NULL, error));
  kontor_reply* replies = NULL;
  OK(kontor_txn_commit(txn, &replies, error));
  NUMBER(1, kontor_reply_integer(kontor_reply_child(replies, 0)));
  NUMBER(1, kontor_reply_integer(kontor_reply_child(replies, 1)));
  NUMBER(2, kontor_reply_integer(kontor_reply_child(replies, 2)));
  kontor_reply_free(replies);
  NUMBER(2, figure(queue, KONTOR_QUEUE_READY));
  kontor_txn_free(txn);
  kontor_enqueue_options_free(options);
  kontor_queue_free(queue);
}

static void test_renewal(void) {
  kontor_queue* queue = queue_with("renewed", KONTOR_QUEUE_LEASE_MS, 30);
  OK(kontor_queue_enqueue(queue, B("m"), 0, 0, NULL, error));
  const uint64_t receipt = take_receipt(queue);
  OK(kontor_queue_renew(queue, receipt, -1, error));
  sleep_ms(150);
  NUMBER(1, figure(queue, KONTOR_QUEUE_LEASED));
  OK(kontor_queue_renew(queue, receipt, 0, error)); /* no longer */
  sleep_ms(60);
  NUMBER(1, figure(queue, KONTOR_QUEUE_READY));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_renew(queue, receipt, -1, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, receipt, error));
  kontor_queue_free(queue);
}

static void test_pause(void) {
  kontor_queue* queue = queue_with("paused", KONTOR_QUEUE_LEASE_MS, 1000);
  OK(kontor_queue_enqueue(queue, B("m"), 0, 0, NULL, error));
  OK(kontor_queue_pause(queue, error));
  OK(kontor_queue_pause(queue, error));
  NUMBER(1, figure(queue, KONTOR_QUEUE_PAUSED));
  NUMBER(0, take_receipt(queue));
  OK(kontor_queue_resume(queue, error));
  CHECK(take_receipt(queue) != 0);
  CODE(KONTOR_INVALID, kontor_queue_pause(NULL, error));
  CODE(KONTOR_INVALID, kontor_queue_resume(NULL, error));
  CODE(KONTOR_INVALID, kontor_queue_renew(NULL, 1, 1, error));
  kontor_queue_free(queue);
}

static void test_overflow(void) {
  kontor_queue_options* options = options_with(KONTOR_QUEUE_MAX_LENGTH, 1);
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_OVERFLOW, 1, error));
  kontor_queue* queue = open_queue(db, "short", options);
  kontor_queue_options_free(options);
  OK(kontor_queue_enqueue(queue, B("1"), 0, 0, NULL, error));
  OK(kontor_queue_enqueue(queue, B("2"), 0, 0, NULL, error));
  NUMBER(1, figure(queue, KONTOR_QUEUE_READY));
  NUMBER(1, figure(queue, KONTOR_QUEUE_DROPPED_TOTAL));
  kontor_queue_free(queue);
}

static void check_note(const kontor_message* message, uint32_t state, const char* note) {
  const void* bytes = NULL;
  size_t length = 0;
  NUMBER(state, kontor_message_state(message));
  OK(kontor_message_note(message, &bytes, &length));
  CHECK(length == strlen(note) && memcmp(bytes, note, length) == 0);
}

static void test_results_and_progress(void) {
  kontor_queue* queue = queue_with("results", KONTOR_QUEUE_RESULT_MS, 60000);
  uint64_t id = 0;
  kontor_message* message = NULL;
  OK(kontor_queue_enqueue(queue, B("sum"), 0, 0, &id, error));
  CODE(KONTOR_TIMEOUT, kontor_queue_await(queue, id, -1, 1, NULL, &message, error));
  const uint64_t receipt = take_receipt(queue);
  OK(kontor_queue_tell_progress(queue, receipt, B("half"), error));
  OK(kontor_queue_await(queue, id, 0, -1, NULL, &message, error));
  check_note(message, KONTOR_MESSAGE_LEASED, "half");
  NUMBER(1, kontor_message_progress_count(message));
  kontor_message_free(message);
  OK(kontor_queue_complete(queue, receipt, B("42"), error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_complete(queue, receipt, B("43"), error));
  OK(kontor_queue_await(queue, id, -1, -1, NULL, &message, error));
  check_note(message, KONTOR_MESSAGE_DONE, "42");
  kontor_message_free(message);
  NUMBER(1, figure(queue, KONTOR_QUEUE_DONE));
  NUMBER(1, figure(queue, KONTOR_QUEUE_ACKNOWLEDGED_TOTAL));
  /* In a commit; and one that is buried has a reason. */
  kontor_txn* txn = NULL;
  OK(kontor_txn_new(db, &txn, error));
  OK(kontor_queue_enqueue(queue, B("b"), 0, 0, &id, error));
  OK(kontor_txn_complete(txn, queue, take_receipt(queue), B("in a commit"), error));
  OK(kontor_txn_commit(txn, NULL, error));
  kontor_txn_free(txn);
  OK(kontor_queue_peek(queue, id, &message, error));
  check_note(message, KONTOR_MESSAGE_DONE, "in a commit");
  kontor_message_free(message);
  OK(kontor_queue_enqueue(queue, B("c"), 0, 0, &id, error));
  OK(kontor_queue_bury(queue, take_receipt(queue), B("why"), error));
  OK(kontor_queue_await(queue, id, -1, -1, NULL, &message, error));
  check_note(message, KONTOR_MESSAGE_DEAD, "why");
  kontor_message_free(message);
  OK(kontor_queue_purge(queue, error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_await(queue, id, -1, -1, NULL, &message, error));
  kontor_queue_free(queue);
}

static void test_browse(void) {
  kontor_queue* queue = queue_with("browsed", KONTOR_QUEUE_RESULT_MS, 60000);
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_GROUP, B("g"), error));
  for (int i = 0; i < 100; i++) {
    OK(kontor_queue_enqueue_with(queue, B("m"), options, NULL, error));
  }
  kontor_enqueue_options_free(options);
  OK(kontor_queue_enqueue(queue, B("next"), 9, 0, NULL, error));
  OK(kontor_queue_enqueue(queue, B("later"), 0, 60000, NULL, error));
  kontor_message* message = NULL;
  OK(kontor_queue_peek(queue, 0, &message, error));
  NUMBER(101, kontor_message_id(message));
  kontor_message_free(message);
  uint64_t cursor = 0;
  size_t seen = 0;
  do {
    kontor_message* messages[64];
    size_t count = 0;
    OK(kontor_queue_browse(queue, 1u << KONTOR_MESSAGE_READY, &cursor, messages, 64, &count,
                           error));
    for (size_t i = 0; i < count; i++) {
      const void* group = NULL;
      size_t length = 0;
      NUMBER(KONTOR_MESSAGE_READY, kontor_message_state(messages[i]));
      NUMBER(0, kontor_message_receipt(messages[i]));
      OK(kontor_message_group(messages[i], &group, &length));
      NUMBER(kontor_message_id(messages[i]) == 101 ? 0 : 1, length);
      kontor_message_free(messages[i]);
    }
    seen += count;
  } while (cursor != 0);
  NUMBER(101, seen);
  kontor_queue_free(queue);
}

static void test_many(void) {
  kontor_queue* queue = queue_with("many", KONTOR_QUEUE_MAX_LENGTH, 3);
  const void* bodies[4] = {"a", "bb", "", "dddd"};
  const size_t lengths[4] = {1, 2, 0, 4};
  uint64_t ids[4] = {0};
  CODE(KONTOR_FULL, kontor_queue_enqueue_many(queue, bodies, lengths, 4, NULL, ids, error));
  NUMBER(0, ids[0]);
  NUMBER(0, figure(queue, KONTOR_QUEUE_READY)); /* all or none */
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  OK(kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_PRIORITY, 5, error));
  OK(kontor_queue_enqueue_many(queue, bodies, lengths, 3, options, ids, error));
  CHECK(ids[0] != 0 && ids[1] == ids[0] + 1 && ids[2] == ids[0] + 2);
  OK(kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_DEDUPLICATION_ID, B("d"), error));
  CODE(KONTOR_INVALID, kontor_queue_enqueue_many(queue, bodies, lengths, 1, options, ids, error));
  kontor_enqueue_options_free(options);
  kontor_message* messages[4] = {NULL};
  uint64_t receipts[4] = {0, 0, 0, 77};
  size_t count = 0;
  OK(kontor_queue_take(queue, 0, 0, NULL, messages, 4, &count, error));
  NUMBER(3, count);
  for (size_t i = 0; i < count; i++) {
    NUMBER(5, kontor_message_priority(messages[i]));
    receipts[i] = kontor_message_receipt(messages[i]);
    kontor_message_free(messages[i]);
  }
  uint8_t done[4] = {9, 9, 9, 9};
  OK(kontor_queue_return(queue, receipts[1], 0, error));
  OK(kontor_queue_acknowledge_many(queue, receipts, 4, &count, done, error));
  NUMBER(2, count);
  CHECK(done[0] == 1 && done[1] == 0 && done[2] == 1 && done[3] == 0);
  OK(kontor_queue_acknowledge_many(queue, receipts, 4, &count, NULL, error));
  NUMBER(0, count);
  NUMBER(1, figure(queue, KONTOR_QUEUE_READY));
  kontor_queue_free(queue);
}

static void test_schedules(void) {
  kontor_queue* queue = open_queue(db, "scheduled", NULL);
  kontor_schedule_options* options = NULL;
  OK(kontor_schedule_options_new(&options, error));
  OK(kontor_schedule_options_set_number(options, KONTOR_SCHEDULE_EVERY_MS, 20, error));
  OK(kontor_schedule_options_set_number(options, KONTOR_SCHEDULE_PRIORITY, 7, error));
  OK(kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_BODY, B("tick"), error));
  OK(kontor_queue_schedule(queue, B("clock"), options, error));
  int64_t next_unix_ms = 0;
  OK(kontor_queue_next_run(queue, B("clock"), &next_unix_ms, error));
  CHECK(next_unix_ms > 0);
  for (int i = 0; i < 3; i++) {
    /* Whoever waits is woken by the run. */
    kontor_message* message = NULL;
    size_t count = 0;
    OK(kontor_queue_take(queue, 0, 10000, NULL, &message, 1, &count, error));
    NUMBER(7, kontor_message_priority(message));
    CHECK(kontor_message_enqueued_at_unix_ms(message) >= next_unix_ms);
    OK(kontor_queue_acknowledge(queue, kontor_message_receipt(message), error));
    kontor_message_free(message);
  }
  OK(kontor_queue_unschedule(queue, B("clock"), error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_unschedule(queue, B("clock"), error));
  kontor_schedule_options_free(options);
  kontor_queue_free(queue);
}

static void test_parents(void) {
  kontor_queue* parents = open_queue(db, "parents", NULL);
  kontor_queue* children = open_queue(db, "children", NULL);
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  OK(kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_CHILDREN, 2, error));
  uint64_t parent = 0;
  OK(kontor_queue_enqueue_with(parents, B("parent"), options, &parent, error));
  OK(kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_CHILDREN, 0, error));
  OK(kontor_enqueue_options_set_parent(options, parents, parent, error));
  const void* const bodies[] = {"a", "b"};
  const size_t lengths[] = {1, 1};
  OK(kontor_queue_enqueue_many(children, bodies, lengths, 2, options, NULL, error));
  for (uint32_t left = 2; left > 0; left--) {
    kontor_message* message = NULL;
    size_t count = 0;
    OK(kontor_queue_peek(parents, parent, &message, error));
    NUMBER(left, kontor_message_children(message));
    NUMBER(KONTOR_MESSAGE_DELAYED, kontor_message_state(message));
    kontor_message_free(message);
    OK(kontor_queue_take(children, 0, 0, NULL, &message, 1, &count, error));
    OK(kontor_queue_acknowledge(children, kontor_message_receipt(message), error));
    kontor_message_free(message);
  }
  NUMBER(1, figure(parents, KONTOR_QUEUE_READY));
  CODE(KONTOR_INVALID, kontor_queue_enqueue_with(children, B("late"), options, NULL, error));
  /* A queue of the same name in another engine is another queue. */
  kontor_db* elsewhere = open_memory();
  kontor_queue* foreign = open_queue(elsewhere, "parents", NULL);
  kontor_queue* at_home = open_queue(elsewhere, "children", NULL);
  OK(kontor_enqueue_options_set_parent(options, foreign, parent, error));
  CODE(KONTOR_INVALID, kontor_queue_enqueue_with(children, B("x"), options, NULL, error));
  SAYS("another engine");
  CODE(KONTOR_INVALID, kontor_queue_enqueue_with(at_home, B("x"), options, NULL, error));
  kontor_queue_free(foreign);
  kontor_queue_free(at_home);
  close_and_free(elsewhere);
  /* A whole family in one commit. */
  kontor_txn* txn = NULL;
  OK(kontor_txn_new(db, &txn, error));
  kontor_enqueue_options* of_parent = NULL;
  OK(kontor_enqueue_options_new(&of_parent, error));
  OK(kontor_enqueue_options_set_number(of_parent, KONTOR_ENQUEUE_CHILDREN, 1, error));
  OK(kontor_enqueue_options_set_number(options, KONTOR_ENQUEUE_PARENT_STEP, 0, error));
  OK(kontor_txn_enqueue_with(txn, parents, B("parent"), of_parent, error));
  OK(kontor_txn_enqueue_with(txn, children, B("child"), options, error));
  OK(kontor_txn_commit(txn, NULL, error));
  NUMBER(1, figure(parents, KONTOR_QUEUE_DELAYED));
  OK(kontor_queue_purge(children, error));
  NUMBER(2, figure(parents, KONTOR_QUEUE_READY));
  kontor_enqueue_options_free(of_parent);
  kontor_enqueue_options_free(options);
  kontor_txn_free(txn);
  kontor_queue_free(parents);
  kontor_queue_free(children);
}

static void test_bindings(void) {
  kontor_queue* first = open_queue(db, "bound", NULL);
  kontor_queue* second = open_queue(db, "bound too", NULL);
  OK(kontor_queue_bind(first, KONTOR_TOKENS, B("orders.*"), error));
  OK(kontor_queue_bind(first, KONTOR_TOKENS, B("orders.*"), error));
  OK(kontor_queue_bind(second, KONTOR_CHANNEL, B("orders.eu"), error));
  uint64_t subscriptions = 9;
  OK(kontor_publish(db, B("orders.eu"), B("one"), NULL, &subscriptions, error));
  NUMBER(0, subscriptions);
  OK(kontor_publish(db, B("orders.us"), B("two"), NULL, NULL, error));
  OK(kontor_queue_enqueue(first, B("own"), 0, 0, NULL, error));
  kontor_message* messages[4] = {NULL};
  size_t count = 0;
  OK(kontor_queue_take(first, 0, 0, NULL, messages, 4, &count, error));
  NUMBER(3, count);
  const char* const channels[] = {"orders.eu", "orders.us", ""};
  for (size_t i = 0; i < count; i++) {
    const void* channel = NULL;
    size_t length = 0;
    OK(kontor_message_channel(messages[i], &channel, &length));
    BYTES(channels[i], channel, length);
    kontor_message_free(messages[i]);
  }
  NUMBER(1, figure(second, KONTOR_QUEUE_READY));
  OK(kontor_queue_unbind(first, KONTOR_TOKENS, B("orders.*"), error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_unbind(first, KONTOR_TOKENS, B("orders.*"), error));
  OK(kontor_publish(db, B("orders.eu"), B("three"), NULL, NULL, error));
  NUMBER(0, figure(first, KONTOR_QUEUE_READY));
  NUMBER(2, figure(second, KONTOR_QUEUE_READY));
  kontor_queue_free(first);
  kontor_queue_free(second);
}

int main(void) {
  check_begin(60);
  db = open_memory();
  RUN(test_every_option_has_bounds);
  RUN(test_options_are_told);
  RUN(test_enqueue_options);
  RUN(test_enqueue_options_in_a_transaction);
  RUN(test_renewal);
  RUN(test_pause);
  RUN(test_overflow);
  RUN(test_results_and_progress);
  RUN(test_browse);
  RUN(test_many);
  RUN(test_schedules);
  RUN(test_bindings);
  RUN(test_parents);
  close_and_free(db);
  return check_end();
}
