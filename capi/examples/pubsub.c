/* Publish and subscribe: one mailbox for many users, told apart by tags, read from an event loop.
 */
#define _POSIX_C_SOURCE 200809L

#include <kontor/kontor.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 1000 };

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

/* What an event loop sees: is there something to read? */
static int readable(kontor_mailbox* mailbox, int timeout_ms) {
  struct pollfd entry = {-1, POLLIN, 0};
  int32_t descriptor = -1;
  expect(kontor_mailbox_descriptor(mailbox, &descriptor, NULL) == KONTOR_OK, "its descriptor");
  entry.fd = descriptor;
  return poll(&entry, 1, timeout_ms) == 1;
}

static void subscribe(kontor_mailbox* mailbox) {
  for (uint64_t user = 1; user <= USERS; user++) {
    /* Every user follows the news, every tenth one follows all prices. */
    int32_t code = kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, "news", 4, user, NULL);
    if (code == KONTOR_OK && user % 10 == 0) {
      code = kontor_mailbox_subscribe(mailbox, KONTOR_PATTERN, "price.*", 7, user, NULL);
    }
    if (code != KONTOR_OK) expect(0, "every user can subscribe");
  }
}

/* One message in the mailbox, however many users it is for. */
static void receive(kontor_mailbox* mailbox, uint32_t kind, size_t users, const char* text) {
  kontor_delivery* delivery = NULL;
  const uint64_t* tags = NULL;
  const void* body = NULL;
  size_t count = 0;
  size_t length = 0;
  expect(kontor_mailbox_next(mailbox, 1000, NULL, &delivery, NULL) == KONTOR_OK, "a delivery");
  expect(kontor_delivery_kind(delivery) == kind, "of the kind it was subscribed by");
  expect(kontor_delivery_body(delivery, &body, &length) == KONTOR_OK && length == strlen(text) &&
             memcmp(body, text, length) == 0,
         text);
  expect(kontor_delivery_tags(delivery, &tags, &count) == KONTOR_OK && count == users,
         "carries the tag of every user it is for");
  kontor_delivery_free(delivery);
}

int main(void) {
  kontor_db* db = NULL;
  kontor_mailbox* mailbox = NULL;
  kontor_delivery* delivery = NULL;
  uint64_t mailboxes = 0;
  uint64_t subscriptions = 0;
  expect(kontor_open(NULL, &db, NULL) == KONTOR_OK, "an engine in memory");
  expect(kontor_mailbox_new(db, 1024, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, NULL) == KONTOR_OK,
         "a mailbox for 1024 unread messages");
  subscribe(mailbox);
  expect(!readable(mailbox, 0), "nothing to read yet");

  expect(
      kontor_publish(db, "news", 4, "ship ahoy", 9, &mailboxes, &subscriptions, NULL) == KONTOR_OK,
      "a publish");
  expect(mailboxes == 1 && subscriptions == USERS, "reaches one mailbox and all users");
  expect(kontor_publish(db, "price.rye", 9, "7 marks", 7, NULL, NULL, NULL) == KONTOR_OK,
         "another one");
  expect(readable(mailbox, 1000), "now poll says there is something to read");
  receive(mailbox, KONTOR_DELIVERY_MESSAGE, USERS, "ship ahoy");
  receive(mailbox, KONTOR_DELIVERY_PATTERN_MESSAGE, USERS / 10, "7 marks");

  expect(kontor_mailbox_next(mailbox, 0, NULL, &delivery, NULL) == KONTOR_TIMEOUT && !delivery,
         "that was all");
  expect(!readable(mailbox, 0), "and poll agrees");
  kontor_mailbox_free(mailbox);
  kontor_db_free(db);
  return 0;
}
