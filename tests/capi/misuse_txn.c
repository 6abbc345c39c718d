/* Misuse of transactions and sessions. */
#define _GNU_SOURCE
#include "misuse.h"

static const void* const kWords[] = {"SET", "x", "1"};
static const size_t kLengths[] = {3, 1, 1};

static void test_txn_handles(void) {
  REFUSES_DB(kontor_txn_new(db, &out.txn, error));
  ANSWERS(KONTOR_INVALID, kontor_txn_new(live_db, NULL, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_set(handle, B("k"), B("v"), 0, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_delete(handle, B("k"), error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_increment(handle, B("k"), 1, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_hash_set(handle, B("k"), B("f"), B("v"), error));
  REFUSES_CHILD(kontor_txn, orphan_txn,
                kontor_txn_hash_increment(handle, B("k"), B("f"), 1, error));
  REFUSES_CHILD(kontor_txn, orphan_txn,
                kontor_txn_list_push(handle, B("k"), KONTOR_BACK, B("v"), error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_exec(handle, 3, kWords, kLengths, error));
  REFUSES_CHILD(kontor_txn, orphan_txn,
                kontor_txn_enqueue(handle, live_queue, B("b"), 0, 0, error));
  REFUSES_CHILD(kontor_txn, orphan_txn,
                kontor_txn_enqueue_with(handle, live_queue, B("b"), NULL, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_acknowledge(handle, live_queue, 1, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_complete(handle, live_queue, 1, B("r"), error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_publish(handle, B("c"), B("b"), error));
  REFUSES_CHILD(kontor_txn, orphan_txn,
                kontor_txn_set_durability(handle, KONTOR_DURABILITY_MEMORY, error));
  REFUSES_CHILD(kontor_txn, orphan_txn, kontor_txn_commit(handle, &out.reply, error));
}

static void test_txn_queues(void) {
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    ANSWERS(KONTOR_INVALID, kontor_txn_enqueue(live_txn, bad_handle(bad, 0), B("b"), 0, 0, error));
    ANSWERS(KONTOR_INVALID,
            kontor_txn_enqueue_with(live_txn, bad_handle(bad, 0), B("b"), NULL, error));
    if (bad_handle(bad, 0) != NULL) {
      ANSWERS(KONTOR_INVALID,
              kontor_txn_enqueue_with(live_txn, live_queue, B("b"), bad_handle(bad, 0), error));
    }
    ANSWERS(KONTOR_INVALID, kontor_txn_acknowledge(live_txn, bad_handle(bad, 0), 1, error));
    ANSWERS(KONTOR_INVALID, kontor_txn_complete(live_txn, bad_handle(bad, 0), 1, B("r"), error));
  }
  ANSWERS(KONTOR_CLOSED, kontor_txn_enqueue(live_txn, orphan_queue, B("b"), 0, 0, error));
  ANSWERS(KONTOR_CLOSED, kontor_txn_acknowledge(live_txn, orphan_queue, 1, error));
  /* A queue of another engine cannot be part of this one's commit. */
  kontor_db* other = open_memory();
  kontor_queue* queue = open_queue(other, "q", NULL);
  ANSWERS(KONTOR_INVALID, kontor_txn_enqueue(live_txn, queue, B("b"), 0, 0, error));
  ANSWERS(KONTOR_INVALID, kontor_txn_acknowledge(live_txn, queue, 1, error));
  kontor_queue_free(queue);
  close_and_free(other);
}

static void test_txn_bytes(void) {
  REFUSES_BYTES(kontor_txn_complete(live_txn, live_queue, 1, bytes, length, error));
  REFUSES_BYTES(kontor_txn_set(live_txn, bytes, length, B("v"), 0, error));
  REFUSES_BYTES(kontor_txn_set(live_txn, B("k"), bytes, length, 0, error));
  REFUSES_BYTES(kontor_txn_delete(live_txn, bytes, length, error));
  REFUSES_BYTES(kontor_txn_increment(live_txn, bytes, length, 1, error));
  REFUSES_BYTES(kontor_txn_hash_set(live_txn, bytes, length, B("f"), B("v"), error));
  REFUSES_BYTES(kontor_txn_hash_set(live_txn, B("k"), bytes, length, B("v"), error));
  REFUSES_BYTES(kontor_txn_hash_set(live_txn, B("k"), B("f"), bytes, length, error));
  REFUSES_BYTES(kontor_txn_hash_increment(live_txn, bytes, length, B("f"), 1, error));
  REFUSES_BYTES(kontor_txn_hash_increment(live_txn, B("k"), bytes, length, 1, error));
  REFUSES_BYTES(kontor_txn_list_push(live_txn, bytes, length, KONTOR_BACK, B("v"), error));
  REFUSES_BYTES(kontor_txn_list_push(live_txn, B("k"), KONTOR_BACK, bytes, length, error));
  REFUSES_BYTES(kontor_txn_enqueue(live_txn, live_queue, bytes, length, 0, 0, error));
  REFUSES_BYTES(kontor_txn_enqueue_with(live_txn, live_queue, bytes, length, NULL, error));
  REFUSES_BYTES(kontor_txn_publish(live_txn, bytes, length, B("b"), error));
  REFUSES_BYTES(kontor_txn_publish(live_txn, B("c"), bytes, length, error));
}

static void test_txn_exec(void) {
  const void* words[] = {"SET", "x", "1"};
  size_t lengths[] = {3, 1, 1};
  REFUSES_BYTES(kontor_txn_exec(live_txn, 3, (words[1] = bytes, words),
                                (lengths[1] = length, lengths), error));
  words[1] = "x";
  lengths[1] = 1;
  ANSWERS(KONTOR_INVALID, kontor_txn_exec(live_txn, 0, words, lengths, error));
  ANSWERS(KONTOR_INVALID, kontor_txn_exec(live_txn, 3, NULL, lengths, error));
  ANSWERS(KONTOR_INVALID, kontor_txn_exec(live_txn, 3, words, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_txn_exec(live_txn, 2, words, lengths, error)); /* SET x: too few */
  REFUSED(kontor_txn_exec(live_txn, SIZE_MAX, words, lengths, error));
  const char* const impossible[] = {"nosuch", "MULTI", "EXEC", "SUBSCRIBE"};
  for (size_t i = 0; i < 4; i++) {
    words[0] = impossible[i];
    lengths[0] = strlen(impossible[i]);
    ANSWERS(KONTOR_INVALID, kontor_txn_exec(live_txn, i == 3 ? 2 : 1, words, lengths, error));
  }
}

static void test_txn_numbers(void) {
  for (size_t i = 0; i < EDGES; i++) {
    const int64_t number = kEdges[i];
    const int outside = number < 0 || number == INT64_MAX;
    if (outside) REFUSED(kontor_txn_set(live_txn, B("k"), B("v"), number, error));
    if (outside) REFUSED(kontor_txn_enqueue(live_txn, live_queue, B("b"), 0, number, error));
    ANSWERS(KONTOR_OK, kontor_txn_increment(live_txn, B("n"), number, error));
    ANSWERS(KONTOR_OK, kontor_txn_hash_increment(live_txn, B("h"), B("f"), number, error));
    if ((uint32_t)number > 31) {
      REFUSED(kontor_txn_enqueue(live_txn, live_queue, B("b"), (uint32_t)number, 0, error));
    }
    if ((uint32_t)number > 1)
      REFUSED(kontor_txn_list_push(live_txn, B("l"), (uint32_t)number, B("v"), error));
    if ((uint32_t)number > 2) REFUSED(kontor_txn_set_durability(live_txn, (uint32_t)number, error));
  }
  ANSWERS(KONTOR_UNSUPPORTED,
          kontor_txn_set_durability(live_txn, KONTOR_DURABILITY_SYNC, error)); /* no files */
  /* The sum of them cannot be: no increment happens, and the transaction is empty again. */
  OK(kontor_txn_increment(live_txn, B("n"), INT64_MAX, error));
  OK(kontor_txn_increment(live_txn, B("n"), INT64_MAX, error));
  ANSWERS(KONTOR_OUT_OF_RANGE, kontor_txn_commit(live_txn, &out.reply, error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(live_db, B("n"), error));
  ANSWERS(KONTOR_OK, kontor_txn_commit(live_txn, NULL, error));
  kontor_reply* replies = NULL;
  OK(kontor_txn_commit(live_txn, &replies, error));
  NUMBER(KONTOR_REPLY_ARRAY, kontor_reply_type(replies));
  NUMBER(0, kontor_reply_count(replies));
  kontor_reply_free(replies);
}

static void test_sessions(void) {
  char buffer[16];
  REFUSES_DB(kontor_session_new(db, &out.session, error));
  ANSWERS(KONTOR_INVALID, kontor_session_new(live_db, NULL, error));
  REFUSES_CHILD(kontor_session, orphan_session, kontor_session_write(handle, B("PING\r\n"), error));
  REFUSES_CHILD(kontor_session, orphan_session,
                kontor_session_read(handle, buffer, sizeof buffer, &out.size, error));
  REFUSES_CHILD(kontor_session, orphan_session, kontor_session_descriptor(handle, &out.i32, error));
  ANSWERS(KONTOR_INVALID, kontor_session_write(live_session, NULL, 1, error));
  REFUSED(kontor_session_write(live_session, NULL, SIZE_MAX, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_session_write(live_session, "x", SIZE_MAX, error));
  ANSWERS(KONTOR_OK, kontor_session_write(live_session, NULL, 0, error));
  ANSWERS(KONTOR_INVALID, kontor_session_read(live_session, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_session_read(live_session, buffer, sizeof buffer, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_session_descriptor(live_session, NULL, error));
  ANSWERS(KONTOR_OK, kontor_session_write(live_session, B("PING\r\n"), error));
  ANSWERS(KONTOR_OK, kontor_session_read(live_session, NULL, 0, &out.size, error));
  NUMBER(0, out.size);
  ANSWERS(KONTOR_OK, kontor_session_read(live_session, buffer, sizeof buffer, &out.size, error));
  BYTES("+PONG\r\n", buffer, out.size);
}

static void test_states_of_sessions(void) {
  uint32_t state = 9;
  uint64_t unread = 9;
  REFUSES_CHILD(kontor_session, orphan_session,
                kontor_session_state(handle, &state, &unread, &out.u64, error));
  NUMBER(0, state);
  NUMBER(0, unread);
  ANSWERS(KONTOR_OK, kontor_session_state(live_session, NULL, NULL, NULL, error));
}

static void test_options_of_sessions(void) {
  REFUSES_DB(kontor_session_options_new(db, &out.session_options, error));
  ANSWERS(KONTOR_INVALID, kontor_session_options_new(live_db, NULL, error));
  kontor_session_options* options = NULL;
  OK(kontor_session_options_new(live_db, &options, error));
  for (int bad = 0; bad < BAD_HANDLES - 1; bad++) {
    kontor_session_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_session_options_set_text(handle, KONTOR_SESSION_PASSWORD, B("p"), error));
    ANSWERS(KONTOR_INVALID,
            kontor_session_options_set_number(handle, KONTOR_SESSION_ARGUMENTS, 4, error));
    ANSWERS(KONTOR_INVALID, kontor_session_open(handle, &out.session, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_session_open(options, NULL, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_session_options_set_text(options, 0, B("x"), error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_session_options_set_text(options, 4, B("x"), error));
  ANSWERS(KONTOR_TOO_LARGE,
          kontor_session_options_set_text(options, KONTOR_SESSION_PASSWORD, "x", 1025, error));
  ANSWERS(KONTOR_INVALID,
          kontor_session_options_set_text(options, KONTOR_SESSION_PASSWORD, NULL, 1, error));
  for (uint32_t option = 0; option < 10; option++) {
    for (size_t i = 0; i < EDGES; i++) {
      const int32_t code = kontor_session_options_set_number(options, option, kEdges[i], error);
      const int known = option >= KONTOR_SESSION_ARGUMENTS && option <= KONTOR_SESSION_MAY_DEBUG;
      if (known) {
        CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
      } else {
        CODE(KONTOR_UNSUPPORTED, code);
      }
    }
  }
  kontor_session_options_free(options);
}

int main(void) {
  misuse_begin();
  RUN(test_txn_handles);
  RUN(test_txn_queues);
  RUN(test_txn_bytes);
  RUN(test_txn_exec);
  RUN(test_txn_numbers);
  RUN(test_sessions);
  RUN(test_states_of_sessions);
  RUN(test_options_of_sessions);
  return misuse_end();
}
