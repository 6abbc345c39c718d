/* Channels and mailboxes: subscriptions, tags, patterns, overflow, gaps, interest, descriptors. */
#define _GNU_SOURCE
#include <poll.h>

#include "check.h"

static kontor_db* db;

static kontor_mailbox* new_mailbox(uint64_t capacity, uint32_t overflow) {
  kontor_mailbox* mailbox = NULL;
  OK(kontor_mailbox_new(db, capacity, overflow, &mailbox, error));
  return mailbox;
}

static void subscribe(kontor_mailbox* mailbox, uint32_t kind, const char* subject, uint64_t tag) {
  OK(kontor_mailbox_subscribe(mailbox, kind, subject, strlen(subject), tag, error));
}

/* Publishes and checks how many mailboxes and subscriptions it reached. */
static void publish(const char* channel, const char* body, uint64_t want_mailboxes,
                    uint64_t want_subscriptions) {
  uint64_t mailboxes = 99, subscriptions = 99;
  OK(kontor_publish(db, channel, strlen(channel), body, strlen(body), &mailboxes, &subscriptions,
                    error));
  NUMBER(want_mailboxes, mailboxes);
  NUMBER(want_subscriptions, subscriptions);
}

/* The next delivery, which must be of this kind; NULL if there is none. */
static kontor_delivery* next(kontor_mailbox* mailbox, uint32_t kind) {
  kontor_delivery* delivery = NULL;
  if (!OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error))) return NULL;
  NUMBER(kind, kontor_delivery_kind(delivery));
  return delivery;
}

static void expect_message(kontor_mailbox* mailbox, const char* channel, const char* pattern,
                           const char* body) {
  kontor_delivery* delivery =
      next(mailbox, pattern[0] == '\0' ? KONTOR_DELIVERY_MESSAGE : KONTOR_DELIVERY_PATTERN_MESSAGE);
  const void* bytes = NULL;
  size_t length = 0;
  OK(kontor_delivery_channel(delivery, &bytes, &length));
  BYTES(channel, bytes, length);
  OK(kontor_delivery_pattern(delivery, &bytes, &length));
  BYTES(pattern, bytes, length);
  OK(kontor_delivery_body(delivery, &bytes, &length));
  BYTES(body, bytes, length);
  NUMBER(0, kontor_delivery_lost(delivery));
  kontor_delivery_free(delivery);
}

static void expect_nothing(kontor_mailbox* mailbox) {
  kontor_delivery* delivery = NULL;
  CODE(KONTOR_TIMEOUT, kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  CHECK(delivery == NULL);
}

static void test_channels_and_patterns(void) {
  kontor_mailbox* mailbox = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  publish("news", "nobody", 0, 0);
  subscribe(mailbox, KONTOR_CHANNEL, "news", 1);
  subscribe(mailbox, KONTOR_PATTERN, "n?ws*", 1);
  CODE(KONTOR_EXISTS, kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("news"), 1, error));
  publish("news", "hello", 1, 2);
  publish("news.eu", "", 1, 1);
  publish("weather", "rain", 0, 0);
  expect_message(mailbox, "news", "", "hello");
  expect_message(mailbox, "news", "n?ws*", "hello");
  expect_message(mailbox, "news.eu", "n?ws*", "");
  expect_nothing(mailbox);
  OK(kontor_mailbox_unsubscribe(mailbox, KONTOR_CHANNEL, B("news"), 1, error));
  CODE(KONTOR_NOT_FOUND, kontor_mailbox_unsubscribe(mailbox, KONTOR_CHANNEL, B("news"), 1, error));
  publish("news", "again", 1, 1);
  expect_message(mailbox, "news", "n?ws*", "again");
  kontor_mailbox_free(mailbox);
  publish("news", "nobody", 0, 0); /* a freed mailbox has no subscriptions */
}

static int has_tag(const uint64_t* tags, size_t count, uint64_t tag) {
  for (size_t i = 0; i < count; i++) {
    if (tags[i] == tag) return 1;
  }
  return 0;
}

