/* Work queues: order, leases, receipts, retries, dead letters, figures. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;
static int queue_number = 0;

/* A fresh queue with one option set (0: none). */
static kontor_queue* fresh_queue(uint32_t option, int64_t value, uint32_t option2, int64_t value2) {
  char name[32];
  snprintf(name, sizeof name, "queue %d", queue_number++);
  kontor_queue_options* options = NULL;
  OK(kontor_queue_options_new(&options, error));
  if (option != 0) OK(kontor_queue_options_set_number(options, option, value, error));
  if (option2 != 0) OK(kontor_queue_options_set_number(options, option2, value2, error));
  kontor_queue* queue = open_queue(db, name, options);
  kontor_queue_options_free(options);
  return queue;
}

static uint64_t enqueue(kontor_queue* queue, const char* body, uint32_t priority,
                        int64_t delay_ms) {
  uint64_t id = 0;
  OK(kontor_queue_enqueue(queue, body, strlen(body), priority, delay_ms, &id, error));
  return id;
}

static int message_is(const kontor_message* message, const char* want) {
  const void* body = NULL;
  size_t length = 0;
  return kontor_message_body(message, &body, &length) == KONTOR_OK && length == strlen(want) &&
         memcmp(body, want, length) == 0;
}

/* Takes the next message, which must be this one; its receipt. */
static uint64_t take_expecting(kontor_queue* queue, const char* want, uint32_t attempt) {
  kontor_message* message = take(queue);
  if (!CHECK(message != NULL)) return 0;
  if (!message_is(message, want)) fprintf(stderr, "wanted \"%s\": ", want);
  CHECK(message_is(message, want));
  NUMBER(attempt, kontor_message_attempt(message));
  const uint64_t receipt = kontor_message_receipt(message);
  kontor_message_free(message);
  return receipt;
}

static void test_what_a_message_tells(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  const int64_t before_ms = now_ms();
  const uint64_t id = enqueue(queue, "body", 7, 0);
  kontor_message* message = NULL;
  size_t count = 0;
  OK(kontor_queue_take(queue, 60000, 0, NULL, &message, 1, &count, error));
  NUMBER(1, count);
  NUMBER(id, kontor_message_id(message));
  NUMBER(7, kontor_message_priority(message));
  NUMBER(1, kontor_message_attempt(message));
  CHECK(kontor_message_receipt(message) != 0);
  const int64_t enqueued_at = kontor_message_enqueued_at_unix_ms(message);
  CHECK(enqueued_at >= before_ms - 100 && enqueued_at <= now_ms() + 100);
  const int64_t lease_until = kontor_message_lease_until_unix_ms(message);
  CHECK(lease_until >= before_ms + 60000 - 100 && lease_until <= now_ms() + 60000 + 100);
  const void* reason = NULL;
  size_t length = 9;
  OK(kontor_message_reason(message, &reason, &length));
  NUMBER(0, length);
  OK(kontor_queue_delete(db, B("queue 0"), error));
  kontor_queue_free(queue);
  CHECK(message_is(message, "body")); /* the caller's, valid after the queue is gone */
  kontor_message_free(message);
}

static void test_order(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  enqueue(queue, "plain 1", 0, 0);
  enqueue(queue, "urgent 1", 31, 0);
  enqueue(queue, "plain 2", 0, 0);
  enqueue(queue, "urgent 2", 31, 0);
  enqueue(queue, "later", 31, 80);
  const uint64_t receipt = take_expecting(queue, "urgent 1", 1);
  OK(kontor_queue_return(queue, receipt, 0, error));
  enqueue(queue, "urgent 3", 31, 0);
  take_expecting(queue, "urgent 1", 2); /* ahead of fresh ones of its priority */
  take_expecting(queue, "urgent 2", 1);
  take_expecting(queue, "urgent 3", 1);
  take_expecting(queue, "plain 1", 1);
  NUMBER(1, figure(queue, KONTOR_QUEUE_DELAYED));
  sleep_ms(100);
  take_expecting(queue, "later", 1);
  take_expecting(queue, "plain 2", 1);
  kontor_queue_free(queue);
}

