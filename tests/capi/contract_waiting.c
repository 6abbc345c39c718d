/* Everything that waits: it ends by what it waits for, a timeout, an interrupt, a signal, or the
 * close of the handle. */
#define _GNU_SOURCE
#include <signal.h>

#include "check.h"

enum { POP, BLPOP, TAKE, NEXT, KINDS };

/* One waiting call in a thread of its own. */
struct wait {
  int kind;
  kontor_db* db;
  kontor_queue* queue;
  kontor_mailbox* mailbox;
  kontor_waiter* waiter;
  int64_t timeout_ms;
  int32_t code;
  int64_t took_ms;
  char got[16];
  pthread_t thread;
};

static void copy_bytes(struct wait* wait, const void* bytes, size_t length) {
  if (length < sizeof wait->got) memcpy(wait->got, bytes, length);
}

static void wait_for_pop(struct wait* wait, kontor_error* own) {
  void* value = NULL;
  size_t length = 0;
  wait->code = kontor_list_pop(wait->db, B("list"), KONTOR_FRONT, wait->timeout_ms, wait->waiter,
                               &value, &length, own);
  if (value != NULL) copy_bytes(wait, value, length);
  kontor_free(value);
}

static void wait_for_blpop(struct wait* wait, kontor_error* own) {
  const void* const words[] = {"BLPOP", "list", "0"};
  const size_t lengths[] = {5, 4, 1};
  const void* bytes = NULL;
  size_t length = 0;
  kontor_reply* reply = NULL;
  wait->code = kontor_exec(wait->db, 3, words, lengths, wait->waiter, &reply, own);
  if (kontor_reply_count(reply) == 2 &&
      kontor_reply_bytes(kontor_reply_child(reply, 1), &bytes, &length) == KONTOR_OK) {
    copy_bytes(wait, bytes, length);
  }
  kontor_reply_free(reply);
}

static void wait_for_take(struct wait* wait, kontor_error* own) {
  kontor_message* message = NULL;
  const void* bytes = NULL;
  size_t count = 0, length = 0;
  wait->code =
      kontor_queue_take(wait->queue, 0, wait->timeout_ms, wait->waiter, &message, 1, &count, own);
  if (count == 1 && kontor_message_body(message, &bytes, &length) == KONTOR_OK)
    copy_bytes(wait, bytes, length);
  kontor_message_free(message);
}

static void wait_for_next(struct wait* wait, kontor_error* own) {
  kontor_delivery* delivery = NULL;
  const void* bytes = NULL;
  size_t length = 0;
  wait->code = kontor_mailbox_next(wait->mailbox, wait->timeout_ms, wait->waiter, &delivery, own);
  if (delivery != NULL && kontor_delivery_body(delivery, &bytes, &length) == KONTOR_OK)
    copy_bytes(wait, bytes, length);
  kontor_delivery_free(delivery);
}

static void* run_wait(void* argument) {
  static void (*const kinds[KINDS])(struct wait*, kontor_error*) = {wait_for_pop, wait_for_blpop,
                                                                    wait_for_take, wait_for_next};
  struct wait* wait = argument;
  kontor_error* own = kontor_error_new();
  const int64_t begin = elapsed_ms();
  kinds[wait->kind](wait, own);
  wait->took_ms = elapsed_ms() - begin;
  if (wait->code != kontor_error_code(own)) wait->code = KONTOR_INTERNAL;
  kontor_error_free(own);
  return NULL;
}

/* What the waits of one test share. */
static kontor_db* db;
static kontor_queue* queue;
static kontor_mailbox* mailbox;

static void open_all(void) {
  db = open_memory();
  queue = open_queue(db, "queue", NULL);
  OK(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("channel"), 1, error));
}

static void free_all(void) {
  kontor_mailbox_free(mailbox);
  kontor_queue_free(queue);
  kontor_db_free(db);
}

static void start(struct wait* wait, int kind, int64_t timeout_ms, kontor_waiter* waiter) {
  memset(wait, 0, sizeof *wait);
  wait->kind = kind;
  wait->db = db;
  wait->queue = queue;
  wait->mailbox = mailbox;
  wait->timeout_ms = timeout_ms;
  wait->waiter = waiter;
  wait->code = KONTOR_INTERNAL;
  wait->thread = start_thread(run_wait, wait);
}