static void test_tags(void) {
  kontor_mailbox* mailbox = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  const uint64_t* tags = NULL;
  size_t count = 0;
  uint64_t ended = 0, pending = 0;
  subscribe(mailbox, KONTOR_CHANNEL, "c", 7);
  subscribe(mailbox, KONTOR_CHANNEL, "c", UINT64_MAX);
  subscribe(mailbox, KONTOR_CHANNEL, "d", 7);
  publish("c", "x", 1, 2); /* one message for two users */
  OK(kontor_mailbox_counts(mailbox, &pending, NULL, error));
  NUMBER(1, pending);
  kontor_delivery* delivery = next(mailbox, KONTOR_DELIVERY_MESSAGE);
  OK(kontor_delivery_tags(delivery, &tags, &count));
  NUMBER(2, count);
  CHECK(count == 2 && has_tag(tags, count, 7) && has_tag(tags, count, UINT64_MAX));
  kontor_delivery_free(delivery);
  OK(kontor_mailbox_unsubscribe_tag(mailbox, 7, &ended, error));
  NUMBER(2, ended);
  OK(kontor_mailbox_unsubscribe_tag(mailbox, 7, &ended, error));
  NUMBER(0, ended);
  publish("c", "y", 1, 1);
  publish("d", "y", 0, 0);
  delivery = next(mailbox, KONTOR_DELIVERY_MESSAGE);
  OK(kontor_delivery_tags(delivery, &tags, &count));
  CHECK(count == 1 && tags[0] == UINT64_MAX);
  kontor_delivery_free(delivery);
  kontor_mailbox_free(mailbox);
}

static void test_two_mailboxes(void) {
  kontor_mailbox* one = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  kontor_mailbox* two = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  subscribe(one, KONTOR_CHANNEL, "c", 1);
  subscribe(two, KONTOR_CHANNEL, "c", 1);
  subscribe(two, KONTOR_CHANNEL, "c", 2);
  publish("c", "x", 2, 3);
  expect_message(one, "c", "", "x");
  expect_message(two, "c", "", "x");
  kontor_mailbox_free(one);
  kontor_mailbox_free(two);
}

static void test_gaps_are_counted(void) {
  kontor_mailbox* mailbox = new_mailbox(3, KONTOR_OVERFLOW_DROP_OLDEST);
  uint64_t pending = 0, lost = 0;
  char body[8];
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  for (int i = 1; i <= 8; i++) {
    snprintf(body, sizeof body, "%d", i);
    publish("c", body, 1, 1);
  }
  OK(kontor_mailbox_counts(mailbox, &pending, &lost, error));
  NUMBER(3, pending);
  NUMBER(5, lost);
  kontor_delivery* gap = next(mailbox, KONTOR_DELIVERY_GAP);
  NUMBER(5, kontor_delivery_lost(gap));
  kontor_delivery_free(gap);
  expect_message(mailbox, "c", "", "6");
  expect_message(mailbox, "c", "", "7");
  expect_message(mailbox, "c", "", "8");
  expect_nothing(mailbox);
  publish("c", "9", 1, 1); /* told once */
  expect_message(mailbox, "c", "", "9");
  OK(kontor_mailbox_counts(mailbox, &pending, &lost, error));
  NUMBER(0, pending);
  NUMBER(5, lost);
  kontor_mailbox_free(mailbox);
}

static void test_overflow_closes(void) {
  kontor_mailbox* mailbox = new_mailbox(2, KONTOR_OVERFLOW_CLOSE);
  kontor_delivery* delivery = NULL;
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  publish("c", "1", 1, 1);
  publish("c", "2", 1, 1);
  OK(kontor_publish(db, B("c"), B("3"), NULL, NULL, error)); /* one too many */
  expect_message(mailbox, "c", "", "1");                     /* what it holds can still be read */
  expect_message(mailbox, "c", "", "2");
  CODE(KONTOR_CLOSED, kontor_mailbox_next(mailbox, -1, NULL, &delivery, error));
  CHECK(delivery == NULL);
  publish("c", "4", 0, 0);
  CODE(KONTOR_CLOSED, kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("d"), 1, error));
  kontor_mailbox_free(mailbox);
}