static void test_many_at_once(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  kontor_message* messages[4] = {NULL};
  size_t count = 0;
  for (int i = 0; i < 6; i++) enqueue(queue, "b", 0, 0);
  OK(kontor_queue_take(queue, 0, -1, NULL, messages, 4, &count, error));
  NUMBER(4, count);
  for (size_t i = 0; i < count; i++) kontor_message_free(messages[i]);
  OK(kontor_queue_take(queue, 0, -1, NULL, messages, 4, &count,
                       error)); /* what there is, without waiting for more */
  NUMBER(2, count);
  for (size_t i = 0; i < count; i++) kontor_message_free(messages[i]);
  const int64_t begin = elapsed_ms();
  CODE(KONTOR_TIMEOUT, kontor_queue_take(queue, 0, 60, NULL, messages, 4, &count, error));
  NUMBER(0, count);
  CHECK(elapsed_ms() - begin >= 55);
  kontor_queue_free(queue);
}

static void test_waits_for_a_delayed_one(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  kontor_message* message = NULL;
  size_t count = 0;
  enqueue(queue, "in a moment", 0, 100);
  const int64_t begin = elapsed_ms();
  OK(kontor_queue_take(queue, 0, 20000, NULL, &message, 1, &count, error));
  CHECK(elapsed_ms() - begin >= 90 && elapsed_ms() - begin < 10000);
  kontor_message_free(message);
  kontor_queue_free(queue);
}

static void test_stale_receipts(void) {
  kontor_queue* queue = fresh_queue(KONTOR_QUEUE_LEASE_MS, 40, 0, 0);
  int64_t lease_until = 0;
  enqueue(queue, "b", 0, 0);
  const uint64_t late = take_expecting(queue, "b", 1);
  sleep_ms(60); /* the lease ran out */
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, late, error));
  CHECK(kontor_error_message(error)[0] != '\0');
  const uint64_t second = take_expecting(queue, "b", 2);
  CHECK(second != late);
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, late, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_return(queue, late, 0, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_bury(queue, late, B("late"), error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_extend(queue, late, 1000, &lease_until, error));
  const int64_t before_ms = now_ms();
  OK(kontor_queue_extend(queue, second, 60000, &lease_until, error));
  CHECK(lease_until >= before_ms + 59900 && lease_until <= now_ms() + 60100);
  sleep_ms(60); /* longer than the first lease, but it was extended */
  OK(kontor_queue_return(queue, second, 0, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, second, error)); /* given back */
  const uint64_t third = take_expecting(queue, "b", 3);
  OK(kontor_queue_acknowledge(queue, third, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, third, error)); /* done once */
  CHECK(take(queue) == NULL);
  kontor_queue_free(queue);
}

static void test_an_expired_lease_wakes_a_taker(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  kontor_message* message = NULL;
  size_t count = 0;
  enqueue(queue, "b", 0, 0);
  OK(kontor_queue_take(queue, 80, 0, NULL, &message, 1, &count, error));
  kontor_message_free(message);
  OK(kontor_queue_take(queue, 0, 20000, NULL, &message, 1, &count, error));
  NUMBER(2, kontor_message_attempt(message));
  kontor_message_free(message);
  NUMBER(1, figure(queue, KONTOR_QUEUE_REDELIVERED_TOTAL));
  kontor_queue_free(queue);
}

static void test_retry_delay(void) {
  kontor_queue* queue = fresh_queue(KONTOR_QUEUE_RETRY_DELAY_MS, 80, 0, 0);
  enqueue(queue, "b", 0, 0);
  OK(kontor_queue_return(queue, take_expecting(queue, "b", 1), -1, error)); /* < 0: the queue's */
  CHECK(take(queue) == NULL);
  sleep_ms(110);
  OK(kontor_queue_return(queue, take_expecting(queue, "b", 2), 0, error)); /* 0: at once */
  OK(kontor_queue_return(queue, take_expecting(queue, "b", 3), 60000, error));
  CHECK(take(queue) == NULL);
  NUMBER(1, figure(queue, KONTOR_QUEUE_DELAYED));
  kontor_queue_free(queue);
}