static void finish(struct wait* wait, int32_t want) {
  pthread_join(wait->thread, NULL);
  if (wait->code != want) fprintf(stderr, "kind %d: ", wait->kind);
  CODE(want, wait->code);
}

static void test_ended_by_what_it_waits_for(void) {
  open_all();
  struct wait waits[KINDS];
  for (int kind = 0; kind < KINDS; kind++) start(&waits[kind], kind, -1, NULL);
  sleep_ms(50);
  OK(kontor_list_push(db, B("list"), KONTOR_BACK, B("one"), NULL, error));
  OK(kontor_list_push(db, B("list"), KONTOR_BACK, B("one"), NULL, error));
  OK(kontor_queue_enqueue(queue, B("one"), 0, 0, NULL, error));
  OK(kontor_publish(db, B("channel"), B("one"), NULL, NULL, error));
  for (int kind = 0; kind < KINDS; kind++) {
    finish(&waits[kind], KONTOR_OK);
    BYTES("one", waits[kind].got, strlen(waits[kind].got));
    CHECK(waits[kind].took_ms >= 40);
  }
  OK(kontor_close(db, error));
  free_all();
}

static void test_ended_by_a_timeout(void) {
  open_all();
  const int kinds[] = {POP, TAKE, NEXT};
  for (size_t i = 0; i < 3; i++) {
    struct wait wait;
    start(&wait, kinds[i], 80, NULL);
    finish(&wait, KONTOR_TIMEOUT);
    CHECK(wait.took_ms >= 75 && wait.took_ms < 5000);
  }
  OK(kontor_close(db, error));
  free_all();
}

static void test_ended_by_an_interrupt(void) {
  open_all();
  for (int kind = 0; kind < KINDS; kind++) {
    kontor_waiter* waiter = NULL;
    struct wait wait;
    OK(kontor_waiter_new(&waiter, error));
    start(&wait, kind, -1, waiter);
    sleep_ms(50);
    OK(kontor_waiter_interrupt(waiter));
    finish(&wait, KONTOR_INTERRUPTED);
    start(&wait, kind, -1, waiter); /* and every later one, until it is reset */
    finish(&wait, KONTOR_INTERRUPTED);
    OK(kontor_waiter_reset(waiter));
    start(&wait, kind, -1, waiter);
    sleep_ms(30);
    OK(kontor_list_push(db, B("list"), KONTOR_BACK, B("x"), NULL, error));
    OK(kontor_queue_enqueue(queue, B("x"), 0, 0, NULL, error));
    OK(kontor_publish(db, B("channel"), B("x"), NULL, NULL, error));
    finish(&wait, KONTOR_OK);
    kontor_waiter_free(waiter);
    /* Nothing may be left for the next kind. */
    OK(kontor_queue_purge(queue, error));
    (void)kontor_delete(db, B("list"), error);
    kontor_delivery* delivery = NULL;
    while (kontor_mailbox_next(mailbox, 0, NULL, &delivery, error) == KONTOR_OK)
      kontor_delivery_free(delivery);
  }
  OK(kontor_close(db, error));
  free_all();
}

static kontor_waiter* signal_waiter;
static void on_signal(int number) {
  (void)number;
  kontor_waiter_interrupt(signal_waiter);
}
static void ignore_signal(int number) { (void)number; }

static void test_ended_by_a_signal(void) {
  open_all();
  void (*const handlers[])(int) = {on_signal, ignore_signal};
  for (int i = 0; i < 2; i++) {
    struct sigaction action;
    struct wait wait;
    memset(&action, 0, sizeof action);
    action.sa_handler = handlers[i];
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    OK(kontor_waiter_new(&signal_waiter, error));
    start(&wait, TAKE, -1, signal_waiter);
    sleep_ms(50);
    CHECK(pthread_kill(wait.thread, SIGUSR1) == 0);
    finish(&wait, KONTOR_INTERRUPTED);
    kontor_waiter_free(signal_waiter);
  }
  OK(kontor_close(db, error));
  free_all();
}

