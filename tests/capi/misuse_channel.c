/* Misuse of channels that keep messages. */
#define _GNU_SOURCE
#include "misuse.h"

static kontor_channel_options* live_options;
static kontor_deliveries* live_deliveries;

static void test_options(void) {
  ANSWERS(KONTOR_INVALID, kontor_channel_options_new(NULL, error));
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_channel_options* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID,
            kontor_channel_options_set_number(handle, KONTOR_CHANNEL_LAST_MS, 1, error));
    if (handle != NULL)
      ANSWERS(KONTOR_INVALID, kontor_channel_declare(live_db, B("c"), handle, error));
    kontor_channel_options_free(handle);
  }
  for (uint32_t option = 0; option < 9; option++) {
    const int known = option >= KONTOR_CHANNEL_DURABLE && option <= KONTOR_CHANNEL_MAX_BYTES;
    for (size_t i = 0; i < EDGES; i++) {
      const int32_t code =
          kontor_channel_options_set_number(live_options, option, kEdges[i], error);
      if (!known) CODE(KONTOR_UNSUPPORTED, code);
      if (known) CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
      if (known && kEdges[i] < 0) CODE(KONTOR_OUT_OF_RANGE, code);
    }
  }
  ANSWERS(KONTOR_UNSUPPORTED,
          kontor_channel_options_set_number(live_options, UINT32_MAX, 1, error));
  ANSWERS(KONTOR_OUT_OF_RANGE, kontor_channel_options_set_number(
                                   live_options, KONTOR_CHANNEL_LAST_COUNT, 16777217, error));
}

static void test_database(void) {
  REFUSES_DB(kontor_channel_declare(db, B("c"), NULL, error));
  REFUSES_DB(kontor_channel_delete(db, B("c"), error));
  REFUSES_DB(kontor_channel_read(db, B("c"), 1, 1, live_deliveries, &out.size, error));
  REFUSES_DB(kontor_channel_figures(db, B("c"), &out.u64, NULL, NULL, NULL, error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_join(handle, B("c"), 1, KONTOR_JOIN_NOW, 0, error));
  BARE(KONTOR_INVALID,
       kontor_channel_declare(live_db, B("c"), NULL, (kontor_error*)foreign_memory));
}

static void test_names(void) {
  static char too_long[256];
  REFUSES_BYTES(kontor_channel_declare(live_db, bytes, length, NULL, error));
  REFUSES_BYTES(kontor_channel_delete(live_db, bytes, length, error));
  REFUSES_BYTES(
      kontor_channel_read(live_db, bytes, length, 1, 1, live_deliveries, &out.size, error));
  REFUSES_BYTES(kontor_channel_figures(live_db, bytes, length, &out.u64, NULL, NULL, NULL, error));
  REFUSES_BYTES(kontor_mailbox_join(live_mailbox, bytes, length, 1, KONTOR_JOIN_NOW, 0, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_channel_declare(live_db, too_long, 256, NULL, error));
  ANSWERS(KONTOR_OK, kontor_channel_declare(live_db, NULL, 0, NULL, error));
  ANSWERS(KONTOR_OK, kontor_channel_delete(live_db, NULL, 0, error));
}

static void test_join_and_read(void) {
  OK(kontor_channel_declare(live_db, B("c"), NULL, error));
  for (uint32_t join = 3; join < 6; join++) {
    ANSWERS(KONTOR_INVALID, kontor_mailbox_join(live_mailbox, B("c"), 1, join, 0, error));
  }
  ANSWERS(KONTOR_INVALID, kontor_mailbox_join(live_mailbox, B("c"), 1, UINT32_MAX, 0, error));
  const uint64_t never[] = {0, 2, UINT64_C(1) << 62, UINT64_MAX};
  for (size_t i = 0; i < 4; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_mailbox_join(live_mailbox, B("c"), 1, KONTOR_JOIN_SEQUENCE, never[i], error));
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_channel_read(live_db, B("c"), never[i], 1, live_deliveries, &out.size, error));
  }
  OK(kontor_mailbox_join(live_mailbox, B("c"), 1, KONTOR_JOIN_LAST, UINT64_MAX, error));
  const size_t too_many[] = {0, 65537, (size_t)1 << 32, SIZE_MAX};
  for (size_t i = 0; i < 4; i++) {
    ANSWERS(KONTOR_OUT_OF_RANGE, kontor_channel_read(live_db, B("c"), 1, too_many[i],
                                                     live_deliveries, &out.size, error));
  }
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_deliveries* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_channel_read(live_db, B("c"), 1, 1, handle, &out.size, error));
  }
  ANSWERS(KONTOR_OK, kontor_channel_read(live_db, B("c"), 1, 1, live_deliveries, NULL, error));
}

