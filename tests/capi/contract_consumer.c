/* Taking from several queues: by order, by weight, waiting in a call and through a descriptor. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>

#include "check.h"

static kontor_db* db;

static kontor_consumer* consumer_of(uint32_t choice, kontor_queue** queues, const uint32_t* weights,
                                    size_t count) {
  kontor_consumer* consumer = NULL;
  OK(kontor_consumer_new(db, choice, &consumer, error));
  for (size_t i = 0; i < count; i++) {
    OK(kontor_consumer_add(consumer, queues[i], weights[i], error));
  }
  return consumer;
}

/* Takes and acknowledges one message; from which queue it came, -1 if none came. */
static int take_from(kontor_consumer* consumer, kontor_queue** queues, int64_t timeout_ms) {
  kontor_message* message = NULL;
  uint32_t source = 99;
  size_t count = 0;
  const int32_t code =
      kontor_consumer_take(consumer, 0, timeout_ms, &message, &source, 1, &count, error);
  if (code == KONTOR_TIMEOUT) return -1;
  CODE(KONTOR_OK, code);
  OK(kontor_queue_acknowledge(queues[source], kontor_message_receipt(message), error));
  kontor_message_free(message);
  return (int)source;
}

static void put(kontor_queue* queue, int count) {
  for (int i = 0; i < count; i++) OK(kontor_queue_enqueue(queue, B("m"), 0, 0, NULL, error));
}

static void test_by_order(void) {
  kontor_queue* queues[2] = {open_queue(db, "first", NULL), open_queue(db, "second", NULL)};
  const uint32_t weights[2] = {1, 1};
  kontor_consumer* consumer = consumer_of(KONTOR_CONSUMER_BY_ORDER, queues, weights, 2);
  CODE(KONTOR_EXISTS, kontor_consumer_add(consumer, queues[0], 1, error));
  NUMBER(-1, take_from(consumer, queues, 0));
  put(queues[1], 2);
  put(queues[0], 1);
  NUMBER(0, take_from(consumer, queues, 0));
  put(queues[0], 1);
  kontor_message* messages[4] = {NULL};
  uint32_t sources[4];
  size_t count = 0;
  OK(kontor_consumer_take(consumer, 0, 0, messages, sources, 4, &count, error));
  NUMBER(3, count);
  CHECK(sources[0] == 0 && sources[1] == 1 && sources[2] == 1);
  for (size_t i = 0; i < count; i++) kontor_message_free(messages[i]);
  kontor_consumer_free(consumer);
  kontor_queue_free(queues[0]);
  kontor_queue_free(queues[1]);
}

static void test_by_weight(void) {
  kontor_queue* queues[3] = {open_queue(db, "w5", NULL), open_queue(db, "w3", NULL),
                             open_queue(db, "w1", NULL)};
  const uint32_t weights[3] = {5, 3, 1};
  kontor_consumer* consumer = consumer_of(KONTOR_CONSUMER_BY_WEIGHT, queues, weights, 3);
  for (int i = 0; i < 3; i++) put(queues[i], 90);
  int taken[3] = {0};
  for (int i = 0; i < 90; i++) {
    taken[take_from(consumer, queues, 0)]++;
    if ((i + 1) % 9 != 0) continue;
    /* Exact in every round. */
    const int rounds = (i + 1) / 9;
    CHECK(taken[0] == 5 * rounds && taken[1] == 3 * rounds && taken[2] == rounds);
  }
  /* Who had nothing for long has nothing to make up for. */
  OK(kontor_queue_purge(queues[0], error));
  for (int i = 0; i < 60; i++) CHECK(take_from(consumer, queues, 0) > 0);
  put(queues[0], 90);
  memset(taken, 0, sizeof taken);
  for (int i = 0; i < 18; i++) taken[take_from(consumer, queues, 0)]++;
  CHECK(taken[0] >= 9 && taken[0] <= 11);
  kontor_consumer_free(consumer);
  for (int i = 0; i < 3; i++) {
    OK(kontor_queue_purge(queues[i], error));
    kontor_queue_free(queues[i]);
  }
}

static void* put_later(void* queue) {
  sleep_ms(20);
  put(queue, 1);
  return NULL;
}

