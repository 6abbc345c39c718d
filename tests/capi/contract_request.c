/* Requests and replies on channels, and who is in them. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;

static kontor_mailbox* subscribed(const char* channel, uint64_t tag) {
  kontor_mailbox* mailbox = NULL;
  OK(kontor_mailbox_new(db, 100, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, channel, strlen(channel), tag, error));
  return mailbox;
}

static kontor_delivery* next(kontor_mailbox* mailbox) {
  kontor_delivery* delivery = NULL;
  OK(kontor_mailbox_next(mailbox, 10000, NULL, &delivery, error));
  return delivery;
}

static void expect_body(const kontor_delivery* delivery, const char* body) {
  const void* bytes = NULL;
  size_t length = 0;
  OK(kontor_delivery_body(delivery, &bytes, &length));
  BYTES(body, bytes, length);
}

/* Answers `count` requests twice each. */
struct service {
  kontor_mailbox* mailbox;
  int count;
};

static void* serve(void* argument) {
  const struct service* service = argument;
  for (int i = 0; i < service->count; i++) {
    kontor_delivery* request = NULL;
    if (kontor_mailbox_next(service->mailbox, 10000, NULL, &request, NULL) != KONTOR_OK) break;
    const void* channel = NULL;
    const void* body = NULL;
    size_t channel_length = 0;
    size_t body_length = 0;
    kontor_delivery_reply_channel(request, &channel, &channel_length);
    kontor_delivery_body(request, &body, &body_length);
    kontor_publish(db, channel, channel_length, body, body_length, NULL, NULL, NULL);
    kontor_publish(db, channel, channel_length, B("second"), NULL, NULL, NULL);
    kontor_delivery_free(request);
  }
  return NULL;
}

static void test_request(void) {
  db = open_memory();
  struct service service = {subscribed("service", 1), 50};
  const pthread_t thread = start_thread(serve, &service);
  for (int i = 0; i < service.count; i++) {
    char body[16];
    snprintf(body, sizeof body, "%d", i);
    kontor_delivery* reply = NULL;
    OK(kontor_request(db, B("service"), body, strlen(body), 10000, NULL, &reply, error));
    expect_body(reply, body);
    kontor_delivery_free(reply);
  }
  pthread_join(thread, NULL);
  kontor_mailbox_free(service.mailbox);
  close_and_free(db);
}

static void test_nobody_and_no_reply(void) {
  db = open_memory();
  kontor_delivery* reply = NULL;
  CODE(KONTOR_NOT_FOUND, kontor_request(db, B("service"), B("x"), -1, NULL, &reply, error));
  SAYS("nobody is there to reply");
  CHECK(reply == NULL);
  kontor_mailbox* mailbox = subscribed("service", 1);
  CODE(KONTOR_TIMEOUT, kontor_request(db, B("service"), B("x"), 20, NULL, &reply, error));
  CHECK(reply == NULL);
  kontor_waiter* waiter = NULL;
  OK(kontor_waiter_new(&waiter, error));
  kontor_waiter_interrupt(waiter);
  CODE(KONTOR_INTERRUPTED, kontor_request(db, B("service"), B("y"), -1, waiter, &reply, error));
  kontor_waiter_free(waiter);
  /* Both are there; nobody waits for a reply any more. */
  for (int i = 0; i < 2; i++) {
    kontor_delivery* request = next(mailbox);
    const void* channel = NULL;
    size_t length = 0;
    uint64_t reached = 7;
    OK(kontor_delivery_reply_channel(request, &channel, &length));
    CHECK(length > 10 && memcmp(channel, "__reply__:", 10) == 0);
    OK(kontor_publish(db, channel, length, B("late"), NULL, &reached, error));
    NUMBER(0, reached);
    kontor_delivery_free(request);
  }
  kontor_mailbox_free(mailbox);
  close_and_free(db);
}