static void test_requests(void) {
  REFUSES_DB(kontor_publish_request(db, B("c"), B("m"), B("r"), &out.u64, NULL, error));
  REFUSES_DB(kontor_request(db, B("c"), B("m"), 0, NULL, &out.delivery, error));
  REFUSES_BYTES(kontor_publish_request(live_db, bytes, length, B("m"), B("r"), NULL, NULL, error));
  REFUSES_BYTES(kontor_publish_request(live_db, B("c"), bytes, length, B("r"), NULL, NULL, error));
  REFUSES_BYTES(kontor_publish_request(live_db, B("c"), B("m"), bytes, length, NULL, NULL, error));
  REFUSES_BYTES(kontor_request(live_db, bytes, length, B("m"), 0, NULL, &out.delivery, error));
  REFUSES_BYTES(kontor_request(live_db, B("c"), bytes, length, 0, NULL, &out.delivery, error));
  static char too_long[256];
  ANSWERS(KONTOR_TOO_LARGE,
          kontor_publish_request(live_db, B("c"), B("m"), too_long, 256, NULL, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_request(live_db, B("c"), B("m"), 0, NULL, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_request(live_db, B("c"), B("m"), 0, (kontor_waiter*)live_queue,
                                         &out.delivery, error));
  BARE(KONTOR_INVALID, kontor_request(live_db, B("c"), B("m"), 0, NULL, &out.delivery,
                                      (kontor_error*)foreign_memory));
  kontor_delivery* handle = NULL;
  BARE(KONTOR_INVALID, kontor_delivery_reply_channel(handle, &out.borrowed, &out.size));
  handle = (kontor_delivery*)foreign_memory;
  BARE(KONTOR_INVALID, kontor_delivery_reply_channel(handle, &out.borrowed, &out.size));
}

static void test_presence(void) {
  static char too_long[256];
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_watch_presence(handle, B("c"), error));
  REFUSES_CHILD(kontor_mailbox, orphan_mailbox,
                kontor_mailbox_unwatch_presence(handle, B("c"), error));
  REFUSES_BYTES(kontor_mailbox_watch_presence(live_mailbox, bytes, length, error));
  REFUSES_BYTES(kontor_mailbox_unwatch_presence(live_mailbox, bytes, length, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_mailbox_watch_presence(live_mailbox, too_long, 256, error));
  uint64_t tags[1];
  REFUSES_DB(kontor_channel_tags(db, B("c"), tags, 1, &out.size, error));
  REFUSES_BYTES(kontor_channel_tags(live_db, bytes, length, tags, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_channel_tags(live_db, B("c"), NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_channel_tags(live_db, B("c"), tags, 1, NULL, error));
}

static void test_sequence(void) {
  NUMBER(0, kontor_delivery_sequence(NULL));
  NUMBER(0, kontor_delivery_sequence((const kontor_delivery*)foreign_memory));
  NUMBER(0, kontor_delivery_sequence((const kontor_delivery*)live_queue));
}

int main(void) {
  misuse_begin();
  OK(kontor_channel_options_new(&live_options, error));
  OK(kontor_deliveries_new(&live_deliveries, error));
  RUN(test_options);
  RUN(test_database);
  RUN(test_names);
  RUN(test_join_and_read);
  RUN(test_requests);
  RUN(test_presence);
  RUN(test_sequence);
  kontor_channel_options_free(NULL);
  kontor_channel_options_free(live_options);
  kontor_deliveries_free(live_deliveries);
  return misuse_end();
}
