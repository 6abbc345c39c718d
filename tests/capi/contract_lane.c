/* Lanes: order, batches, waiting, interrupts, the descriptor, closing, many threads. */
#define _GNU_SOURCE
#include <poll.h>

#include "check.h"

static kontor_db* db;

static kontor_lane* new_lane(void) {
  kontor_lane* lane = NULL;
  OK(kontor_lane_new(db, &lane, error));
  return lane;
}

static void expect_value(kontor_lane* lane, uint64_t want) {
  uint64_t value = 99;
  OK(kontor_lane_pop(lane, 0, NULL, &value, error));
  NUMBER(want, value);
}

static void expect_nothing(kontor_lane* lane) {
  uint64_t value = 99;
  CODE(KONTOR_TIMEOUT, kontor_lane_pop(lane, 0, NULL, &value, error));
  SAYS("nothing came in time");
  NUMBER(0, value);
}

static uint64_t length_of(kontor_lane* lane) {
  uint64_t length = 99;
  OK(kontor_lane_length(lane, &length, error));
  return length;
}

static int is_readable(int32_t descriptor) {
  struct pollfd polled = {.fd = descriptor, .events = POLLIN};
  return poll(&polled, 1, 0) == 1;
}

static void test_order(void) {
  kontor_lane* lane = new_lane();
  expect_nothing(lane);
  const uint64_t values[] = {0, UINT64_MAX, 7, 7, (uint64_t)INT64_MIN};
  for (size_t i = 0; i < 5; i++) OK(kontor_lane_push(lane, values[i], error));
  NUMBER(5, length_of(lane));
  for (size_t i = 0; i < 5; i++) expect_value(lane, values[i]);
  expect_nothing(lane);
  NUMBER(0, length_of(lane));
  kontor_lane_free(lane);
}

static void test_batches(void) {
  enum { VALUES = 5000 };
  static uint64_t values[VALUES], popped[VALUES];
  for (uint64_t i = 0; i < VALUES; i++) values[i] = i;
  kontor_lane* lane = new_lane();
  size_t count = 99;
  OK(kontor_lane_push_many(lane, values, VALUES, &count, error));
  NUMBER(VALUES, count);
  OK(kontor_lane_push_many(lane, NULL, 0, &count, error));
  NUMBER(0, count);
  OK(kontor_lane_pop_many(lane, 0, NULL, popped, 3000, &count, error));
  NUMBER(3000, count);
  OK(kontor_lane_pop_many(lane, -1, NULL, popped + 3000, 3000, &count, error));
  NUMBER(2000, count);
  CHECK(memcmp(values, popped, sizeof values) == 0);
  CODE(KONTOR_TIMEOUT, kontor_lane_pop_many(lane, 1, NULL, popped, 1, &count, error));
  NUMBER(0, count);
  kontor_lane_free(lane);
}

static void* push_later(void* lane) {
  sleep_ms(20);
  CODE(KONTOR_OK, kontor_lane_push(lane, 42, NULL));
  return NULL;
}

static void* interrupt_later(void* waiter) {
  sleep_ms(20);
  CODE(KONTOR_OK, kontor_waiter_interrupt(waiter));
  return NULL;
}

static void test_waiting(void) {
  kontor_lane* lane = new_lane();
  kontor_waiter* waiter = NULL;
  OK(kontor_waiter_new(&waiter, error));
  uint64_t value = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, push_later, lane);
  OK(kontor_lane_pop(lane, -1, waiter, &value, error));
  NUMBER(42, value);
  pthread_join(thread, NULL);
  CODE(KONTOR_TIMEOUT, kontor_lane_pop(lane, 5, waiter, &value, error));
  pthread_create(&thread, NULL, interrupt_later, waiter);
  CODE(KONTOR_INTERRUPTED, kontor_lane_pop(lane, -1, waiter, &value, error));
  SAYS("interrupted");
  pthread_join(thread, NULL);
  kontor_waiter_free(waiter);
  kontor_lane_free(lane);
}