static void test_waits_for_all(void) {
  kontor_queue* queues[2] = {open_queue(db, "a", NULL), open_queue(db, "b", NULL)};
  const uint32_t weights[2] = {1, 1};
  kontor_consumer* consumer = consumer_of(KONTOR_CONSUMER_BY_ORDER, queues, weights, 2);
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, put_later, queues[i]) == 0);
    NUMBER(i, take_from(consumer, queues, 10000));
    pthread_join(thread, NULL);
    NUMBER(0, figure(queues[i], KONTOR_QUEUE_WAITING_CONSUMERS));
  }
  OK(kontor_consumer_interrupt(consumer));
  kontor_message* message = NULL;
  size_t count = 0;
  CODE(KONTOR_INTERRUPTED, kontor_consumer_take(consumer, 0, -1, &message, NULL, 1, &count, error));
  OK(kontor_consumer_reset(consumer));
  /* Who does not wait any more stands in no line, which would keep it from others. */
  NUMBER(-1, take_from(consumer, queues, 1));
  NUMBER(0, figure(queues[0], KONTOR_QUEUE_WAITING_CONSUMERS));
  put(queues[1], 1);
  NUMBER(1, take_from(consumer, queues, 0));
  NUMBER(0, figure(queues[0], KONTOR_QUEUE_WAITING_CONSUMERS));
  /* But if it polls. */
  int32_t descriptor = -1;
  OK(kontor_consumer_descriptor(consumer, &descriptor, error));
  NUMBER(-1, take_from(consumer, queues, 0));
  NUMBER(1, figure(queues[0], KONTOR_QUEUE_WAITING_CONSUMERS));
  NUMBER(1, figure(queues[1], KONTOR_QUEUE_WAITING_CONSUMERS));
  kontor_consumer_free(consumer);
  NUMBER(0, figure(queues[0], KONTOR_QUEUE_WAITING_CONSUMERS));
  kontor_queue_free(queues[0]);
  kontor_queue_free(queues[1]);
}

static int readable(int32_t descriptor, int timeout_ms) {
  struct pollfd poller = {descriptor, POLLIN, 0};
  return poll(&poller, 1, timeout_ms) == 1;
}

static void test_descriptor(void) {
  kontor_queue* queues[2] = {open_queue(db, "x", NULL), open_queue(db, "y", NULL)};
  const uint32_t weights[2] = {1, 1};
  kontor_consumer* consumer = consumer_of(KONTOR_CONSUMER_BY_ORDER, queues, weights, 2);
  int32_t descriptor = -1;
  OK(kontor_consumer_descriptor(consumer, &descriptor, error));
  CHECK(readable(descriptor, 0)); /* to be asked for the first time */
  NUMBER(-1, take_from(consumer, queues, 0));
  for (int round = 0; round < 3; round++) {
    CHECK(!readable(descriptor, 0));
    put(queues[1], 2);
    CHECK(readable(descriptor, 0));
    NUMBER(1, take_from(consumer, queues, 0));
    CHECK(readable(descriptor, 0)); /* until it answered KONTOR_TIMEOUT */
    NUMBER(1, take_from(consumer, queues, 0));
    NUMBER(-1, take_from(consumer, queues, 0));
  }
  OK(kontor_queue_enqueue(queues[0], B("later"), 0, 20, NULL, error));
  CHECK(readable(descriptor, 10000));
  int source = -1;
  while (source < 0) source = take_from(consumer, queues, 100);
  NUMBER(0, source);
  /* Of two that wait the first one is told, and passes it on when it goes. */
  NUMBER(-1, take_from(consumer, queues, 0));
  kontor_consumer* second = consumer_of(KONTOR_CONSUMER_BY_ORDER, queues, weights, 2);
  int32_t second_descriptor = -1;
  OK(kontor_consumer_descriptor(second, &second_descriptor, error));
  NUMBER(-1, take_from(second, queues, 0));
  put(queues[0], 1);
  CHECK(readable(descriptor, 0) && !readable(second_descriptor, 0));
  OK(kontor_consumer_leave(consumer, error));
  CHECK(readable(second_descriptor, 0));
  kontor_consumer_free(consumer);
  NUMBER(0, take_from(second, queues, 0));
  /* A queue that is deleted is told, too. */
  NUMBER(-1, take_from(second, queues, 0));
  OK(kontor_queue_delete(db, "y", 1, error));
  CHECK(readable(second_descriptor, 0));
  kontor_message* message = NULL;
  size_t count = 0;
  CODE(KONTOR_CLOSED, kontor_consumer_take(second, 0, 0, &message, NULL, 1, &count, error));
  kontor_consumer_free(second);
  kontor_queue_free(queues[0]);
  kontor_queue_free(queues[1]);
}

int main(void) {
  check_begin(60);
  db = open_memory();
  RUN(test_by_order);
  RUN(test_by_weight);
  RUN(test_waits_for_all);
  RUN(test_descriptor);
  close_and_free(db);
  return check_end();
}