static void test_dead_letters(void) {
  kontor_queue* queue = fresh_queue(KONTOR_QUEUE_MAX_DELIVERIES, 2, 0, 0);
  kontor_message* dead[4] = {NULL};
  const void* reason = NULL;
  size_t count = 0, length = 0;
  const uint64_t first = enqueue(queue, "often", 0, 0);
  const uint64_t second = enqueue(queue, "buried", 0, 0);
  OK(kontor_queue_return(queue, take_expecting(queue, "often", 1), 0, error));
  OK(kontor_queue_return(queue, take_expecting(queue, "often", 2), 0,
                         error)); /* the second of two */
  const int64_t before_ms = now_ms();
  OK(kontor_queue_bury(queue, take_expecting(queue, "buried", 1), B("does not parse"), error));
  NUMBER(2, figure(queue, KONTOR_QUEUE_DEAD));
  OK(kontor_queue_dead_letters(queue, 0, dead, 4, &count, error));
  if (!NUMBER(2, count)) return;
  NUMBER(first, kontor_message_id(dead[0]));
  NUMBER(second, kontor_message_id(dead[1]));
  NUMBER(0, kontor_message_receipt(dead[0]));
  OK(kontor_message_reason(dead[0], &reason, &length));
  CHECK(length > 0);
  OK(kontor_message_reason(dead[1], &reason, &length));
  BYTES("does not parse", reason, length);
  CHECK(message_is(dead[1], "buried"));
  CHECK(kontor_message_lease_until_unix_ms(dead[1]) >= before_ms - 100);
  for (size_t i = 0; i < count; i++) kontor_message_free(dead[i]);
  OK(kontor_queue_dead_letters(queue, first, dead, 4, &count, error)); /* those after */
  NUMBER(1, count);
  NUMBER(second, kontor_message_id(dead[0]));
  kontor_message_free(dead[0]);
  OK(kontor_queue_revive(queue, first, error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_revive(queue, first, error));
  take_expecting(queue, "often", 1); /* its deliveries forgotten */
  OK(kontor_queue_discard(queue, second, error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_discard(queue, second, error));
  NUMBER(0, figure(queue, KONTOR_QUEUE_DEAD));
  NUMBER(2, figure(queue, KONTOR_QUEUE_DEAD_TOTAL));
  kontor_queue_free(queue);
}

static void test_expired_leases_end_as_dead_letters(void) {
  kontor_queue* queue = fresh_queue(KONTOR_QUEUE_MAX_DELIVERIES, 1, KONTOR_QUEUE_LEASE_MS, 30);
  enqueue(queue, "b", 0, 0);
  take_expecting(queue, "b", 1);
  for (int i = 0; i < 100 && figure(queue, KONTOR_QUEUE_DEAD) == 0; i++) sleep_ms(20);
  NUMBER(1, figure(queue, KONTOR_QUEUE_DEAD)); /* nobody had to look for it */
  kontor_queue_free(queue);
}

static void test_full(void) {
  kontor_queue* queue = fresh_queue(KONTOR_QUEUE_MAX_LENGTH, 2, 0, 0);
  enqueue(queue, "1", 0, 0);
  enqueue(queue, "2", 0, 60000);
  CODE(KONTOR_FULL, kontor_queue_enqueue(queue, B("3"), 0, 0, NULL, error));
  NUMBER(1, kontor_error_retryable(error));
  const uint64_t receipt = take_expecting(queue, "1", 1);
  CODE(KONTOR_FULL, kontor_queue_enqueue(queue, B("3"), 0, 0, NULL, error)); /* leased ones count */
  OK(kontor_queue_bury(queue, receipt, B("r"), error));
  enqueue(queue, "3", 0, 0); /* dead ones do not */
  OK(kontor_queue_purge(queue, error));
  NUMBER(0, figure(queue, KONTOR_QUEUE_READY) + figure(queue, KONTOR_QUEUE_DELAYED) +
                figure(queue, KONTOR_QUEUE_LEASED) + figure(queue, KONTOR_QUEUE_DEAD));
  enqueue(queue, "4", 0, 0);
  kontor_queue_free(queue);
}

static void test_purge_takes_leased_messages_away(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  enqueue(queue, "b", 0, 0);
  const uint64_t receipt = take_expecting(queue, "b", 1);
  OK(kontor_queue_purge(queue, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(queue, receipt, error));
  kontor_queue_free(queue);
}

static void test_figures(void) {
  kontor_queue* queue = fresh_queue(0, 0, 0, 0);
  int64_t figures[KONTOR_QUEUE_FIGURES];
  size_t count = 0;
  for (int i = 0; i < 4; i++) enqueue(queue, "b", 0, 0);
  enqueue(queue, "later", 0, 60000);
  OK(kontor_queue_acknowledge(queue, take_expecting(queue, "b", 1), error));
  take_expecting(queue, "b", 1);
  sleep_ms(30);
  OK(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, &count, error));
  NUMBER(KONTOR_QUEUE_FIGURES, count);
  NUMBER(2, figures[KONTOR_QUEUE_READY]);
  NUMBER(1, figures[KONTOR_QUEUE_DELAYED]);
  NUMBER(1, figures[KONTOR_QUEUE_LEASED]);
  NUMBER(0, figures[KONTOR_QUEUE_DEAD]);
  NUMBER(0, figures[KONTOR_QUEUE_WAITING_CONSUMERS]);
  CHECK(figures[KONTOR_QUEUE_OLDEST_READY_AGE_MS] >= 25 &&
        figures[KONTOR_QUEUE_OLDEST_READY_AGE_MS] < 20000);
  NUMBER(5, figures[KONTOR_QUEUE_ENQUEUED_TOTAL]);
  NUMBER(2, figures[KONTOR_QUEUE_DELIVERED_TOTAL]);
  NUMBER(0, figures[KONTOR_QUEUE_REDELIVERED_TOTAL]);
  NUMBER(1, figures[KONTOR_QUEUE_ACKNOWLEDGED_TOTAL]);
  NUMBER(0, figures[KONTOR_QUEUE_DEAD_TOTAL]);
  memset(figures, 0x5a, sizeof figures);
  const int64_t untouched = figures[2];
  OK(kontor_queue_figures(queue, figures, 2, &count, error)); /* the first `capacity` */
  NUMBER(2, count);
  NUMBER(untouched, figures[2]);
  kontor_queue_free(queue);
}

static void test_options_of_an_existing_queue(void) {
  kontor_queue* queue = open_queue(db, "same", NULL);
  kontor_queue_options* options = NULL;
  kontor_queue* again = NULL;
  OK(kontor_queue_options_new(&options, error));
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_MAX_LENGTH, 1, error));
  again = open_queue(db, "same", options); /* the queue takes them on */
  enqueue(queue, "1", 0, 0);
  CODE(KONTOR_FULL, kontor_queue_enqueue(queue, B("2"), 0, 0, NULL, error));
  kontor_queue_free(again);
  again = open_queue(db, "same", NULL); /* and keeps them */
  CODE(KONTOR_FULL, kontor_queue_enqueue(again, B("2"), 0, 0, NULL, error));
  kontor_queue_free(again);
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_DURABLE, 0, error));
  CODE(KONTOR_INVALID, kontor_queue_open(db, B("same"), options, &again, error));
  CHECK(again == NULL);
  kontor_queue_options_free(options);
  kontor_queue_free(queue);
}

