/* Misuse of work queues, messages, channels, mailboxes and deliveries. */
#define _GNU_SOURCE
#include "misuse.h"

static char too_long_name[256];

static void test_queue_options(void) {
  ANSWERS(KONTOR_INVALID, kontor_queue_options_new(NULL, error));
  kontor_queue_options* options = NULL;
  OK(kontor_queue_options_new(&options, error));
  const int64_t* numbers = NULL;
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_queue_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_queue_options_set_number(handle, KONTOR_QUEUE_LEASE_MS, 1, error));
    ANSWERS(KONTOR_INVALID,
            kontor_queue_options_set_numbers(handle, KONTOR_QUEUE_RETRY_DELAYS_MS, NULL, 0, error));
    ANSWERS(KONTOR_INVALID,
            kontor_queue_options_number(handle, KONTOR_QUEUE_LEASE_MS, &out.i64, error));
    ANSWERS(KONTOR_INVALID, kontor_queue_options_numbers(handle, KONTOR_QUEUE_RETRY_DELAYS_MS,
                                                         &numbers, &out.size, error));
    if (handle != NULL)
      ANSWERS(KONTOR_INVALID, kontor_queue_open(live_db, B("o"), handle, &out.queue, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_queue_options_of(live_queue, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_options_number(options, KONTOR_QUEUE_LEASE_MS, NULL, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_queue_options_number(options, UINT32_MAX, &out.i64, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_options_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS, NULL,
                                                       &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_options_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS,
                                                       &numbers, NULL, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_queue_options_numbers(options, 0, &numbers, &out.size, error));
  for (uint32_t option = 0; option < 30; option++) {
    const int known = option >= KONTOR_QUEUE_DURABLE && option <= KONTOR_QUEUE_COMPRESS_BYTES;
    for (size_t i = 0; i < EDGES; i++) {
      const int32_t code = kontor_queue_options_set_number(options, option, kEdges[i], error);
      if (!known) CODE(KONTOR_UNSUPPORTED, code);
      if (known) CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
      if (known && kEdges[i] < 0) CODE(KONTOR_OUT_OF_RANGE, code);
    }
  }
  ANSWERS(KONTOR_UNSUPPORTED, kontor_queue_options_set_number(options, UINT32_MAX, 1, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_queue_options_set_number(options, KONTOR_QUEUE_DURABLE, 2, error));
  for (size_t i = 0; i < EDGES; i++) {
    const int32_t code = kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS,
                                                          &kEdges[i], 1, error);
    CODE(kEdges[i] < 0 || kEdges[i] == INT64_MAX ? KONTOR_OUT_OF_RANGE : KONTOR_OK, code);
    ANSWERS(KONTOR_UNSUPPORTED,
            kontor_queue_options_set_numbers(options, UINT32_MAX, &kEdges[i], 1, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_queue_options_set_numbers(options, KONTOR_QUEUE_RETRY_DELAYS_MS,
                                                           NULL, SIZE_MAX, error));
  kontor_queue_options_free(options);
}

static void test_enqueue_options(void) {
  ANSWERS(KONTOR_INVALID, kontor_enqueue_options_new(NULL, error));
  kontor_enqueue_options* options = NULL;
  OK(kontor_enqueue_options_new(&options, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_enqueue_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_enqueue_options_set_number(handle, KONTOR_ENQUEUE_PRIORITY, 1, error));
    ANSWERS(KONTOR_INVALID,
            kontor_enqueue_options_set_bytes(handle, KONTOR_ENQUEUE_GROUP, B("g"), error));
    ANSWERS(KONTOR_INVALID, kontor_enqueue_options_set_parent(handle, live_queue, 1, error));
    kontor_enqueue_options_free(handle);
    if (handle == NULL) continue;
    ANSWERS(KONTOR_INVALID, kontor_queue_enqueue_with(live_queue, B("b"), handle, &out.u64, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_enqueue_options_set_parent(options, NULL, 1, error));
  ANSWERS(KONTOR_INVALID, kontor_enqueue_options_set_parent(options, live_queue, 0, error));
  OK(kontor_enqueue_options_set_parent(options, live_queue, UINT64_MAX, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_enqueue_with(live_queue, B("b"), options, NULL, error));
  for (uint32_t option = 0; option < 7; option++) {
    const int known = option >= KONTOR_ENQUEUE_PRIORITY && option <= KONTOR_ENQUEUE_PARENT_STEP;
    for (size_t i = 0; i < EDGES; i++) {
      const int32_t code = kontor_enqueue_options_set_number(options, option, kEdges[i], error);
      if (!known) CODE(KONTOR_UNSUPPORTED, code);
      if (known) CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
      if (known && kEdges[i] < 0) CODE(KONTOR_OUT_OF_RANGE, code);
    }
  }
  ANSWERS(KONTOR_UNSUPPORTED, kontor_enqueue_options_set_bytes(options, 0, B("g"), error));
  REFUSES_BYTES(
      kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_GROUP, bytes, length, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_enqueue_options_set_bytes(options, KONTOR_ENQUEUE_GROUP,
                                                             too_long_name, 256, error));
  REFUSES_BYTES(kontor_queue_enqueue_with(live_queue, bytes, length, options, &out.u64, error));
  kontor_enqueue_options_free(options);
}

static void test_queue_names(void) {
  REFUSES_DB(kontor_queue_open(db, B("n"), NULL, &out.queue, error));
  REFUSES_DB(kontor_queue_delete(db, B("n"), error));
  REFUSES_BYTES(kontor_queue_open(live_db, bytes, length, NULL, &out.queue, error));
  REFUSES_BYTES(kontor_queue_delete(live_db, bytes, length, error));
  REFUSED(kontor_queue_open(live_db, too_long_name, 256, NULL, &out.queue, error));
  REFUSED(kontor_queue_open(live_db, NULL, 0, NULL, &out.queue, error));
  REFUSED(kontor_queue_delete(live_db, NULL, 0, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_open(live_db, B("n"), NULL, NULL, error));
  ANSWERS(KONTOR_NOT_FOUND, kontor_queue_delete(live_db, B("n"), error));
  kontor_queue* queue = NULL;
  OK(kontor_queue_open(live_db, too_long_name, 255, NULL, &queue, error));
  kontor_queue_free(queue);
}

static void test_queue_handles(void) {
  kontor_message* message = NULL;
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_enqueue(handle, B("b"), 0, 0, &out.u64, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_take(handle, 0, 0, NULL, &message, 1, &out.size, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_acknowledge(handle, 1, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_return(handle, 1, 0, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_bury(handle, 1, B("r"), error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_extend(handle, 1, 0, &out.i64, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_figures(handle, &out.i64, 1, &out.size, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_dead_letters(handle, 0, &message, 1, &out.size, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_options_of(handle, &out.queue_options, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_revive(handle, 1, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_discard(handle, 1, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_purge(handle, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_pause(handle, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_resume(handle, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_renew(handle, 1, 0, error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_complete(handle, 1, B("r"), error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_tell_progress(handle, 1, B("p"), error));
  REFUSES_CHILD(kontor_queue, orphan_queue, kontor_queue_peek(handle, 1, &message, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_await(handle, 1, -1, 0, NULL, &message, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_browse(handle, 1, &out.u64, &message, 1, &out.size, error));
  REFUSES_CHILD(kontor_queue, orphan_queue,
                kontor_queue_enqueue_with(handle, B("b"), NULL, &out.u64, error));
  CHECK(message == NULL);
}

static void test_enqueue(void) {
  REFUSES_BYTES(kontor_queue_enqueue(live_queue, bytes, length, 0, 0, &out.u64, error));
  const uint32_t no_priorities[] = {32, 0x80000000u, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_queue_enqueue(live_queue, B("b"), no_priorities[i], 0, &out.u64, error));
  }
  for (size_t i = 0; i < EDGES; i++) {
    const int64_t delay_ms = kEdges[i];
    const int32_t want = delay_ms < 0 || delay_ms == INT64_MAX ? KONTOR_OUT_OF_RANGE : KONTOR_OK;
    ANSWERS(want, kontor_queue_enqueue(live_queue, B("b"), 31, delay_ms, NULL, error));
  }
  ANSWERS(KONTOR_OK, kontor_queue_enqueue(live_queue, NULL, 0, 0, 0, &out.u64, error));
  OK(kontor_queue_purge(live_queue, error));
}

static void test_take(void) {
  kontor_message* message = NULL;
  OK(kontor_queue_enqueue(live_queue, B("b"), 0, 0, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_take(live_queue, 0, 0, NULL, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_take(live_queue, 0, 0, NULL, &message, 1, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_take(live_queue, 0, 0, (kontor_waiter*)live_db, &message, 1,
                                            &out.size, error));
  const size_t no_capacities[] = {0, 4097, (size_t)1 << 31, (size_t)1 << 32, SIZE_MAX};
  for (size_t i = 0; i < 5; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_queue_take(live_queue, 0, 0, NULL, &message,
                                                   no_capacities[i], &out.size, error));
  }
  const int64_t no_leases[] = {-1, INT64_MIN, INT64_MAX, INT64_C(4294967297)};
  for (size_t i = 0; i < 4; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_queue_take(live_queue, no_leases[i], 0, NULL, &message, 1, &out.size, error));
  }
  CHECK(message == NULL);
  NUMBER(1, figure(live_queue, KONTOR_QUEUE_READY)); /* the refused calls took nothing */
  OK(kontor_queue_purge(live_queue, error));
  OK(kontor_waiter_interrupt(live_waiter));
  for (size_t i = 0; i < EDGES; i++) {
    const int32_t want = kEdges[i] == 0 ? KONTOR_TIMEOUT : KONTOR_INTERRUPTED;
    ANSWERS(want, kontor_queue_take(live_queue, 0, kEdges[i], live_waiter, &message, 1, &out.size,
                                    error));
    NUMBER(0, out.size);
  }
  OK(kontor_waiter_reset(live_waiter));
}

static void test_receipts_and_ids(void) {
  kontor_message* message = NULL;
  for (size_t i = 0; i < EDGES; i++) {
    const uint64_t number = (uint64_t)kEdges[i];
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_acknowledge(live_queue, number, error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_return(live_queue, number, 0, error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_bury(live_queue, number, B("r"), error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_extend(live_queue, number, 0, &out.i64, error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_renew(live_queue, number, kEdges[i], error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_complete(live_queue, number, B("r"), error));
    ANSWERS(KONTOR_STALE_RECEIPT, kontor_queue_tell_progress(live_queue, number, B("p"), error));
    ANSWERS(KONTOR_NOT_FOUND, kontor_queue_peek(live_queue, number, &message, error));
    ANSWERS(KONTOR_NOT_FOUND,
            kontor_queue_await(live_queue, number, kEdges[i], 0, NULL, &message, error));
    ANSWERS(KONTOR_NOT_FOUND, kontor_queue_revive(live_queue, number, error));
    ANSWERS(KONTOR_NOT_FOUND, kontor_queue_discard(live_queue, number, error));
  }
}

static void test_numbers_of_a_leased_message(void) {
  OK(kontor_queue_enqueue(live_queue, B("b"), 0, 0, NULL, error));
  kontor_message* message = take(live_queue);
  const uint64_t receipt = kontor_message_receipt(message);
  REFUSED(kontor_queue_return(live_queue, receipt, INT64_MAX, error));
  REFUSED(kontor_queue_extend(live_queue, receipt, INT64_MAX, &out.i64, error));
  REFUSED(kontor_queue_extend(live_queue, receipt, -1, &out.i64, error));
  REFUSED(kontor_queue_extend(live_queue, receipt, INT64_MIN, &out.i64, error));
  REFUSES_BYTES(kontor_queue_bury(live_queue, receipt, bytes, length, error));
  REFUSES_BYTES(kontor_queue_complete(live_queue, receipt, bytes, length, error));
  REFUSES_BYTES(kontor_queue_tell_progress(live_queue, receipt, bytes, length, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_complete(live_queue, receipt, B("kept by nobody"), error));
  for (size_t i = 0; i < EDGES; i++) {
    ANSWERS(KONTOR_OK, kontor_queue_renew(live_queue, receipt, kEdges[i], error));
  }
  ANSWERS(KONTOR_OK,
          kontor_queue_extend(live_queue, receipt, 1000, NULL, error)); /* still its taker's */
  ANSWERS(KONTOR_OK,
          kontor_queue_return(live_queue, receipt, INT64_MIN, error)); /* < 0: the queue's delay */
  kontor_message_free(message);
  OK(kontor_queue_purge(live_queue, error));
}

static void test_looking(void) {
  kontor_message* message = NULL;
  ANSWERS(KONTOR_INVALID, kontor_queue_peek(live_queue, 1, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_await(live_queue, 1, -1, 0, NULL, NULL, error));
  ANSWERS(KONTOR_INVALID,
          kontor_queue_await(live_queue, 1, -1, 0, (kontor_waiter*)live_db, &message, error));
  const uint32_t no_states[] = {0, 32, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    uint64_t cursor = 0;
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_queue_browse(live_queue, no_states[i], &cursor, &message, 1, &out.size, error));
  }
  for (size_t i = 0; i < EDGES; i++) {
    uint64_t cursor = (uint64_t)kEdges[i];
    ANSWERS(KONTOR_OK, kontor_queue_browse(live_queue, 31, &cursor, &message, 1, &out.size, error));
    NUMBER(0, out.size);
  }
  uint64_t cursor = 0;
  ANSWERS(KONTOR_INVALID, kontor_queue_browse(live_queue, 1, NULL, &message, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_browse(live_queue, 1, &cursor, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_browse(live_queue, 1, &cursor, &message, 1, NULL, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_queue_browse(live_queue, 1, &cursor, &message, 0, &out.size, error));
  CHECK(message == NULL);
}

static void test_queue_outs(void) {
  kontor_message* message = NULL;
  ANSWERS(KONTOR_INVALID, kontor_queue_figures(live_queue, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_OK, kontor_queue_figures(live_queue, NULL, 0, &out.size, error));
  NUMBER(0, out.size);
  int64_t figures[KONTOR_QUEUE_FIGURES + 2];
  ANSWERS(KONTOR_OK,
          kontor_queue_figures(live_queue, figures, KONTOR_QUEUE_FIGURES + 2, &out.size, error));
  NUMBER(KONTOR_QUEUE_FIGURES, out.size);
  ANSWERS(KONTOR_INVALID, kontor_queue_dead_letters(live_queue, 0, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_queue_dead_letters(live_queue, 0, &message, 1, NULL, error));
  ANSWERS(KONTOR_OK,
          kontor_queue_dead_letters(live_queue, UINT64_MAX, &message, 1, &out.size, error));
  NUMBER(0, out.size);
}

static void test_messages(void) {
  const kontor_message* none[] = {NULL, (kontor_message*)foreign_memory,
                                  (kontor_message*)live_queue};
  for (size_t i = 0; i < 3; i++) {
    NUMBER(0, kontor_message_id(none[i]));
    NUMBER(0, kontor_message_state(none[i]));
    NUMBER(0, kontor_message_progress_count(none[i]));
    BARE(KONTOR_INVALID, kontor_message_note(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_message_group(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_message_channel(none[i], &out.borrowed, &out.size));
    NUMBER(0, kontor_message_children(none[i]));
    NUMBER(0, kontor_message_receipt(none[i]));
    NUMBER(0, kontor_message_attempt(none[i]));
    NUMBER(0, kontor_message_priority(none[i]));
    NUMBER(0, kontor_message_enqueued_at_unix_ms(none[i]));
    NUMBER(0, kontor_message_lease_until_unix_ms(none[i]));
    BARE(KONTOR_INVALID, kontor_message_body(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_message_reason(none[i], &out.borrowed, &out.size));
  }
  OK(kontor_queue_enqueue(live_queue, NULL, 0, 0, 0, NULL, error));
  kontor_message* message = take(live_queue);
  BARE(KONTOR_INVALID, kontor_message_body(message, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_message_body(message, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_message_note(message, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_message_note(message, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_message_group(message, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_message_channel(message, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_message_channel(message, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_message_group(message, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_message_reason(message, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_message_reason(message, &out.borrowed, NULL));
  kontor_message_free(message);
}

static void test_publish(void) {
  REFUSES_DB(kontor_publish(db, B("c"), B("b"), &out.u64, NULL, error));
  REFUSES_BYTES(kontor_publish(live_db, bytes, length, B("b"), &out.u64, NULL, error));
  REFUSES_BYTES(kontor_publish(live_db, B("c"), bytes, length, NULL, &out.u64, error));
  ANSWERS(KONTOR_OK, kontor_publish(live_db, NULL, 0, NULL, 0, NULL, NULL, error));
}

static void test_mailbox_new(void) {
  REFUSES_DB(kontor_mailbox_new(db, 1, KONTOR_OVERFLOW_CLOSE, &out.mailbox, error));
  ANSWERS(KONTOR_INVALID, kontor_mailbox_new(live_db, 1, KONTOR_OVERFLOW_CLOSE, NULL, error));
  const uint64_t no_capacities[] = {0, 16777217, UINT64_C(4294967296), UINT64_MAX};
  for (size_t i = 0; i < 4; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_mailbox_new(live_db, no_capacities[i],
                                                    KONTOR_OVERFLOW_CLOSE, &out.mailbox, error));
  }
  REFUSED(kontor_mailbox_new(live_db, 1, 5, &out.mailbox, error));
  REFUSED(kontor_mailbox_new(live_db, 1, UINT32_MAX, &out.mailbox, error));
}

static void test_mailbox_options(void) {
  ANSWERS(KONTOR_INVALID, kontor_mailbox_options_new(NULL, error));
  kontor_mailbox_options* options = NULL;
  OK(kontor_mailbox_options_new(&options, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_mailbox_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_mailbox_options_set_number(handle, KONTOR_MAILBOX_BLOCK_MS, 1, error));
    if (handle != NULL)
      ANSWERS(KONTOR_INVALID, kontor_mailbox_open(live_db, handle, &out.mailbox, error));
  }
  REFUSES_DB(kontor_mailbox_open(db, options, &out.mailbox, error));
  ANSWERS(KONTOR_INVALID, kontor_mailbox_open(live_db, options, NULL, error));
  for (uint32_t option = 0; option < 9; option++) {
    const int known =
        option >= KONTOR_MAILBOX_CAPACITY_MESSAGES && option <= KONTOR_MAILBOX_INTEREST_LINGER_MS;
    for (size_t i = 0; i < EDGES; i++) {
      const int32_t code = kontor_mailbox_options_set_number(options, option, kEdges[i], error);
      if (!known) CODE(KONTOR_UNSUPPORTED, code);
      if (known) CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
      if (known && kEdges[i] < 0) CODE(KONTOR_OUT_OF_RANGE, code);
    }
  }
  ANSWERS(KONTOR_UNSUPPORTED, kontor_mailbox_options_set_number(options, UINT32_MAX, 1, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_OVERFLOW, 5, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_CAPACITY_MESSAGES, 0, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_BLOCK_MS, 60001, error));
  kontor_mailbox_options_free(options);
}

static void test_mailbox_handles(void) {
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_subscribe(handle, KONTOR_CHANNEL, B("c"), 1, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_unsubscribe(handle, KONTOR_CHANNEL, B("c"), 1, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_unsubscribe_tag(handle, 1, &out.u64, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox, kontor_mailbox_watch_interest(handle, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_next(handle, 0, NULL, &out.delivery, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox, kontor_mailbox_descriptor(handle, &out.i32, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_counts(handle, &out.u64, NULL, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox, kontor_mailbox_close(handle, error));
  kontor_mailbox* closed = NULL;
  OK(kontor_mailbox_new(live_db, 1, KONTOR_OVERFLOW_CLOSE, &closed, error));
  OK(kontor_mailbox_close(closed, error));
  ANSWERS(KONTOR_CLOSED, kontor_mailbox_close(closed, error));
  ANSWERS(KONTOR_CLOSED, kontor_mailbox_next(closed, -1, NULL, &out.delivery, error));
  ANSWERS(KONTOR_CLOSED, kontor_mailbox_subscribe(closed, KONTOR_CHANNEL, B("c"), 1, error));
  ANSWERS(KONTOR_CLOSED, kontor_mailbox_watch_interest(closed, error));
  kontor_mailbox_free(closed);
}

static void test_mailbox_arguments(void) {
  for (uint32_t kind = KONTOR_CHANNEL; kind <= KONTOR_TOKENS; kind++) {
    REFUSES_BYTES(kontor_mailbox_subscribe(live_mailbox, kind, bytes, length, 1, error));
    REFUSES_BYTES(kontor_mailbox_unsubscribe(live_mailbox, kind, bytes, length, 1, error));
  }
  const uint32_t no_kinds[] = {3, 0x80000000u, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    REFUSED(kontor_mailbox_subscribe(live_mailbox, no_kinds[i], B("c"), 1, error));
    REFUSED(kontor_mailbox_unsubscribe(live_mailbox, no_kinds[i], B("c"), 1, error));
  }
  const char* no_tokens[] = {"", ".", "a..b", "a.", ">.a"};
  for (size_t i = 0; i < 5; i++) {
    ANSWERS(KONTOR_INVALID, kontor_mailbox_subscribe(live_mailbox, KONTOR_TOKENS, no_tokens[i],
                                                     strlen(no_tokens[i]), 1, error));
  }
  for (size_t i = 0; i < EDGES; i++) { /* every tag is legal */
    ANSWERS(KONTOR_OK, kontor_mailbox_subscribe(live_mailbox, KONTOR_CHANNEL, B("c"),
                                                (uint64_t)kEdges[i], error));
  }
  for (size_t i = 0; i < EDGES; i++) {
    ANSWERS(KONTOR_OK,
            kontor_mailbox_unsubscribe_tag(live_mailbox, (uint64_t)kEdges[i], NULL, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_mailbox_next(live_mailbox, 0, NULL, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_mailbox_descriptor(live_mailbox, NULL, error));
  ANSWERS(KONTOR_OK, kontor_mailbox_counts(live_mailbox, NULL, NULL, error));
  OK(kontor_waiter_interrupt(live_waiter));
  for (size_t i = 0; i < EDGES; i++) {
    const int32_t want = kEdges[i] == 0 ? KONTOR_TIMEOUT : KONTOR_INTERRUPTED;
    ANSWERS(want, kontor_mailbox_next(live_mailbox, kEdges[i], live_waiter, &out.delivery, error));
  }
  OK(kontor_waiter_reset(live_waiter));
}

static void test_deliveries(void) {
  const kontor_delivery* none[] = {NULL, (kontor_delivery*)foreign_memory,
                                   (kontor_delivery*)live_queue};
  const uint64_t* tags = NULL;
  for (size_t i = 0; i < 3; i++) {
    NUMBER(0, kontor_delivery_kind(none[i]));
    NUMBER(0, kontor_delivery_lost(none[i]));
    NUMBER(0, kontor_delivery_subject_kind(none[i]));
    BARE(KONTOR_INVALID, kontor_delivery_channel(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_delivery_pattern(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_delivery_body(none[i], &out.borrowed, &out.size));
    BARE(KONTOR_INVALID, kontor_delivery_tags(none[i], &tags, &out.size));
  }
  OK(kontor_mailbox_subscribe(live_mailbox, KONTOR_CHANNEL, B("d"), 1, error));
  OK(kontor_publish(live_db, B("d"), B("x"), NULL, NULL, error));
  kontor_delivery* delivery = NULL;
  OK(kontor_mailbox_next(live_mailbox, 0, NULL, &delivery, error));
  BARE(KONTOR_INVALID, kontor_delivery_channel(delivery, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_delivery_channel(delivery, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_delivery_pattern(delivery, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_delivery_body(delivery, &out.borrowed, NULL));
  BARE(KONTOR_INVALID, kontor_delivery_tags(delivery, NULL, &out.size));
  kontor_delivery_free(delivery);
}

static void test_many_deliveries(void) {
  ANSWERS(KONTOR_INVALID, kontor_deliveries_new(NULL, error));
  kontor_deliveries* deliveries = NULL;
  OK(kontor_deliveries_new(&deliveries, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_deliveries* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_mailbox_next_many(live_mailbox, 0, NULL, 1, handle, &out.size, error));
    CHECK(kontor_deliveries_at(handle, 0) == NULL);
    if (handle != NULL) kontor_deliveries_free(handle);
  }
  kontor_deliveries_free(NULL);
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_next_many(handle, 0, NULL, 1, deliveries, &out.size, error));
  const size_t no_numbers[] = {0, 65537, SIZE_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_mailbox_next_many(live_mailbox, 0, NULL, no_numbers[i],
                                                          deliveries, &out.size, error));
  }
  OK(kontor_publish(live_db, B("d"), B("x"), NULL, NULL, error));
  OK(kontor_mailbox_next_many(live_mailbox, 0, NULL, 3, deliveries, NULL, error));
  const kontor_delivery* delivery = kontor_deliveries_at(deliveries, 0);
  CHECK(delivery != NULL);
  CHECK(kontor_deliveries_at(deliveries, 1) == NULL);
  CHECK(kontor_deliveries_at(deliveries, SIZE_MAX) == NULL);
  kontor_delivery_free((kontor_delivery*)delivery); /* it is not the caller's */
  NUMBER(KONTOR_DELIVERY_MESSAGE, kontor_delivery_kind(delivery));
  ANSWERS(KONTOR_TIMEOUT,
          kontor_mailbox_next_many(live_mailbox, 0, NULL, 3, deliveries, &out.size, error));
  CHECK(kontor_deliveries_at(deliveries, 0) == NULL);
  kontor_deliveries_free(deliveries);
}

int main(void) {
  memset(too_long_name, 'n', sizeof too_long_name);
  misuse_begin();
  RUN(test_queue_options);
  RUN(test_enqueue_options);
  RUN(test_queue_names);
  RUN(test_queue_handles);
  RUN(test_enqueue);
  RUN(test_take);
  RUN(test_receipts_and_ids);
  RUN(test_numbers_of_a_leased_message);
  RUN(test_looking);
  RUN(test_queue_outs);
  RUN(test_messages);
  RUN(test_publish);
  RUN(test_mailbox_new);
  RUN(test_mailbox_options);
  RUN(test_mailbox_handles);
  RUN(test_mailbox_arguments);
  RUN(test_deliveries);
  RUN(test_many_deliveries);
  return misuse_end();
}
