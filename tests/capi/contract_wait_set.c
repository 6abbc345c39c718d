/* One wait for a mailbox, queues, a key and a pipe. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "check.h"

enum { MAILBOX = 1, QUEUE, KEY, PIPE };

static kontor_db* db;
static kontor_wait_set* set;

static int64_t wait_for(int64_t timeout_ms) {
  uint64_t tags[8] = {0};
  size_t count = 77;
  const int32_t code = kontor_wait_set_wait(set, timeout_ms, tags, 8, &count, error);
  if (code != KONTOR_OK) {
    NUMBER(0, count);
    return -code;
  }
  int64_t sum = 0; /* of bits, one for each that is told */
  for (size_t i = 0; i < count; i++) sum += INT64_C(1) << tags[i];
  return sum;
}

static int is_readable(int descriptor) {
  struct pollfd polled = {descriptor, POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

static void test_many_things(void) {
  kontor_mailbox* mailbox = NULL;
  kontor_queue* queue = NULL;
  kontor_consumer* consumer = NULL;
  kontor_session* session = NULL;
  int32_t descriptor = -1;
  int pipes[2] = {-1, -1};
  OK(kontor_mailbox_new(db, 8, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("c"), 1, error));
  OK(kontor_mailbox_descriptor(mailbox, &descriptor, error));
  OK(kontor_wait_set_add(set, descriptor, MAILBOX, error));
  CODE(KONTOR_EXISTS, kontor_wait_set_add(set, descriptor, MAILBOX, error));
  OK(kontor_queue_open(db, B("q"), NULL, &queue, error));
  OK(kontor_consumer_new(db, KONTOR_CONSUMER_BY_ORDER, &consumer, error));
  OK(kontor_consumer_add(consumer, queue, 1, error));
  OK(kontor_consumer_descriptor(consumer, &descriptor, error));
  OK(kontor_wait_set_add(set, descriptor, QUEUE, error));
  OK(kontor_session_new(db, &session, error));
  OK(kontor_session_descriptor(session, &descriptor, error));
  OK(kontor_wait_set_add(set, descriptor, KEY, error));
  CHECK(pipe2(pipes, O_CLOEXEC) == 0);
  OK(kontor_wait_set_add(set, pipes[0], PIPE, error));

  /* The consumer's first take puts it into the line. */
  NUMBER(1 << QUEUE, wait_for(0));
  kontor_message* message = NULL;
  size_t count = 0;
  CODE(KONTOR_TIMEOUT, kontor_consumer_take(consumer, 0, 0, &message, NULL, 1, &count, error));
  OK(kontor_session_write(session, B("BLPOP list 0\r\n"), error));
  NUMBER(KONTOR_TIMEOUT, -wait_for(20));
  int32_t own = -1;
  OK(kontor_wait_set_descriptor(set, &own, error));
  CHECK(!is_readable(own));

  OK(kontor_publish(db, B("c"), B("m"), NULL, NULL, error));
  NUMBER(1 << MAILBOX, wait_for(10000));
  CHECK(is_readable(own));
  OK(kontor_queue_enqueue(queue, B("job"), 0, 0, NULL, error));
  uint64_t length = 0;
  OK(kontor_list_push(db, B("list"), KONTOR_BACK, B("x"), &length, error));
  CHECK(write(pipes[1], "x", 1) == 1);
  NUMBER(1 << MAILBOX | 1 << QUEUE | 1 << KEY | 1 << PIPE, wait_for(10000));

  kontor_delivery* delivery = NULL;
  OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  kontor_delivery_free(delivery);
  OK(kontor_consumer_take(consumer, 0, 0, &message, NULL, 1, &count, error));
  kontor_message_free(message);
  CODE(KONTOR_TIMEOUT, kontor_consumer_take(consumer, 0, 0, &message, NULL, 1, &count, error));
  char reply[64];
  size_t reply_length = 0;
  OK(kontor_session_read(session, reply, sizeof reply, &reply_length, error));
  BYTES("*2\r\n$4\r\nlist\r\n$1\r\nx\r\n", reply, reply_length);
  NUMBER(1 << PIPE, wait_for(10000));
  OK(kontor_wait_set_remove(set, pipes[0], error));
  CODE(KONTOR_NOT_FOUND, kontor_wait_set_remove(set, pipes[0], error));
  NUMBER(KONTOR_TIMEOUT, -wait_for(0));

  /* What is freed leaves the set, and its number may come again. */
  OK(kontor_publish(db, B("c"), B("m"), NULL, NULL, error));
  NUMBER(1 << MAILBOX, wait_for(10000));
  kontor_mailbox_free(mailbox);
  NUMBER(KONTOR_TIMEOUT, -wait_for(0));
  kontor_session_free(session);
  kontor_consumer_free(consumer);
  kontor_queue_free(queue);
  close(pipes[0]);
  close(pipes[1]);
}

static void test_turns(void) {
  enum { PIPES = 5 };
  int pipes[PIPES][2];
  for (uint64_t i = 0; i < PIPES; i++) {
    CHECK(pipe2(pipes[i], O_CLOEXEC) == 0);
    CHECK(write(pipes[i][1], "x", 1) == 1);
    OK(kontor_wait_set_add(set, pipes[i][0], i, error));
  }
  int seen[PIPES] = {0};
  for (int i = 0; i < PIPES; i++) {
    uint64_t tag = 99;
    size_t count = 0;
    OK(kontor_wait_set_wait(set, 0, &tag, 1, &count, error));
    NUMBER(1, count);
    if (tag < PIPES) seen[tag]++;
  }
  for (int i = 0; i < PIPES; i++) NUMBER(1, seen[i]);
  for (int i = 0; i < PIPES; i++) {
    OK(kontor_wait_set_remove(set, pipes[i][0], error));
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
}

static void* interrupt_soon(void* unused) {
  sleep_ms(30);
  OK(kontor_wait_set_interrupt(set));
  return unused;
}

/* What is held open by somebody else after it was closed neither is told for ever nor holds up. */
static void test_closed_elsewhere(void) {
  int pipes[2];
  CHECK(pipe2(pipes, O_CLOEXEC) == 0);
  CHECK(write(pipes[1], "x", 1) == 1);
  OK(kontor_wait_set_add(set, pipes[0], PIPE, error));
  const int other = dup(pipes[0]);
  close(pipes[0]);
  OK(kontor_wait_set_remove(set, pipes[0], error));
  const int64_t begin = elapsed_ms();
  NUMBER(KONTOR_TIMEOUT, -wait_for(50));
  CHECK(elapsed_ms() - begin < 5000);
  /* Nor does it hide what is behind it. */
  int live[2];
  CHECK(pipe2(live, O_CLOEXEC) == 0);
  CHECK(write(live[1], "x", 1) == 1);
  OK(kontor_wait_set_add(set, live[0], PIPE, error));
  uint64_t tag = 0;
  size_t count = 0;
  for (int i = 0; i < 3; i++) {
    OK(kontor_wait_set_wait(set, 0, &tag, 1, &count, error));
    NUMBER(1, count);
    NUMBER(PIPE, tag);
  }
  OK(kontor_wait_set_remove(set, live[0], error));
  close(live[0]);
  close(live[1]);
  close(other);
  close(pipes[1]);
}

static void* interrupt_many(void* unused) {
  for (int i = 0; i < 20000; i++) kontor_wait_set_interrupt(set);
  return unused;
}

/* A reset in the midst of an interrupt leaves nothing behind that keeps a wait busy. */
static void test_interrupts_and_resets(void) {
  const pthread_t thread = start_thread(interrupt_many, NULL);
  for (int i = 0; i < 20000; i++) kontor_wait_set_reset(set);
  pthread_join(thread, NULL);
  OK(kontor_wait_set_reset(set));
  int32_t own = -1;
  OK(kontor_wait_set_descriptor(set, &own, error));
  CHECK(!is_readable(own));
  NUMBER(KONTOR_TIMEOUT, -wait_for(10));
  OK(kontor_wait_set_interrupt(set));
  NUMBER(KONTOR_INTERRUPTED, -wait_for(-1));
  OK(kontor_wait_set_reset(set));
}

static void ignore_signal(int number) { (void)number; }

static void test_interrupt(void) {
  const pthread_t thread = start_thread(interrupt_soon, NULL);
  NUMBER(KONTOR_INTERRUPTED, -wait_for(-1));
  pthread_join(thread, NULL);
  NUMBER(KONTOR_INTERRUPTED, -wait_for(0));
  OK(kontor_wait_set_reset(set));
  NUMBER(KONTOR_TIMEOUT, -wait_for(0));
}

static void test_signal(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = ignore_signal;
  sigaction(SIGUSR1, &action, NULL);
  timer_t timer;
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec soon = {{0, 0}, {0, 20000000}};
  timer_settime(timer, 0, &soon, NULL);
  NUMBER(KONTOR_INTERRUPTED, -wait_for(-1));
  timer_delete(timer);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  OK(kontor_wait_set_new(&set, error));
  RUN(test_many_things);
  RUN(test_turns);
  RUN(test_interrupt);
  RUN(test_closed_elsewhere);
  RUN(test_interrupts_and_resets);
  RUN(test_signal);
  kontor_wait_set_free(set);
  close_and_free(db);
  return check_end();
}