static void test_channel_of_ones_own(void) {
  db = open_memory();
  kontor_mailbox* service = subscribed("service", 1);
  kontor_mailbox* replies = subscribed("mine", 1);
  uint64_t mailboxes = 0;
  uint64_t subscriptions = 0;
  OK(kontor_publish_request(db, B("service"), B("x"), B("mine"), &mailboxes, &subscriptions,
                            error));
  NUMBER(1, mailboxes);
  NUMBER(1, subscriptions);
  kontor_delivery* request = next(service);
  const void* channel = NULL;
  size_t length = 0;
  OK(kontor_delivery_reply_channel(request, &channel, &length));
  BYTES("mine", channel, length);
  expect_body(request, "x");
  OK(kontor_publish(db, channel, length, B("y"), NULL, NULL, error));
  kontor_delivery_free(request);
  kontor_delivery* reply = next(replies);
  expect_body(reply, "y");
  OK(kontor_delivery_reply_channel(reply, &channel, &length));
  NUMBER(0, length);
  kontor_delivery_free(reply);
  kontor_mailbox_free(service);
  kontor_mailbox_free(replies);
  close_and_free(db);
}

/* A mailbox beside a queue gets the reply channel. */
static void test_beside_a_queue(void) {
  db = open_memory();
  kontor_queue* queue = NULL;
  OK(kontor_queue_open(db, B("q"), NULL, &queue, error));
  OK(kontor_queue_bind(queue, KONTOR_CHANNEL, B("service"), error));
  kontor_delivery* reply = NULL;
  /* The queue has it: whoever sends it once more has sent it twice. */
  CODE(KONTOR_TIMEOUT, kontor_request(db, B("service"), B("x"), 0, NULL, &reply, error));
  kontor_mailbox* service = subscribed("service", 1);
  OK(kontor_publish_request(db, B("service"), B("x"), B("mine"), NULL, NULL, error));
  kontor_delivery* request = next(service);
  const void* channel = NULL;
  size_t length = 0;
  OK(kontor_delivery_reply_channel(request, &channel, &length));
  BYTES("mine", channel, length);
  kontor_delivery_free(request);
  kontor_mailbox_free(service);
  kontor_queue_free(queue);
  close_and_free(db);
}

/* A request waits for no mailbox, and tells what became of it. */
static void test_full(void) {
  db = open_memory();
  kontor_mailbox_options* options = NULL;
  kontor_mailbox* service = NULL;
  OK(kontor_mailbox_options_new(&options, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_CAPACITY_MESSAGES, 1, error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_OVERFLOW, KONTOR_OVERFLOW_BLOCK,
                                       error));
  OK(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_BLOCK_MS, 60000, error));
  OK(kontor_mailbox_open(db, options, &service, error));
  kontor_mailbox_options_free(options);
  OK(kontor_mailbox_subscribe(service, KONTOR_CHANNEL, B("service"), 1, error));
  OK(kontor_publish(db, B("service"), B("first"), NULL, NULL, error));
  const int64_t begin = elapsed_ms();
  kontor_delivery* reply = NULL;
  CODE(KONTOR_FULL, kontor_request(db, B("service"), B("x"), 60000, NULL, &reply, error));
  SAYS("full");
  uint64_t mailboxes = 7;
  CODE(KONTOR_FULL,
       kontor_publish_request(db, B("service"), B("x"), B("mine"), &mailboxes, NULL, error));
  NUMBER(0, mailboxes);
  CODE(KONTOR_NOT_FOUND,
       kontor_publish_request(db, B("nobody"), B("x"), B("mine"), &mailboxes, NULL, error));
  CHECK(elapsed_ms() - begin < 10000);
  /* A queue has room for it, and it is sent. */
  kontor_queue* queue = NULL;
  OK(kontor_queue_open(db, B("q"), NULL, &queue, error));
  OK(kontor_queue_bind(queue, KONTOR_CHANNEL, B("service"), error));
  OK(kontor_publish_request(db, B("service"), B("x"), B("mine"), &mailboxes, NULL, error));
  kontor_queue_free(queue);
  kontor_mailbox_free(service);
  close_and_free(db);
}

