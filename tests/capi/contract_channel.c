/* Channels that keep messages: declaring, joining, reading, figures, sequences, restart. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;

static void declare(const char* channel, int64_t last_count, int64_t durable) {
  kontor_channel_options* options = NULL;
  OK(kontor_channel_options_new(&options, error));
  OK(kontor_channel_options_set_number(options, KONTOR_CHANNEL_LAST_COUNT, last_count, error));
  OK(kontor_channel_options_set_number(options, KONTOR_CHANNEL_DURABLE, durable, error));
  OK(kontor_channel_options_set_number(options, KONTOR_CHANNEL_LAST_MS, 0, error));
  OK(kontor_channel_options_set_number(options, KONTOR_CHANNEL_MAX_BYTES, 0, error));
  OK(kontor_channel_declare(db, channel, strlen(channel), options, error));
  OK(kontor_channel_declare(db, channel, strlen(channel), options, error));
  kontor_channel_options_free(options);
}

static void publish(const char* channel, const char* body) {
  OK(kontor_publish(db, channel, strlen(channel), body, strlen(body), NULL, NULL, error));
}

static void expect_content(const kontor_delivery* delivery, uint64_t sequence, const char* body) {
  const void* bytes = NULL;
  size_t length = 0;
  NUMBER(KONTOR_DELIVERY_MESSAGE, kontor_delivery_kind(delivery));
  NUMBER(sequence, kontor_delivery_sequence(delivery));
  OK(kontor_delivery_body(delivery, &bytes, &length));
  BYTES(body, bytes, length);
}

static void expect_message(kontor_mailbox* mailbox, uint64_t tag, uint64_t sequence,
                           const char* body) {
  kontor_delivery* delivery = NULL;
  if (!OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error))) return;
  expect_content(delivery, sequence, body);
  const uint64_t* tags = NULL;
  size_t count = 0;
  OK(kontor_delivery_tags(delivery, &tags, &count));
  NUMBER(1, count);
  if (count == 1) NUMBER(tag, tags[0]);
  kontor_delivery_free(delivery);
}

static void expect_gap(const kontor_delivery* gap, uint64_t lost, const char* channel) {
  const void* bytes = NULL;
  size_t length = 0;
  NUMBER(KONTOR_DELIVERY_GAP, kontor_delivery_kind(gap));
  NUMBER(lost, kontor_delivery_lost(gap));
  NUMBER(0, kontor_delivery_sequence(gap));
  OK(kontor_delivery_channel(gap, &bytes, &length));
  BYTES(channel, bytes, length);
}

static kontor_mailbox* new_mailbox(void) {
  kontor_mailbox* mailbox = NULL;
  OK(kontor_mailbox_new(db, 1, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error));
  return mailbox;
}

static void test_join(void) {
  db = open_memory();
  kontor_mailbox* mailbox = new_mailbox();
  CODE(KONTOR_NOT_FOUND, kontor_mailbox_join(mailbox, B("c"), 1, KONTOR_JOIN_LAST, 1, error));
  declare("c", 3, 0);
  publish("c", "a");
  publish("c", "b");
  OK(kontor_mailbox_join(mailbox, B("c"), 1, KONTOR_JOIN_SEQUENCE, 1, error));
  CODE(KONTOR_EXISTS, kontor_mailbox_join(mailbox, B("c"), 1, KONTOR_JOIN_LAST, 1, error));
  CODE(KONTOR_OUT_OF_RANGE,
       kontor_mailbox_join(mailbox, B("c"), 2, KONTOR_JOIN_SEQUENCE, 4, error));
  publish("c", "c");
  expect_message(mailbox, 1, 1, "a");
  expect_message(mailbox, 1, 2, "b");
  expect_message(mailbox, 1, 3, "c");
  OK(kontor_mailbox_join(mailbox, B("c"), 2, KONTOR_JOIN_LAST, 1, error));
  expect_message(mailbox, 2, 3, "c");
  OK(kontor_mailbox_unsubscribe(mailbox, KONTOR_CHANNEL, B("c"), 1, error));
  OK(kontor_mailbox_unsubscribe(mailbox, KONTOR_CHANNEL, B("c"), 2, error));
  OK(kontor_mailbox_join(mailbox, B("c"), 5, KONTOR_JOIN_NOW, 0, error));
  publish("c", "d");
  expect_message(mailbox, 5, 4, "d");
  publish("plain", "x");
  kontor_mailbox_free(mailbox);
  close_and_free(db);
}

static void test_gap(void) {
  db = open_memory();
  declare("c", 2, 0);
  for (int i = 0; i < 10; i++) publish("c", "m");
  kontor_mailbox* mailbox = new_mailbox();
  OK(kontor_mailbox_join(mailbox, B("c"), 9, KONTOR_JOIN_SEQUENCE, 4, error));
  kontor_delivery* gap = NULL;
  OK(kontor_mailbox_next(mailbox, 0, NULL, &gap, error));
  expect_gap(gap, 5, "c");
  kontor_delivery_free(gap);
  expect_message(mailbox, 9, 9, "m");
  expect_message(mailbox, 9, 10, "m");
  kontor_mailbox_free(mailbox);
  close_and_free(db);
}

static void test_read_and_figures(void) {
  db = open_memory();
  declare("c", 2, 0);
  publish("c", "one");
  publish("c", "two");
  publish("c", "three");
  kontor_deliveries* deliveries = NULL;
  OK(kontor_deliveries_new(&deliveries, error));
  size_t count = 9;
  OK(kontor_channel_read(db, B("c"), 1, 10, deliveries, &count, error));
  NUMBER(3, count);
  expect_gap(kontor_deliveries_at(deliveries, 0), 1, "c");
  expect_content(kontor_deliveries_at(deliveries, 1), 2, "two");
  expect_content(kontor_deliveries_at(deliveries, 2), 3, "three");
  OK(kontor_channel_read(db, B("c"), 3, 1, deliveries, &count, error));
  NUMBER(1, count);
  OK(kontor_channel_read(db, B("c"), 4, 1, deliveries, &count, error));
  NUMBER(0, count);
  CODE(KONTOR_OUT_OF_RANGE, kontor_channel_read(db, B("c"), 5, 1, deliveries, &count, error));
  CODE(KONTOR_NOT_FOUND, kontor_channel_read(db, B("d"), 1, 1, deliveries, &count, error));
  uint64_t first = 0, last = 0, kept = 0, bytes = 0;
  OK(kontor_channel_figures(db, B("c"), &first, &last, &kept, &bytes, error));
  NUMBER(2, first);
  NUMBER(3, last);
  NUMBER(2, kept);
  NUMBER(8, bytes);
  OK(kontor_channel_delete(db, B("c"), error));
  CODE(KONTOR_NOT_FOUND, kontor_channel_delete(db, B("c"), error));
  CODE(KONTOR_NOT_FOUND, kontor_channel_figures(db, B("c"), NULL, NULL, NULL, NULL, error));
  kontor_deliveries_free(deliveries);
  close_and_free(db);
}

static void test_session(void) {
  db = open_memory();
  kontor_reply* reply = NULL;
  const void* const arguments[] = {"CH.DECLARE", "c", "COUNT", "2"};
  const size_t lengths[] = {10, 1, 5, 1};
  OK(kontor_exec(db, 4, arguments, lengths, NULL, &reply, error));
  kontor_reply_free(reply);
  kontor_mailbox* mailbox = new_mailbox();
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_PATTERN, B("*"), 1, error));
  publish("c", "m");
  kontor_delivery* delivery = NULL;
  OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  NUMBER(KONTOR_DELIVERY_PATTERN_MESSAGE, kontor_delivery_kind(delivery));
  NUMBER(1, kontor_delivery_sequence(delivery));
  kontor_delivery_free(delivery);
  publish("plain", "m");
  OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  NUMBER(0, kontor_delivery_sequence(delivery));
  kontor_delivery_free(delivery);
  kontor_mailbox_free(mailbox);
  close_and_free(db);
}

int main(void) {
  check_begin(100);
  RUN(test_join);
  RUN(test_gap);
  RUN(test_read_and_figures);
  RUN(test_session);
  return check_end();
}
