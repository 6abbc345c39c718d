/* One atomic commit: acknowledge a job, write its result, enqueue what follows and publish the
 * news; all or nothing. */
#define _POSIX_C_SOURCE 200809L

#include <kontor/kontor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

static kontor_message* take(kontor_queue* queue, int64_t lease_ms) {
  kontor_message* message = NULL;
  size_t count = 0;
  expect(kontor_queue_take(queue, lease_ms, 2000, NULL, &message, 1, &count, NULL) == KONTOR_OK,
         "a worker takes the job");
  return message;
}

static int64_t ready(kontor_queue* queue) {
  int64_t figures[KONTOR_QUEUE_FIGURES];
  expect(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, NULL, NULL) == KONTOR_OK,
         "the figures of a queue");
  return figures[KONTOR_QUEUE_READY];
}

/* What a worker commits when its work is done. */
static int32_t finish(kontor_db* db, kontor_queue* jobs, kontor_queue* mail,
                      const kontor_message* job, const char* result, kontor_error* error) {
  kontor_txn* txn = NULL;
  int32_t code = kontor_txn_new(db, &txn, error);
  if (code == KONTOR_OK) {
    code = kontor_txn_acknowledge(txn, jobs, kontor_message_receipt(job), error);
  }
  if (code == KONTOR_OK) {
    code = kontor_txn_hash_set(txn, "results", 7, "order:1", 7, result, strlen(result), error);
  }
  if (code == KONTOR_OK) code = kontor_txn_increment(txn, "finished", 8, 1, error);
  if (code == KONTOR_OK) code = kontor_txn_enqueue(txn, mail, "order:1", 7, 0, 0, error);
  if (code == KONTOR_OK) code = kontor_txn_publish(txn, "orders", 6, result, strlen(result), error);
  if (code == KONTOR_OK) code = kontor_txn_commit(txn, NULL, error);
  kontor_txn_free(txn);
  return code;
}

static void expect_one_result(kontor_db* db, kontor_queue* mail, kontor_mailbox* mailbox) {
  void* result = NULL;
  size_t length = 0;
  uint64_t published = 0;
  char finished[8];
  expect(kontor_hash_get(db, "results", 7, "order:1", 7, &result, &length, NULL) == KONTOR_OK &&
             length == 4 && memcmp(result, "paid", 4) == 0,
         "the result is that of the worker whose lease was good");
  kontor_free(result);
  expect(kontor_get(db, "finished", 8, finished, sizeof finished, &length, NULL) == KONTOR_OK &&
             length == 1 && finished[0] == '1',
         "it was counted once");
  expect(ready(mail) == 1, "one letter follows from it");
  expect(kontor_mailbox_counts(mailbox, &published, NULL, NULL) == KONTOR_OK && published == 1,
         "and it was published once");
}

int main(void) {
  const struct timespec nap = {0, 80 * 1000 * 1000};
  kontor_error* error = kontor_error_new();
  kontor_db* db = NULL;
  kontor_queue* jobs = NULL;
  kontor_queue* mail = NULL;
  kontor_mailbox* mailbox = NULL;
  expect(kontor_open(NULL, &db, error) == KONTOR_OK, "an engine in memory");
  expect(kontor_queue_open(db, "jobs", 4, NULL, &jobs, error) == KONTOR_OK &&
             kontor_queue_open(db, "mail", 4, NULL, &mail, error) == KONTOR_OK,
         "two queues");
  expect(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error) == KONTOR_OK &&
             kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, "orders", 6, 1, error) == KONTOR_OK,
         "somebody who follows the orders");
  expect(kontor_queue_enqueue(jobs, "order:1", 7, 0, 0, NULL, error) == KONTOR_OK, "a job");

  /* The first worker is slower than its lease; the job is given to a second one, which finishes it.
   */
  kontor_message* slow = take(jobs, 40);
  nanosleep(&nap, NULL);
  kontor_message* quick = take(jobs, 5000);
  expect(kontor_message_id(slow) == kontor_message_id(quick) && kontor_message_attempt(quick) == 2,
         "it is the same job, delivered again");
  expect(finish(db, jobs, mail, quick, "paid", error) == KONTOR_OK, "the second worker commits");
  expect(finish(db, jobs, mail, slow, "failed", error) == KONTOR_STALE_RECEIPT,
         "the late one is refused");
  printf("    %s\n", kontor_error_message(error));
  expect_one_result(db, mail, mailbox);

  kontor_message_free(slow);
  kontor_message_free(quick);
  kontor_mailbox_free(mailbox);
  kontor_queue_free(jobs);
  kontor_queue_free(mail);
  kontor_db_free(db);
  kontor_error_free(error);
  return 0;
}
