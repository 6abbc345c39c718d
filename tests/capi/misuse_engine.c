/* Misuse of errors, options, engines, waiters, commands and replies. */
#define _GNU_SOURCE
#include "misuse.h"

static void test_codes(void) {
  for (size_t i = 0; i < EDGES; i++) CHECK(kontor_code_name((int32_t)kEdges[i]) != NULL);
  BYTES("OK", kontor_code_name(0), strlen(kontor_code_name(0)));
  BYTES("STALE_RECEIPT", kontor_code_name(KONTOR_STALE_RECEIPT),
        strlen(kontor_code_name(KONTOR_STALE_RECEIPT)));
  BYTES("UNKNOWN", kontor_code_name(INT32_MAX), strlen(kontor_code_name(INT32_MAX)));
  BYTES("UNKNOWN", kontor_code_name(INT32_MIN), strlen(kontor_code_name(INT32_MIN)));
  CHECK(kontor_version_string()[0] != '\0');
}

static void test_nothing_to_free(void) {
  kontor_free(NULL);
  kontor_error_free(NULL);
  kontor_options_free(NULL);
  kontor_db_free(NULL);
  kontor_waiter_free(NULL);
  kontor_pin_free(NULL);
  kontor_reply_free(NULL);
  kontor_queue_options_free(NULL);
  kontor_queue_free(NULL);
  kontor_message_free(NULL);
  kontor_mailbox_free(NULL);
  kontor_delivery_free(NULL);
  kontor_txn_free(NULL);
  kontor_session_free(NULL);
  kontor_session_options_free(NULL);
}

static void test_errors(void) {
  kontor_error* fresh = kontor_error_new();
  CODE(KONTOR_OK, kontor_error_code(fresh));
  CHECK(strcmp(kontor_error_message(fresh), "") == 0);
  kontor_error_free(fresh);
  CODE(KONTOR_INVALID, kontor_error_code(NULL));
  CHECK(strcmp(kontor_error_message(NULL), "") == 0);
  NUMBER(0, kontor_error_retryable(NULL));
  /* Any other handle in the place of an error is not written to. */
  CODE(KONTOR_INVALID, kontor_error_code((kontor_error*)live_db));
  CHECK(strcmp(kontor_error_message((kontor_error*)foreign_memory), "") == 0);
  NUMBER(0, kontor_error_retryable((kontor_error*)live_queue));
  OK(kontor_sync(live_db, NULL));
  CODE(KONTOR_CLOSED, kontor_sync(closed_db, NULL));
  CODE(KONTOR_INVALID, kontor_error_set(NULL, KONTOR_IO, B("x")));
  CODE(KONTOR_INVALID, kontor_error_set((kontor_error*)live_db, KONTOR_IO, B("x")));
  CODE(KONTOR_INVALID, kontor_error_set(error, KONTOR_IO, NULL, 1));
  CODE(KONTOR_TOO_LARGE, kontor_error_set(error, KONTOR_IO, "x", SIZE_MAX));
  CODE(KONTOR_OK, kontor_error_set(error, KONTOR_FULL, B("no room")));
  CODE(KONTOR_FULL, kontor_error_code(error));
  CHECK(strcmp(kontor_error_message(error), "no room") == 0);
  /* Each call resets it. */
  ANSWERS(KONTOR_CLOSED, kontor_sync(closed_db, error));
  ANSWERS(KONTOR_OK, kontor_sync(live_db, error));
  CHECK(strcmp(kontor_error_message(error), "") == 0);
}

static void test_options(void) {
  ANSWERS(KONTOR_INVALID, kontor_options_new(NULL, error));
  kontor_options* options = NULL;
  OK(kontor_options_new(&options, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_options_set_directory(handle, B("d"), error));
    ANSWERS(KONTOR_INVALID, kontor_options_set_name(handle, B("n"), error));
    ANSWERS(KONTOR_INVALID, kontor_options_set_number(handle, KONTOR_OPTION_SHARDS, 4, error));
    if (handle != NULL) ANSWERS(KONTOR_INVALID, kontor_open(handle, &out.db, error));
  }
  REFUSES_BYTES(kontor_options_set_directory(options, bytes, length, error));
  REFUSES_BYTES(kontor_options_set_name(options, bytes, length, error));
  REFUSED(kontor_options_set_directory(options, B("a\0b"), error));
  char long_name[256];
  memset(long_name, 'n', sizeof long_name);
  REFUSED(kontor_options_set_name(options, long_name, 256, error));
  ANSWERS(KONTOR_OK, kontor_options_set_name(options, long_name, 255, error));
  ANSWERS(KONTOR_OK, kontor_options_set_name(options, NULL, 0, error));
  ANSWERS(KONTOR_OK, kontor_options_set_directory(options, NULL, 0, error));
  ANSWERS(KONTOR_INVALID, kontor_open(options, NULL, error));
  kontor_options_free(options);
}