/* Nobody is told of interest in the channels of replies. */
static void test_interest(void) {
  db = open_memory();
  kontor_mailbox* watcher = NULL;
  OK(kontor_mailbox_new(db, 100, KONTOR_OVERFLOW_DROP_OLDEST, &watcher, error));
  kontor_mailbox* hidden = subscribed("__reply__:7", 1);
  OK(kontor_mailbox_watch_interest(watcher, error));
  kontor_mailbox* service = subscribed("service", 1);
  kontor_delivery* reply = NULL;
  CODE(KONTOR_TIMEOUT, kontor_request(db, B("service"), B("x"), 0, NULL, &reply, error));
  kontor_delivery* gained = next(watcher);
  NUMBER(KONTOR_DELIVERY_INTEREST_GAINED, kontor_delivery_kind(gained));
  const void* channel = NULL;
  size_t length = 0;
  OK(kontor_delivery_channel(gained, &channel, &length));
  BYTES("service", channel, length);
  kontor_delivery_free(gained);
  kontor_delivery* more = NULL;
  CODE(KONTOR_TIMEOUT, kontor_mailbox_next(watcher, 0, NULL, &more, error));
  kontor_mailbox_free(hidden);
  kontor_mailbox_free(service);
  kontor_mailbox_free(watcher);
  close_and_free(db);
}

static void expect_presence(kontor_mailbox* mailbox, uint32_t kind, uint64_t tag) {
  kontor_delivery* event = next(mailbox);
  const uint64_t* tags = NULL;
  const void* channel = NULL;
  size_t length = 0;
  size_t count = 0;
  NUMBER(kind, kontor_delivery_kind(event));
  OK(kontor_delivery_tags(event, &tags, &count));
  NUMBER(1, count);
  if (count == 1) NUMBER(tag, tags[0]);
  OK(kontor_delivery_channel(event, &channel, &length));
  BYTES("room", channel, length);
  kontor_delivery_free(event);
}

static void test_presence(void) {
  db = open_memory();
  kontor_mailbox* room = subscribed("room", 5);
  kontor_mailbox* watcher = NULL;
  OK(kontor_mailbox_new(db, 100, KONTOR_OVERFLOW_DROP_OLDEST, &watcher, error));
  OK(kontor_mailbox_watch_presence(watcher, B("room"), error));
  OK(kontor_mailbox_subscribe(room, KONTOR_CHANNEL, B("room"), UINT64_MAX, error));
  OK(kontor_mailbox_unsubscribe(room, KONTOR_CHANNEL, B("room"), 5, error));
  expect_presence(watcher, KONTOR_DELIVERY_PRESENT, 5);
  expect_presence(watcher, KONTOR_DELIVERY_JOINED, UINT64_MAX);
  expect_presence(watcher, KONTOR_DELIVERY_LEFT, 5);
  OK(kontor_mailbox_unwatch_presence(watcher, B("room"), error));
  CODE(KONTOR_NOT_FOUND, kontor_mailbox_unwatch_presence(watcher, B("room"), error));
  kontor_mailbox_free(watcher);

  for (uint64_t tag = 10; tag > 0; tag--)
    OK(kontor_mailbox_subscribe(room, KONTOR_CHANNEL, B("room"), tag, error));
  uint64_t tags[5] = {0};
  size_t count = 0;
  OK(kontor_channel_tags(db, B("room"), NULL, 0, &count, error));
  NUMBER(11, count);
  OK(kontor_channel_tags(db, B("room"), tags, 4, &count, error));
  NUMBER(11, count);
  for (uint64_t i = 0; i < 4; i++) NUMBER(i + 1, tags[i]);
  NUMBER(0, tags[4]);
  kontor_mailbox_free(room);
  OK(kontor_channel_tags(db, B("room"), tags, 4, &count, error));
  NUMBER(0, count);
  close_and_free(db);
}

int main(void) {
  check_begin(100);
  RUN(test_request);
  RUN(test_nobody_and_no_reply);
  RUN(test_channel_of_ones_own);
  RUN(test_beside_a_queue);
  RUN(test_full);
  RUN(test_interest);
  RUN(test_presence);
  return check_end();
}