static void test_descriptor(void) {
  kontor_lane* lane = new_lane();
  int32_t descriptor = -1;
  OK(kontor_lane_descriptor(lane, &descriptor, error));
  CHECK(!is_readable(descriptor));
  OK(kontor_lane_push(lane, 1, error));
  CHECK(is_readable(descriptor));
  expect_value(lane, 1);
  expect_nothing(lane);
  CHECK(!is_readable(descriptor));
  OK(kontor_lane_close(lane, error));
  CHECK(is_readable(descriptor));
  kontor_lane_free(lane);
}

static void test_close(void) {
  kontor_lane* lane = new_lane();
  OK(kontor_lane_push(lane, 1, error));
  OK(kontor_lane_close(lane, error));
  CODE(KONTOR_CLOSED, kontor_lane_close(lane, error));
  CODE(KONTOR_CLOSED, kontor_lane_push(lane, 2, error));
  SAYS("the lane is closed");
  const uint64_t values[] = {3, 4};
  size_t pushed = 99;
  CODE(KONTOR_CLOSED, kontor_lane_push_many(lane, values, 2, &pushed, error));
  NUMBER(0, pushed);
  expect_value(lane, 1);
  uint64_t value = 99;
  CODE(KONTOR_CLOSED, kontor_lane_pop(lane, -1, NULL, &value, error));
  kontor_lane_free(lane);
}

static void* close_later(void* handle) {
  sleep_ms(20);
  CODE(KONTOR_OK, kontor_close(handle, NULL));
  return NULL;
}

static void test_closing_the_engine_wakes(void) {
  kontor_db* other = open_memory();
  kontor_lane* lane = NULL;
  OK(kontor_lane_new(other, &lane, error));
  pthread_t thread;
  pthread_create(&thread, NULL, close_later, other);
  uint64_t value = 0;
  CODE(KONTOR_CLOSED, kontor_lane_pop(lane, -1, NULL, &value, error));
  pthread_join(thread, NULL);
  kontor_db_free(other);
  CODE(KONTOR_CLOSED, kontor_lane_push(lane, 1, error));
  kontor_lane_free(lane);
}

static void test_memory_limit(void) {
  kontor_db* other = open_memory();
  kontor_lane* lane = NULL;
  OK(kontor_lane_new(other, &lane, error));
  OK(kontor_db_set_number(other, KONTOR_OPTION_MEMORY_LIMIT_BYTES, 8 << 20, error));
  int32_t code = KONTOR_OK;
  uint64_t pushed = 0;
  for (; code == KONTOR_OK && pushed < 4000000; pushed++) code = kontor_lane_push(lane, 1, error);
  CODE(KONTOR_NO_MEMORY, code);
  CHECK(pushed > 500000 && pushed < 1100000);
  for (int i = 0; i < 200000; i++) expect_value(lane, 1);
  OK(kontor_lane_push(lane, 1, error));
  kontor_lane_free(lane);
  close_and_free(other);
}

#define EACH 20000
static void* produce(void* lane) {
  for (uint64_t i = 1; i <= EACH; i++) kontor_lane_push(lane, i, NULL);
  return NULL;
}

/* The sum of what it got, to be freed. */
static void* consume(void* lane) {
  uint64_t* const sum = calloc(1, sizeof *sum);
  uint64_t value = 0;
  while (kontor_lane_pop(lane, -1, NULL, &value, NULL) == KONTOR_OK) *sum += value;
  return sum;
}

static void test_threads(void) {
  kontor_lane* lane = new_lane();
  pthread_t producers[3], consumers[3];
  for (int i = 0; i < 3; i++) pthread_create(&consumers[i], NULL, consume, lane);
  for (int i = 0; i < 3; i++) pthread_create(&producers[i], NULL, produce, lane);
  for (int i = 0; i < 3; i++) pthread_join(producers[i], NULL);
  OK(kontor_lane_close(lane, error));
  uint64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    void* part = NULL;
    pthread_join(consumers[i], &part);
    sum += *(uint64_t*)part;
    free(part);
  }
  NUMBER(UINT64_C(3) * EACH * (EACH + 1) / 2, sum);
  kontor_lane_free(lane);
}

int main(void) {
  check_begin(60);
  db = open_memory();
  RUN(test_order);
  RUN(test_batches);
  RUN(test_waiting);
  RUN(test_descriptor);
  RUN(test_close);
  RUN(test_closing_the_engine_wakes);
  RUN(test_memory_limit);
  RUN(test_threads);
  close_and_free(db);
  return check_end();
}