static void test_numbers_of_options(void) {
  kontor_options* options = NULL;
  OK(kontor_options_new(&options, error));
  for (uint32_t option = 0; option < 10; option++) {
    int64_t minimum = 0, maximum = 0, usual = 0;
    const int known = option >= KONTOR_OPTION_DURABILITY && option <= KONTOR_OPTION_EVICTION;
    CODE(known ? KONTOR_OK : KONTOR_UNSUPPORTED,
         kontor_option_bounds(option, &minimum, &maximum, &usual, error));
    CODE(known ? KONTOR_OK : KONTOR_UNSUPPORTED,
         kontor_option_bounds(option, NULL, NULL, NULL, error));
    if (known) CHECK(minimum <= usual && usual <= maximum);
    for (size_t i = 0; i < EDGES; i++) {
      const int inside = kEdges[i] >= minimum && kEdges[i] <= maximum;
      const int32_t want = !known ? KONTOR_UNSUPPORTED : inside ? KONTOR_OK : KONTOR_OUT_OF_RANGE;
      ANSWERS(want, kontor_options_set_number(options, option, kEdges[i], error));
    }
    if (!known) continue;
    ANSWERS(KONTOR_OK, kontor_options_set_number(options, option, minimum, error));
    ANSWERS(KONTOR_OK, kontor_options_set_number(options, option, maximum, error));
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_options_set_number(options, option, minimum - 1, error));
    if (maximum < INT64_MAX) {
      ANSWERS(KONTOR_OUT_OF_RANGE, kontor_options_set_number(options, option, maximum + 1, error));
    }
  }
  ANSWERS(KONTOR_UNSUPPORTED, kontor_options_set_number(options, UINT32_MAX, 1, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_option_bounds(UINT32_MAX, &out.i64, NULL, NULL, error));
  kontor_options_free(options);
}