static void test_ended_by_close(void) {
  open_all();
  kontor_db* other = NULL;
  OK(kontor_db_select(db, 0, &other, error)); /* the engine goes on */
  struct wait waits[KINDS];
  for (int kind = 0; kind < KINDS; kind++) start(&waits[kind], kind, -1, NULL);
  sleep_ms(50);
  OK(kontor_close(db, error));
  for (int kind = 0; kind < KINDS; kind++) finish(&waits[kind], KONTOR_CLOSED);
  OK(kontor_list_push(other, B("list"), KONTOR_BACK, B("left"), NULL, error));
  close_and_free(other);
  free_all();
}

static void test_ended_by_the_last_close(void) {
  open_all();
  struct wait waits[KINDS];
  for (int kind = 0; kind < KINDS; kind++) start(&waits[kind], kind, -1, NULL);
  sleep_ms(50);
  OK(kontor_close(db, error));
  for (int kind = 0; kind < KINDS; kind++) finish(&waits[kind], KONTOR_CLOSED);
  free_all();
}

static void test_a_closed_mailbox_wakes_its_readers(void) {
  open_all();
  struct wait waits[2];
  for (int i = 0; i < 2; i++) start(&waits[i], NEXT, -1, NULL);
  sleep_ms(50);
  OK(kontor_mailbox_close(mailbox, error));
  for (int i = 0; i < 2; i++) finish(&waits[i], KONTOR_CLOSED);
  OK(kontor_close(db, error));
  free_all();
}

static void test_a_deleted_queue_wakes_its_takers(void) {
  open_all();
  struct wait wait;
  start(&wait, TAKE, -1, NULL);
  sleep_ms(50);
  OK(kontor_queue_delete(db, B("queue"), error));
  finish(&wait, KONTOR_CLOSED);
  CODE(KONTOR_CLOSED, kontor_queue_enqueue(queue, B("b"), 0, 0, NULL, error));
  CODE(KONTOR_NOT_FOUND, kontor_queue_delete(db, B("queue"), error));
  OK(kontor_close(db, error));
  free_all();
}

static void test_first_come_first_served(void) {
  open_all();
  const int kinds[] = {POP, BLPOP, TAKE};
  for (size_t i = 0; i < 3; i++) {
    struct wait first, second, third;
    start(&first, kinds[i], -1, NULL);
    sleep_ms(40);
    start(&second, kinds[i], -1, NULL);
    sleep_ms(40);
    start(&third, kinds[i], -1, NULL);
    sleep_ms(40);
    if (kinds[i] == TAKE) NUMBER(3, figure(queue, KONTOR_QUEUE_WAITING_CONSUMERS));
    const char* const bodies[] = {"1", "2", "3"};
    for (int message = 0; message < 3; message++) {
      OK(kontor_list_push(db, B("list"), KONTOR_BACK, bodies[message], 1, NULL, error));
      OK(kontor_queue_enqueue(queue, bodies[message], 1, 0, 0, NULL, error));
      sleep_ms(20);
    }
    finish(&first, KONTOR_OK);
    finish(&second, KONTOR_OK);
    finish(&third, KONTOR_OK);
    BYTES("1", first.got, strlen(first.got));
    BYTES("2", second.got, strlen(second.got));
    BYTES("3", third.got, strlen(third.got));
    OK(kontor_queue_purge(queue, error));
    (void)kontor_delete(db, B("list"), error);
  }
  OK(kontor_close(db, error));
  free_all();
}

int main(void) {
  check_begin(100);
  RUN(test_ended_by_what_it_waits_for);
  RUN(test_ended_by_a_timeout);
  RUN(test_ended_by_an_interrupt);
  RUN(test_ended_by_a_signal);
  RUN(test_ended_by_close);
  RUN(test_ended_by_the_last_close);
  RUN(test_a_closed_mailbox_wakes_its_readers);
  RUN(test_a_deleted_queue_wakes_its_takers);
  RUN(test_first_come_first_served);
  return check_end();
}