static void test_close(void) {
  kontor_mailbox* mailbox = new_mailbox(4, KONTOR_OVERFLOW_DROP_OLDEST);
  kontor_delivery* delivery = NULL;
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  OK(kontor_mailbox_close(mailbox, error));
  publish("c", "late", 0, 0);
  CODE(KONTOR_CLOSED, kontor_mailbox_next(mailbox, -1, NULL, &delivery, error));
  CODE(KONTOR_CLOSED, kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("c"), 1, error));
  CODE(KONTOR_CLOSED, kontor_mailbox_close(mailbox, error));
  kontor_mailbox_free(mailbox);
}

static void expect_interest(kontor_mailbox* mailbox, uint32_t event, uint32_t kind,
                            const char* subject) {
  kontor_delivery* delivery = next(mailbox, event);
  const void* bytes = NULL;
  size_t length = 0;
  OK(kontor_delivery_channel(delivery, &bytes, &length));
  BYTES(subject, bytes, length);
  NUMBER(kind, kontor_delivery_subject_kind(delivery));
  kontor_delivery_free(delivery);
}

static void test_interest(void) {
  kontor_mailbox* watcher = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  kontor_mailbox* one = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  kontor_mailbox* two = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  subscribe(one, KONTOR_CHANNEL, "before", 1);
  OK(kontor_mailbox_watch_interest(watcher, error));
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_GAINED, KONTOR_CHANNEL,
                  "before"); /* those that have some */
  subscribe(one, KONTOR_CHANNEL, "c", 1);
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_GAINED, KONTOR_CHANNEL, "c");
  subscribe(one, KONTOR_CHANNEL, "c", 2);
  subscribe(two, KONTOR_CHANNEL, "c", 1);
  expect_nothing(watcher); /* only from none to one */
  subscribe(two, KONTOR_PATTERN, "c*", 1);
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_GAINED, KONTOR_PATTERN, "c*");
  OK(kontor_mailbox_unsubscribe(one, KONTOR_CHANNEL, B("c"), 1, error));
  OK(kontor_mailbox_unsubscribe(one, KONTOR_CHANNEL, B("c"), 2, error));
  expect_nothing(watcher);
  OK(kontor_mailbox_unsubscribe(two, KONTOR_CHANNEL, B("c"), 1, error));
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_LOST, KONTOR_CHANNEL, "c");
  kontor_mailbox_free(one);
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_LOST, KONTOR_CHANNEL, "before");
  OK(kontor_mailbox_close(two, error));
  expect_interest(watcher, KONTOR_DELIVERY_INTEREST_LOST, KONTOR_PATTERN, "c*");
  expect_nothing(watcher);
  kontor_mailbox_free(two);
  kontor_mailbox_free(watcher);
}

static int readable(int descriptor, int timeout_ms) {
  struct pollfd waited = {descriptor, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) == 1 && (waited.revents & POLLIN) != 0;
}

static void test_descriptor(void) {
  kontor_mailbox* mailbox = new_mailbox(16, KONTOR_OVERFLOW_DROP_OLDEST);
  int32_t descriptor = -1, same = -2;
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  publish("c", "early", 1, 1); /* before there was a descriptor */
  OK(kontor_mailbox_descriptor(mailbox, &descriptor, error));
  OK(kontor_mailbox_descriptor(mailbox, &same, error));
  NUMBER(descriptor, same);
  CHECK(readable(descriptor, 5000));
  expect_message(mailbox, "c", "", "early");
  CHECK(!readable(descriptor, 0));
  publish("c", "1", 1, 1);
  publish("c", "2", 1, 1);
  CHECK(readable(descriptor, 5000));
  expect_message(mailbox, "c", "", "1");
  CHECK(readable(descriptor, 0)); /* until it is drained */
  expect_message(mailbox, "c", "", "2");
  CHECK(!readable(descriptor, 0));
  OK(kontor_mailbox_close(mailbox, error));
  CHECK(readable(descriptor, 5000)); /* a close is something to read */
  kontor_mailbox_free(mailbox);
}

static void test_deliveries_outlive_everything(void) {
  kontor_db* own = open_memory();
  kontor_mailbox* mailbox = NULL;
  kontor_delivery* delivery = NULL;
  const void* bytes = NULL;
  size_t length = 0;
  OK(kontor_mailbox_new(own, 4, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("c"), 1, error));
  OK(kontor_publish(own, B("c"), B("kept"), NULL, NULL, error));
  OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  kontor_mailbox_free(mailbox);
  close_and_free(own);
  OK(kontor_delivery_body(delivery, &bytes, &length));
  BYTES("kept", bytes, length);
  kontor_delivery_free(delivery);
}

