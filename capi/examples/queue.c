/* A work queue: enqueue, take under a lease, acknowledge, give back, dead letters. */
#include <kontor/kontor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

static int body_is(const kontor_message* message, const char* text) {
  const void* body = NULL;
  size_t length = 0;
  return kontor_message_body(message, &body, &length) == KONTOR_OK && length == strlen(text) &&
         memcmp(body, text, length) == 0;
}

/* Takes one message, waiting at most a second; NULL if there is none. */
static kontor_message* take(kontor_queue* queue) {
  kontor_message* message = NULL;
  size_t count = 0;
  kontor_queue_take(queue, 0, 1000, NULL, &message, 1, &count, NULL);
  return message;
}

static kontor_queue* open_queue(kontor_db* db) {
  kontor_queue_options* options = NULL;
  kontor_queue* queue = NULL;
  expect(kontor_queue_options_new(&options, NULL) == KONTOR_OK &&
             kontor_queue_options_set_number(options, KONTOR_QUEUE_LEASE_MS, 5000, NULL) ==
                 KONTOR_OK &&
             kontor_queue_options_set_number(options, KONTOR_QUEUE_MAX_DELIVERIES, 2, NULL) ==
                 KONTOR_OK &&
             kontor_queue_open(db, "mail", 4, options, &queue, NULL) == KONTOR_OK,
         "a queue with a lease of 5 s and two deliveries at most");
  kontor_queue_options_free(options);
  return queue;
}

/* The worker that succeeds. */
static void acknowledge(kontor_queue* queue) {
  kontor_message* message = take(queue);
  expect(message != NULL && body_is(message, "urgent"), "the urgent letter comes first");
  expect(kontor_message_attempt(message) == 1, "it is its first delivery");
  expect(kontor_queue_acknowledge(queue, kontor_message_receipt(message), NULL) == KONTOR_OK,
         "it is acknowledged");
  expect(kontor_queue_acknowledge(queue, kontor_message_receipt(message), NULL) ==
             KONTOR_STALE_RECEIPT,
         "a receipt is good for once");
  kontor_message_free(message);
}

/* The worker that fails twice: the second time the letter is dead. */
static void fail_twice(kontor_queue* queue) {
  for (uint32_t attempt = 1; attempt <= 2; attempt++) {
    kontor_message* message = take(queue);
    expect(message != NULL && body_is(message, "ordinary"), "the ordinary letter");
    expect(kontor_message_attempt(message) == attempt, "knows how often it was delivered");
    expect(kontor_queue_return(queue, kontor_message_receipt(message), 0, NULL) == KONTOR_OK,
           "it is given back");
    kontor_message_free(message);
  }
}

static void dead_letter(kontor_queue* queue) {
  int64_t figures[KONTOR_QUEUE_FIGURES];
  kontor_message* dead = NULL;
  const void* reason = NULL;
  size_t count = 0;
  size_t length = 0;
  expect(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, NULL, NULL) == KONTOR_OK &&
             figures[KONTOR_QUEUE_READY] == 0 && figures[KONTOR_QUEUE_DEAD] == 1,
         "nothing is ready, one letter is dead");
  expect(kontor_queue_dead_letters(queue, 0, &dead, 1, &count, NULL) == KONTOR_OK && count == 1 &&
             body_is(dead, "ordinary"),
         "it can be read");
  expect(kontor_message_reason(dead, &reason, &length) == KONTOR_OK && length > 0,
         "and says why it died");
  printf("    %.*s\n", (int)length, (const char*)reason);
  expect(kontor_queue_revive(queue, kontor_message_id(dead), NULL) == KONTOR_OK, "it is revived");
  kontor_message_free(dead);
  dead = take(queue);
  expect(dead != NULL && kontor_message_attempt(dead) == 1, "and starts anew");
  expect(kontor_queue_acknowledge(queue, kontor_message_receipt(dead), NULL) == KONTOR_OK,
         "this time it arrives");
  kontor_message_free(dead);
}

int main(void) {
  kontor_db* db = NULL;
  kontor_queue* queue = NULL;
  uint64_t id = 0;
  expect(kontor_open(NULL, &db, NULL) == KONTOR_OK, "an engine in memory");
  queue = open_queue(db);
  expect(kontor_queue_enqueue(queue, "ordinary", 8, 0, 0, &id, NULL) == KONTOR_OK,
         "an ordinary letter");
  expect(kontor_queue_enqueue(queue, "urgent", 6, 9, 0, &id, NULL) == KONTOR_OK,
         "an urgent one after it");
  acknowledge(queue);
  fail_twice(queue);
  dead_letter(queue);
  kontor_queue_free(queue);
  kontor_db_free(db);
  return 0;
}