static void test_what_survives(void) {
  kontor_db* own = NULL;
  kontor_queue_options* options = NULL;
  OK(open_directory("queues", KONTOR_DURABILITY_SYNC, &own));
  OK(kontor_queue_options_new(&options, error));
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_DURABLE, 0, error));
  kontor_queue* durable = open_queue(own, "durable", NULL);
  kontor_queue* passing = open_queue(own, "passing", options);
  enqueue(durable, "leased", 0, 0);
  enqueue(durable, "ready", 0, 0);
  enqueue(durable, "done", 9, 0);
  enqueue(passing, "gone", 0, 0);
  OK(kontor_queue_acknowledge(durable, take_expecting(durable, "done", 1), error));
  const uint64_t lost = take_expecting(durable, "leased", 1);
  kontor_queue_free(passing);
  kontor_queue_free(durable);
  close_and_free(own);
  OK(open_directory("queues", KONTOR_DURABILITY_SYNC, &own));
  durable = open_queue(own, "durable", NULL);
  passing = open_queue(own, "passing", NULL);
  CODE(KONTOR_STALE_RECEIPT,
       kontor_queue_acknowledge(durable, lost, error)); /* its taker went with the engine */
  take_expecting(durable, "leased", 2);
  take_expecting(durable, "ready", 1);
  CHECK(take(durable) == NULL);
  CHECK(take(passing) == NULL);
  kontor_queue_options_free(options);
  kontor_queue_free(passing);
  kontor_queue_free(durable);
  close_and_free(own);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  RUN(test_what_a_message_tells);
  RUN(test_order);
  RUN(test_many_at_once);
  RUN(test_waits_for_a_delayed_one);
  RUN(test_stale_receipts);
  RUN(test_an_expired_lease_wakes_a_taker);
  RUN(test_retry_delay);
  RUN(test_dead_letters);
  RUN(test_expired_leases_end_as_dead_letters);
  RUN(test_full);
  RUN(test_purge_takes_leased_messages_away);
  RUN(test_figures);
  RUN(test_options_of_an_existing_queue);
  RUN(test_what_survives);
  close_and_free(db);
  return check_end();
}