static void test_databases_share_channels(void) {
  kontor_db* five = NULL;
  kontor_mailbox* mailbox = NULL;
  uint64_t mailboxes = 0;
  OK(kontor_db_select(db, 5, &five, error));
  OK(kontor_mailbox_new(five, 4, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  OK(kontor_publish(db, B("c"), B("x"), &mailboxes, NULL, error));
  NUMBER(1, mailboxes);
  kontor_mailbox_free(mailbox);
  close_and_free(five);
}

static kontor_mailbox* open_mailbox(uint32_t overflow, int64_t messages, int64_t bytes) {
  kontor_mailbox_options* options = NULL;
  kontor_mailbox* mailbox = NULL;
  OK(kontor_mailbox_options_new(&options, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_OVERFLOW, overflow, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_CAPACITY_MESSAGES, messages, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_CAPACITY_BYTES, bytes, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_BLOCK_MS, 10, error));
  OK(kontor_mailbox_open(db, options, &mailbox, error));
  kontor_mailbox_options_free(options);
  return mailbox;
}

static void test_token_patterns(void) {
  kontor_mailbox* mailbox = NULL;
  OK(kontor_mailbox_open(db, NULL, &mailbox, error));
  subscribe(mailbox, KONTOR_TOKENS, "prices.*.usd", 1);
  subscribe(mailbox, KONTOR_TOKENS, "logs.>", 1);
  publish("prices.eu.usd", "1", 1, 1);
  publish("prices.eu.gbp", "2", 0, 0);
  publish("logs", "3", 0, 0);
  publish("logs.a.b", "4", 1, 1);
  kontor_delivery* delivery = next(mailbox, KONTOR_DELIVERY_PATTERN_MESSAGE);
  NUMBER(KONTOR_TOKENS, kontor_delivery_subject_kind(delivery));
  kontor_delivery_free(delivery);
  expect_message(mailbox, "logs.a.b", "logs.>", "4");
  CODE(KONTOR_INVALID, kontor_mailbox_subscribe(mailbox, KONTOR_TOKENS, B("logs.>.x"), 1, error));
  OK(kontor_mailbox_unsubscribe(mailbox, KONTOR_TOKENS, B("logs.>"), 1, error));
  publish("logs.a.b", "5", 0, 0);
  kontor_mailbox_free(mailbox);
}

static void test_the_newest_is_dropped(void) {
  kontor_mailbox* mailbox = open_mailbox(KONTOR_OVERFLOW_DROP_NEWEST, 2, 0);
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  publish("c", "1", 1, 1);
  publish("c", "2", 1, 1);
  publish("c", "3", 0, 0);
  expect_message(mailbox, "c", "", "1");
  publish("c", "4", 1, 1);
  expect_message(mailbox, "c", "", "2");
  kontor_delivery* gap = next(mailbox, KONTOR_DELIVERY_GAP); /* where "3" would have been */
  NUMBER(1, kontor_delivery_lost(gap));
  kontor_delivery_free(gap);
  expect_message(mailbox, "c", "", "4");
  kontor_mailbox_free(mailbox);
}

static void test_the_last_of_each_channel_is_kept(void) {
  kontor_mailbox* mailbox = open_mailbox(KONTOR_OVERFLOW_CONFLATE, 10, 0);
  uint64_t pending = 0, lost = 0;
  subscribe(mailbox, KONTOR_PATTERN, "p:*", 1);
  publish("p:a", "1", 1, 1);
  publish("p:b", "2", 1, 1);
  publish("p:a", "3", 1, 1);
  publish("p:a", "4", 1, 1);
  OK(kontor_mailbox_counts(mailbox, &pending, &lost, error));
  NUMBER(2, pending);
  NUMBER(2, lost);
  kontor_delivery* delivery = next(mailbox, KONTOR_DELIVERY_PATTERN_MESSAGE);
  const void* body = NULL;
  size_t length = 0;
  OK(kontor_delivery_body(delivery, &body, &length));
  BYTES("4", body, length); /* at the place of "1" */
  NUMBER(2, kontor_delivery_lost(delivery));
  kontor_delivery_free(delivery);
  expect_message(mailbox, "p:b", "p:*", "2");
  publish("p:a", "5", 1, 1);
  expect_message(mailbox, "p:a", "p:*", "5");
  expect_nothing(mailbox);
  kontor_mailbox_free(mailbox);
}

static void test_a_publisher_waits_no_longer_than_it_is_told(void) {
  kontor_mailbox* mailbox = open_mailbox(KONTOR_OVERFLOW_BLOCK, 1, 0);
  uint64_t lost = 0;
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  publish("c", "1", 1, 1);
  publish("c", "2", 0, 0); /* after 10 ms */
  OK(kontor_mailbox_counts(mailbox, NULL, &lost, error));
  NUMBER(1, lost);
  expect_message(mailbox, "c", "", "1");
  kontor_delivery* gap = next(mailbox, KONTOR_DELIVERY_GAP);
  NUMBER(1, kontor_delivery_lost(gap));
  kontor_delivery_free(gap);
  expect_nothing(mailbox);
  kontor_mailbox_free(mailbox);
}

static void test_bytes_are_a_capacity_too(void) {
  kontor_mailbox* mailbox = open_mailbox(KONTOR_OVERFLOW_DROP_OLDEST, 100, 10);
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  publish("c", "1234", 1, 1);
  publish("c", "5678", 1, 1);
  publish("c", "9", 1, 1); /* 5 + 5 + 2 */
  kontor_delivery* gap = next(mailbox, KONTOR_DELIVERY_GAP);
  NUMBER(1, kontor_delivery_lost(gap));
  kontor_delivery_free(gap);
  expect_message(mailbox, "c", "", "5678");
  expect_message(mailbox, "c", "", "9");
  kontor_mailbox_free(mailbox);
}

static void test_many_at_once(void) {
  enum { kMessages = 100 };
  kontor_mailbox* mailbox = new_mailbox(1000, KONTOR_OVERFLOW_DROP_OLDEST);
  kontor_deliveries* deliveries = NULL;
  size_t count = 0, read = 0;
  OK(kontor_deliveries_new(&deliveries, error));
  subscribe(mailbox, KONTOR_CHANNEL, "c", 1);
  for (int i = 0; i < kMessages; i++) {
    char body[8];
    snprintf(body, sizeof body, "%d", i);
    publish("c", body, 1, 1);
  }
  while (read < kMessages) {
    if (!OK(kontor_mailbox_next_many(mailbox, 0, NULL, 30, deliveries, &count, error))) break;
    NUMBER(kMessages - read < 30 ? kMessages - read : 30, count);
    for (size_t i = 0; i < count; i++, read++) {
      const void* body = NULL;
      size_t length = 0;
      char want[8];
      snprintf(want, sizeof want, "%d", (int)read);
      OK(kontor_delivery_body(kontor_deliveries_at(deliveries, i), &body, &length));
      BYTES(want, body, length);
    }
  }
  CODE(KONTOR_TIMEOUT, kontor_mailbox_next_many(mailbox, 0, NULL, 30, deliveries, &count, error));
  NUMBER(0, count);
  OK(kontor_mailbox_close(mailbox, error));
  CODE(KONTOR_CLOSED, kontor_mailbox_next_many(mailbox, -1, NULL, 30, deliveries, &count, error));
  kontor_deliveries_free(deliveries);
  kontor_mailbox_free(mailbox);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  RUN(test_channels_and_patterns);
  RUN(test_tags);
  RUN(test_two_mailboxes);
  RUN(test_gaps_are_counted);
  RUN(test_overflow_closes);
  RUN(test_close);
  RUN(test_interest);
  RUN(test_descriptor);
  RUN(test_deliveries_outlive_everything);
  RUN(test_databases_share_channels);
  RUN(test_token_patterns);
  RUN(test_the_newest_is_dropped);
  RUN(test_the_last_of_each_channel_is_kept);
  RUN(test_a_publisher_waits_no_longer_than_it_is_told);
  RUN(test_bytes_are_a_capacity_too);
  RUN(test_many_at_once);
  close_and_free(db);
  return check_end();
}