static void test_engines(void) {
  ANSWERS(KONTOR_INVALID, kontor_open(NULL, NULL, error));
  REFUSES_DB(kontor_db_select(db, 0, &out.db, error));
  REFUSES_DB(kontor_close(db, error));
  REFUSES_DB(kontor_sync(db, error));
  REFUSES_DB(kontor_snapshot(db, error));
  REFUSES_DB(kontor_db_figure(db, KONTOR_FIGURE_KEYS, &out.i64, error));
  REFUSES_DB(kontor_db_set_number(db, KONTOR_OPTION_EVICTION, KONTOR_EVICT_NONE, error));
  ANSWERS(KONTOR_INVALID, kontor_db_select(live_db, 0, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_db_figure(live_db, KONTOR_FIGURE_KEYS, NULL, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_snapshot(live_db, error));
  for (size_t i = 0; i < EDGES; i++) {
    const uint32_t number = (uint32_t)kEdges[i];
    if (number > 15)
      ANSWERS(KONTOR_OUT_OF_RANGE, kontor_db_select(live_db, number, &out.db, error));
    const int known = number >= KONTOR_FIGURE_KEYS && number <= KONTOR_FIGURE_EVICTED_KEYS;
    ANSWERS(known ? KONTOR_OK : KONTOR_UNSUPPORTED,
            kontor_db_figure(live_db, number, &out.i64, error));
  }
  ANSWERS(KONTOR_OUT_OF_RANGE, kontor_db_select(live_db, 16, &out.db, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_db_set_number(live_db, KONTOR_OPTION_SHARDS, 4, error));
  ANSWERS(KONTOR_UNSUPPORTED, kontor_db_set_number(live_db, UINT32_MAX, 4, error));
  ANSWERS(KONTOR_OUT_OF_RANGE, kontor_db_set_number(live_db, KONTOR_OPTION_EVICTION, 8, error));
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_db_set_number(live_db, KONTOR_OPTION_MEMORY_LIMIT_BYTES, -1, error));
}

static void test_waiters(void) {
  ANSWERS(KONTOR_INVALID, kontor_waiter_new(NULL, error));
  for (int bad = 0; bad < 3; bad++) { /* the last bad handle is a waiter */
    BARE(KONTOR_INVALID, kontor_waiter_interrupt(bad_handle(bad, 0)));
    BARE(KONTOR_INVALID, kontor_waiter_reset(bad_handle(bad, 0)));
  }
  /* Something else in the place of a waiter. */
  kontor_waiter* not_a_waiter = (kontor_waiter*)live_queue;
  ANSWERS(KONTOR_INVALID, kontor_list_pop(live_db, B("none"), KONTOR_FRONT, 0, not_a_waiter,
                                          &out.pointer, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_mailbox_next(live_mailbox, 0, not_a_waiter, &out.delivery, error));
}

static void test_exec(void) {
  const void* words[] = {"ECHO", "x"};
  size_t lengths[] = {4, 1};
  REFUSES_DB(kontor_exec(db, 2, words, lengths, NULL, &out.reply, error));
  ANSWERS(KONTOR_INVALID, kontor_exec(live_db, 0, words, lengths, NULL, &out.reply, error));
  ANSWERS(KONTOR_INVALID, kontor_exec(live_db, 2, NULL, lengths, NULL, &out.reply, error));
  ANSWERS(KONTOR_INVALID, kontor_exec(live_db, 2, words, NULL, NULL, &out.reply, error));
  ANSWERS(KONTOR_INVALID, kontor_exec(live_db, 2, words, lengths, NULL, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_exec(live_db, 2, words, lengths, (kontor_waiter*)foreign_memory,
                                      &out.reply, error));
  REFUSED(kontor_exec(live_db, SIZE_MAX, words, lengths, NULL, &out.reply, error));
  REFUSED(kontor_exec(live_db, ((size_t)1 << 20) + 1, words, lengths, NULL, &out.reply, error));
  REFUSES_BYTES(kontor_exec(live_db, 2, (words[1] = bytes, words), (lengths[1] = length, lengths),
                            NULL, &out.reply, error));
  words[1] = NULL;
  lengths[1] = 0;
  kontor_reply* reply = NULL;
  CODE(KONTOR_OK, kontor_exec(live_db, 2, words, lengths, NULL, &reply, error));
  NUMBER(KONTOR_REPLY_STRING, kontor_reply_type(reply));
  kontor_reply_free(reply);
  ANSWERS(KONTOR_INVALID, kontor_command_table(NULL, error));
}

static void test_replies(void) {
  NUMBER(KONTOR_REPLY_NULL, kontor_reply_type(NULL));
  NUMBER(0, kontor_reply_integer(NULL));
  NUMBER(0, kontor_reply_count(NULL));
  CHECK(kontor_reply_child(NULL, 0) == NULL);
  BARE(KONTOR_INVALID, kontor_reply_bytes(NULL, &out.borrowed, &out.size));
  kontor_reply* reply = NULL;
  OK(run(live_db, &reply, WORDS("RPUSH", "misused list", "x")));
  NUMBER(1, kontor_reply_integer(reply));
  BARE(KONTOR_WRONG_TYPE, kontor_reply_bytes(reply, &out.borrowed, &out.size));
  NUMBER(0, kontor_reply_count(reply));
  CHECK(kontor_reply_child(reply, 0) == NULL);
  kontor_reply_free(reply);
  OK(run(live_db, &reply, WORDS("LRANGE", "misused list", "0", "-1")));
  NUMBER(1, kontor_reply_count(reply));
  NUMBER(0, kontor_reply_integer(reply));
  CHECK(kontor_reply_child(reply, 1) == NULL);
  CHECK(kontor_reply_child(reply, SIZE_MAX) == NULL);
  const kontor_reply* child = kontor_reply_child(reply, 0);
  BARE(KONTOR_INVALID, kontor_reply_bytes(child, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_reply_bytes(child, &out.borrowed, NULL));
  kontor_reply_free(reply);
}

int main(void) {
  misuse_begin();
  RUN(test_codes);
  RUN(test_nothing_to_free);
  RUN(test_errors);
  RUN(test_options);
  RUN(test_numbers_of_options);
  RUN(test_engines);
  RUN(test_waiters);
  RUN(test_exec);
  RUN(test_replies);
  return misuse_end();
}
