/* Misuse of consumers, schedules, and calls for many messages at once. */
#define _GNU_SOURCE
#include "misuse.h"

static char too_long_name[256];

static void test_consumers(void) {
  ANSWERS(KONTOR_INVALID, kontor_consumer_new(live_db, KONTOR_CONSUMER_BY_ORDER, NULL, error));
  kontor_consumer* consumer = NULL;
  REFUSES_DB(kontor_consumer_new(db, KONTOR_CONSUMER_BY_ORDER, &consumer, error));
  ANSWERS(KONTOR_INVALID, kontor_consumer_new(live_db, 2, &consumer, error));
  CHECK(consumer == NULL);
  OK(kontor_consumer_new(live_db, KONTOR_CONSUMER_BY_WEIGHT, &consumer, error));
  kontor_message* message = NULL;
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_consumer* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_consumer_add(handle, live_queue, 1, error));
    ANSWERS(KONTOR_INVALID,
            kontor_consumer_take(handle, 0, 0, &message, NULL, 1, &out.size, error));
    ANSWERS(KONTOR_INVALID, kontor_consumer_descriptor(handle, &out.i32, error));
    ANSWERS(KONTOR_INVALID, kontor_consumer_leave(handle, error));
    NUMBER(KONTOR_INVALID, kontor_consumer_interrupt(handle));
    NUMBER(KONTOR_INVALID, kontor_consumer_reset(handle));
    kontor_consumer_free(handle);
    ANSWERS(KONTOR_INVALID, kontor_consumer_add(consumer, bad_handle(bad, 0), 1, error));
  }
  ANSWERS(KONTOR_INVALID,
          kontor_consumer_take(consumer, 0, 0, &message, NULL, 1, &out.size, error)); /* no queue */
  const uint32_t no_weights[] = {0, 1000001, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_consumer_add(consumer, live_queue, no_weights[i], error));
  }
  ANSWERS(KONTOR_CLOSED, kontor_consumer_add(consumer, orphan_queue, 1, error));
  kontor_db* other = open_memory();
  kontor_queue* foreign = open_queue(other, "q", NULL);
  ANSWERS(KONTOR_INVALID, kontor_consumer_add(consumer, foreign, 1, error));
  kontor_queue_free(foreign);
  close_and_free(other);
  OK(kontor_consumer_add(consumer, live_queue, 1, error));
  ANSWERS(KONTOR_INVALID, kontor_consumer_take(consumer, 0, 0, NULL, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_consumer_take(consumer, 0, 0, &message, NULL, 1, NULL, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_consumer_take(consumer, 0, 0, &message, NULL, 4097, &out.size, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_consumer_take(consumer, -1, 0, &message, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_consumer_descriptor(consumer, NULL, error));
  CHECK(message == NULL);
  kontor_consumer_free(consumer);
}

static void test_many(void) {
  const void* bodies[2] = {"a", "b"};
  const size_t lengths[2] = {1, 1};
  uint64_t ids[2];
  const size_t no_counts[] = {0, 4097, SIZE_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_queue_enqueue_many(live_queue, bodies, lengths, no_counts[i], NULL, ids, error));
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_queue_acknowledge_many(live_queue, ids, no_counts[i], &out.size, NULL, error));
  }
  ANSWERS(KONTOR_INVALID,
          kontor_queue_enqueue_many(live_queue, NULL, lengths, 2, NULL, ids, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_enqueue_many(live_queue, bodies, NULL, 2, NULL, ids, error));
  const size_t too_long[2] = {1, SIZE_MAX};
  ANSWERS(KONTOR_TOO_LARGE,
          kontor_queue_enqueue_many(live_queue, bodies, too_long, 2, NULL, ids, error));
  const void* no_body[2] = {"a", NULL};
  ANSWERS(KONTOR_INVALID,
          kontor_queue_enqueue_many(live_queue, no_body, lengths, 2, NULL, ids, error));
  NUMBER(0, figure(live_queue, KONTOR_QUEUE_READY)); /* none, also where the first is sound */
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_enqueue_options* handle = bad_handle(bad, 0);
    if (handle == NULL) continue;
    ANSWERS(KONTOR_INVALID,
            kontor_queue_enqueue_many(live_queue, bodies, lengths, 2, handle, ids, error));
  }
  ANSWERS(KONTOR_INVALID,
          kontor_queue_acknowledge_many(live_queue, NULL, 2, &out.size, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_acknowledge_many(live_queue, ids, 2, NULL, NULL, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_enqueue_many(handle, bodies, lengths, 2, NULL, ids, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_acknowledge_many(handle, ids, 2, &out.size, NULL, error));
}

static void test_schedules(void) {
  ANSWERS(KONTOR_INVALID, kontor_schedule_options_new(NULL, error));
  kontor_schedule_options* options = NULL;
  OK(kontor_schedule_options_new(&options, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_schedule_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_schedule_options_set_number(handle, KONTOR_SCHEDULE_EVERY_MS, 1, error));
    ANSWERS(KONTOR_INVALID,
            kontor_schedule_options_set_bytes(handle, KONTOR_SCHEDULE_BODY, B("b"), error));
    ANSWERS(KONTOR_INVALID, kontor_queue_schedule(live_queue, B("s"), handle, error));
    kontor_schedule_options_free(handle);
  }
  const uint32_t unknown[] = {0, 5, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_UNSUPPORTED, kontor_schedule_options_set_number(options, unknown[i], 1, error));
    ANSWERS(KONTOR_UNSUPPORTED,
            kontor_schedule_options_set_bytes(options, unknown[i], B("b"), error));
  }
  REFUSES_BYTES(
      kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_BODY, bytes, length, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_GROUP,
                                                              too_long_name, 256, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_schedule(live_queue, B("s"), options, error)); /* neither */
  const uint32_t numbers[] = {KONTOR_SCHEDULE_EVERY_MS, KONTOR_SCHEDULE_FIRST_UNIX_MS,
                              KONTOR_SCHEDULE_MISSED, KONTOR_SCHEDULE_PRIORITY};
  for (size_t number = 0; number < 4; number++) {
    OK(kontor_schedule_options_set_number(options, KONTOR_SCHEDULE_EVERY_MS, 60000, error));
    const int64_t beyond[] = {-1, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < 3; i++) {
      OK(kontor_schedule_options_set_number(options, numbers[number], beyond[i], error));
      ANSWERS(KONTOR_OUT_OF_RANGE, kontor_queue_schedule(live_queue, B("s"), options, error));
    }
    OK(kontor_schedule_options_set_number(options, numbers[number], 0, error));
  }
  OK(kontor_schedule_options_set_number(options, KONTOR_SCHEDULE_EVERY_MS, 60000, error));
  OK(kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_CRON, B("@daily"), error));
  ANSWERS(KONTOR_INVALID, kontor_queue_schedule(live_queue, B("s"), options, error)); /* both */
  OK(kontor_schedule_options_set_number(options, KONTOR_SCHEDULE_EVERY_MS, 0, error));
  const char* no_zones[] = {"../../../etc/passwd", "/etc/localtime", "localtime", "Nowhere/At_all"};
  for (size_t i = 0; i < 4; i++) {
    OK(kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_TIME_ZONE, no_zones[i],
                                         strlen(no_zones[i]), error));
    ANSWERS(KONTOR_INVALID, kontor_queue_schedule(live_queue, B("s"), options, error));
  }
  OK(kontor_schedule_options_set_bytes(options, KONTOR_SCHEDULE_TIME_ZONE, NULL, 0, error));
  REFUSES_BYTES(kontor_queue_schedule(live_queue, bytes, length, options, error));
  REFUSES_BYTES(kontor_queue_unschedule(live_queue, bytes, length, error));
  REFUSES_BYTES(kontor_queue_next_run(live_queue, bytes, length, &out.i64, error));
  REFUSED(kontor_queue_schedule(live_queue, too_long_name, 256, options, error));
  REFUSED(kontor_queue_schedule(live_queue, NULL, 0, options, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_schedule(handle, B("s"), options, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_unschedule(handle, B("s"), error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_next_run(handle, B("s"), &out.i64, error));
  ANSWERS(KONTOR_NOT_FOUND, kontor_queue_unschedule(live_queue, B("s"), error));
  ANSWERS(KONTOR_NOT_FOUND, kontor_queue_next_run(live_queue, B("s"), &out.i64, error));
  OK(kontor_queue_schedule(live_queue, B("s"), options, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_next_run(live_queue, B("s"), NULL, error));
  OK(kontor_queue_unschedule(live_queue, B("s"), error));
  kontor_schedule_options_free(options);
}

static void test_bindings(void) {
  REFUSES_BYTES(kontor_queue_bind(live_queue, KONTOR_CHANNEL, bytes, length, error));
  REFUSES_BYTES(kontor_queue_unbind(live_queue, KONTOR_CHANNEL, bytes, length, error));
  REFUSED(kontor_queue_bind(live_queue, KONTOR_CHANNEL, too_long_name, 256, error));
  for (uint32_t kind = KONTOR_TOKENS + 1; kind != 0; kind <<= 1) {
    ANSWERS(KONTOR_INVALID, kontor_queue_bind(live_queue, kind, B("c"), error));
    ANSWERS(KONTOR_INVALID, kontor_queue_unbind(live_queue, kind, B("c"), error));
  }
  ANSWERS(KONTOR_INVALID, kontor_queue_bind(live_queue, KONTOR_TOKENS, B("a.>.b"), error));
  ANSWERS(KONTOR_INVALID, kontor_queue_bind(live_queue, KONTOR_TOKENS, NULL, 0, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_bind(handle, 0, B("c"), error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_unbind(handle, 0, B("c"), error));
  ANSWERS(KONTOR_NOT_FOUND, kontor_queue_unbind(live_queue, KONTOR_PATTERN, B("c"), error));
}

int main(void) {
  memset(too_long_name, 'n', sizeof too_long_name);
  misuse_begin();
  RUN(test_consumers);
  RUN(test_many);
  RUN(test_schedules);
  RUN(test_bindings);
  return misuse_end();
}
