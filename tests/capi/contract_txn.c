/* Transactions: all of it or nothing, one journal record, in order. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;

static kontor_txn* new_txn(kontor_db* of) {
  kontor_txn* txn = NULL;
  OK(kontor_txn_new(of, &txn, error));
  return txn;
}

static uint64_t enqueue_and_take(kontor_queue* queue, const char* body, int64_t lease_ms) {
  kontor_message* message = NULL;
  size_t count = 0;
  OK(kontor_queue_enqueue(queue, body, strlen(body), 0, 0, NULL, error));
  OK(kontor_queue_take(queue, lease_ms, 0, NULL, &message, 1, &count, error));
  const uint64_t receipt = kontor_message_receipt(message);
  kontor_message_free(message);
  return receipt;
}

static uint64_t list_length(const char* key) {
  uint64_t length = 0;
  OK(kontor_list_length(db, key, strlen(key), &length, error));
  return length;
}

static uint64_t hash_length(const char* key) {
  uint64_t length = 0;
  OK(kontor_hash_length(db, key, strlen(key), &length, error));
  return length;
}

static int32_t add_command(kontor_txn* txn, const char* const* words) {
  const void* arguments[8];
  size_t lengths[8], count = 0;
  for (; words[count] != NULL; count++) {
    arguments[count] = words[count];
    lengths[count] = strlen(words[count]);
  }
  return kontor_txn_exec(txn, count, arguments, lengths, error);
}

/* Every kind of step at once. */
static void add_everything(kontor_txn* txn, kontor_queue* jobs, kontor_queue* results,
                           uint64_t receipt) {
  OK(kontor_txn_set(txn, B("string"), B("v"), 60000, error));
  OK(kontor_txn_delete(txn, B("old"), error));
  OK(kontor_txn_increment(txn, B("count"), 5, error));
  OK(kontor_txn_hash_set(txn, B("hash"), B("f"), B("v"), error));
  OK(kontor_txn_hash_increment(txn, B("hash"), B("n"), 7, error));
  OK(kontor_txn_list_push(txn, B("list"), KONTOR_BACK, B("e"), error));
  OK(add_command(txn, WORDS("APPEND", "string", "w")));
  OK(kontor_txn_acknowledge(txn, jobs, receipt, error));
  OK(kontor_txn_enqueue(txn, results, B("result"), 3, 0, error));
  OK(kontor_txn_publish(txn, B("done"), B("job"), error));
}

static void test_all_of_it(void) {
  kontor_queue* jobs = open_queue(db, "jobs", NULL);
  kontor_queue* results = open_queue(db, "results", NULL);
  kontor_mailbox* mailbox = NULL;
  kontor_delivery* delivery = NULL;
  kontor_reply* replies = NULL;
  kontor_txn* txn = new_txn(db);
  int64_t ttl_ms = 0;
  OK(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("done"), 1, error));
  OK(kontor_set(db, B("old"), B("v"), error));
  add_everything(txn, jobs, results, enqueue_and_take(jobs, "job", 0));
  CODE(KONTOR_NOT_FOUND,
       kontor_exists(db, B("string"), error)); /* nothing is visible before the commit */
  CODE(KONTOR_TIMEOUT, kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  OK(kontor_txn_commit(txn, &replies, error));
  CHECK(holds(db, "string", "vw") && holds(db, "count", "5"));
  OK(kontor_ttl(db, B("string"), &ttl_ms, error));
  CHECK(ttl_ms > 50000 && ttl_ms <= 60000);
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("old"), error));
  NUMBER(2, hash_length("hash"));
  NUMBER(1, list_length("list"));
  NUMBER(0, figure(jobs, KONTOR_QUEUE_LEASED));
  NUMBER(1, figure(jobs, KONTOR_QUEUE_ACKNOWLEDGED_TOTAL));
  NUMBER(1, figure(results, KONTOR_QUEUE_READY));
  OK(kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  kontor_delivery_free(delivery);
  /* One reply per step, in order; an enqueue replies the id. */
  NUMBER(KONTOR_REPLY_ARRAY, kontor_reply_type(replies));
  NUMBER(10, kontor_reply_count(replies));
  NUMBER(5, kontor_reply_integer(kontor_reply_child(replies, 2)));
  NUMBER(7, kontor_reply_integer(kontor_reply_child(replies, 4)));
  NUMBER(2, kontor_reply_integer(kontor_reply_child(replies, 6)));
  kontor_message* result = take(results);
  NUMBER(kontor_message_id(result), kontor_reply_integer(kontor_reply_child(replies, 8)));
  NUMBER(3, kontor_message_priority(result));
  kontor_message_free(result);
  kontor_reply_free(replies);
  kontor_txn_free(txn);
  kontor_mailbox_free(mailbox);
  kontor_queue_free(results);
  kontor_queue_free(jobs);
}

/* A step in the middle fails: nothing of what stands before or behind it happened, the message
 * names the step, and the transaction can be used anew. */
static void expect_nothing_happened(kontor_txn* txn, int32_t want, const char* step) {
  kontor_reply* replies = NULL;
  kontor_queue* results = open_queue(db, "no results", NULL);
  OK(kontor_txn_increment(txn, B("after"), 1, error));
  CODE(want, kontor_txn_commit(txn, &replies, error));
  CHECK(replies == NULL);
  check_that(strstr(kontor_error_message(error), step) != NULL, kontor_error_message(error),
             __FILE__, __LINE__);
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("before"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("before list"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("before hash"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("after"), error));
  CHECK(holds(db, "standing", "unchanged"));
  NUMBER(0, figure(results, KONTOR_QUEUE_READY));
  OK(kontor_txn_commit(txn, NULL, error)); /* it is empty */
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("before"), error));
  kontor_queue_free(results);
}

static void add_steps_before(kontor_txn* txn) {
  kontor_queue* results = open_queue(db, "no results", NULL);
  OK(kontor_set(db, B("standing"), B("unchanged"), error));
  OK(kontor_txn_set(txn, B("before"), B("v"), 0, error));
  OK(kontor_txn_list_push(txn, B("before list"), KONTOR_FRONT, B("v"), error));
  OK(kontor_txn_hash_set(txn, B("before hash"), B("f"), B("v"), error));
  OK(kontor_txn_delete(txn, B("standing"), error));
  OK(kontor_txn_publish(txn, B("never"), B("v"), error));
  OK(kontor_txn_enqueue(txn, results, B("v"), 0, 0, error));
  kontor_queue_free(results);
}

static void test_or_nothing(void) {
  kontor_txn* txn = new_txn(db);
  kontor_queue* jobs = open_queue(db, "failing jobs", NULL);
  kontor_mailbox* mailbox = NULL;
  kontor_delivery* delivery = NULL;
  OK(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_CLOSE, &mailbox, error));
  OK(kontor_mailbox_subscribe(mailbox, KONTOR_CHANNEL, B("never"), 1, error));
  OK(kontor_set(db, B("text"), B("not a number"), error));
  OK(kontor_set(db, B("huge"), B("9223372036854775807"), error));

  add_steps_before(txn);
  OK(kontor_txn_increment(txn, B("text"), 1, error));
  expect_nothing_happened(txn, KONTOR_NOT_A_NUMBER, "7");
  add_steps_before(txn);
  OK(kontor_txn_increment(txn, B("huge"), 1, error));
  expect_nothing_happened(txn, KONTOR_OUT_OF_RANGE, "7");
  add_steps_before(txn);
  OK(kontor_txn_hash_set(txn, B("text"), B("f"), B("v"), error));
  expect_nothing_happened(txn, KONTOR_WRONG_TYPE, "7");
  add_steps_before(txn);
  OK(add_command(txn, WORDS("LPUSH", "text", "v")));
  expect_nothing_happened(txn, KONTOR_WRONG_TYPE, "7");

  const uint64_t receipt = enqueue_and_take(jobs, "job", 20);
  sleep_ms(40);
  add_steps_before(txn);
  OK(kontor_txn_acknowledge(txn, jobs, receipt, error));
  expect_nothing_happened(txn, KONTOR_STALE_RECEIPT, "7");

  CODE(KONTOR_TIMEOUT, kontor_mailbox_next(mailbox, 0, NULL, &delivery, error));
  kontor_mailbox_free(mailbox);
  kontor_queue_free(jobs);
  kontor_txn_free(txn);
}

static void test_full_queue(void) {
  kontor_queue_options* options = NULL;
  kontor_txn* txn = new_txn(db);
  OK(kontor_queue_options_new(&options, error));
  OK(kontor_queue_options_set_number(options, KONTOR_QUEUE_MAX_LENGTH, 2, error));
  kontor_queue* queue = open_queue(db, "narrow", options);
  for (int i = 0; i < 3; i++) OK(kontor_txn_enqueue(txn, queue, B("b"), 0, 0, error));
  OK(kontor_txn_set(txn, B("with the full queue"), B("v"), 0, error));
  CODE(KONTOR_FULL, kontor_txn_commit(txn, NULL, error));
  NUMBER(0, figure(queue, KONTOR_QUEUE_READY));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("with the full queue"), error));
  for (int i = 0; i < 2; i++) OK(kontor_txn_enqueue(txn, queue, B("b"), 0, 0, error));
  OK(kontor_txn_commit(txn, NULL, error));
  NUMBER(2, figure(queue, KONTOR_QUEUE_READY));
  kontor_queue_options_free(options);
  kontor_queue_free(queue);
  kontor_txn_free(txn);
}

static void test_the_same_receipt_twice(void) {
  kontor_txn* txn = new_txn(db);
  kontor_queue* queue = open_queue(db, "twice", NULL);
  const uint64_t receipt = enqueue_and_take(queue, "job", 0);
  OK(kontor_txn_acknowledge(txn, queue, receipt, error));
  OK(kontor_txn_acknowledge(txn, queue, receipt, error));
  CODE(KONTOR_STALE_RECEIPT, kontor_txn_commit(txn, NULL, error));
  OK(kontor_queue_acknowledge(queue, receipt, error)); /* still leased */
  kontor_queue_free(queue);
  kontor_txn_free(txn);
}

static void test_steps_see_those_before_them(void) {
  kontor_txn* txn = new_txn(db);
  kontor_reply* replies = NULL;
  OK(kontor_txn_set(txn, B("seen"), B("1"), 0, error));
  OK(kontor_txn_increment(txn, B("seen"), 1, error));
  OK(add_command(txn, WORDS("GET", "seen")));
  OK(kontor_txn_delete(txn, B("seen"), error));
  OK(kontor_txn_increment(txn, B("seen"), 10, error));
  OK(kontor_txn_commit(txn, &replies, error));
  const void* bytes = NULL;
  size_t length = 0;
  NUMBER(2, kontor_reply_integer(kontor_reply_child(replies, 1)));
  OK(kontor_reply_bytes(kontor_reply_child(replies, 2), &bytes, &length));
  BYTES("2", bytes, length);
  NUMBER(10, kontor_reply_integer(kontor_reply_child(replies, 4)));
  CHECK(holds(db, "seen", "10"));
  kontor_reply_free(replies);
  kontor_txn_free(txn);
}

static void test_a_blocking_command_does_not_block(void) {
  kontor_txn* txn = new_txn(db);
  kontor_reply* replies = NULL;
  const int64_t begin = elapsed_ms();
  OK(add_command(txn, WORDS("BLPOP", "nothing here", "0")));
  OK(kontor_txn_commit(txn, &replies, error));
  CHECK(elapsed_ms() - begin < 10000);
  const uint32_t type = kontor_reply_type(kontor_reply_child(replies, 0));
  CHECK(type == KONTOR_REPLY_NULL || type == KONTOR_REPLY_NULL_ARRAY);
  kontor_reply_free(replies);
  kontor_txn_free(txn);
}

static void test_forgotten_steps(void) {
  kontor_txn* txn = new_txn(db);
  char bytes[] = "copied";
  OK(kontor_txn_set(txn, B("forgotten"), B("v"), 0, error));
  kontor_txn_free(txn);
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("forgotten"), error));
  txn = new_txn(db);
  OK(kontor_txn_set(txn, B("copied"), bytes, 6, 0, error)); /* bytes are copied */
  memset(bytes, 'x', 6);
  OK(kontor_txn_commit(txn, NULL, error));
  CHECK(holds(db, "copied", "copied"));
  kontor_txn_free(txn);
}

static void test_one_record(void) {
  kontor_db* own = NULL;
  int64_t records = 0;
  OK(open_directory("txn", KONTOR_DURABILITY_ASYNC, &own));
  kontor_queue* queue = open_queue(own, "q", NULL);
  OK(kontor_sync(own, error));
  kontor_txn* txn = new_txn(own);
  OK(kontor_txn_set_durability(txn, KONTOR_DURABILITY_SYNC, error));
  OK(kontor_txn_set(txn, B("a"), B("1"), 0, error));
  OK(kontor_txn_set(txn, B("b"), B("2"), 0, error));
  OK(kontor_txn_list_push(txn, B("c"), KONTOR_BACK, B("3"), error));
  OK(kontor_txn_enqueue(txn, queue, B("job"), 0, 0, error));
  OK(kontor_txn_commit(txn, NULL, error));
  kontor_txn_free(txn);
  kontor_queue_free(queue);
  /* A copy of the directory is what a crash at this moment leaves. */
  CHECK(system("cp -r txn crashed && rm -f crashed/LOCK") == 0);
  close_and_free(own);
  OK(open_directory("crashed", KONTOR_DURABILITY_ASYNC, &own));
  OK(kontor_db_figure(own, KONTOR_FIGURE_RECOVERED_RECORDS, &records, error));
  NUMBER(3, records); /* the queue's declaration, its first life, and all of the commit */
  CHECK(holds(own, "a", "1") && holds(own, "b", "2"));
  queue = open_queue(own, "q", NULL);
  NUMBER(1, figure(queue, KONTOR_QUEUE_READY));
  kontor_queue_free(queue);
  close_and_free(own);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  RUN(test_all_of_it);
  RUN(test_or_nothing);
  RUN(test_full_queue);
  RUN(test_the_same_receipt_twice);
  RUN(test_steps_see_those_before_them);
  RUN(test_a_blocking_command_does_not_block);
  RUN(test_forgotten_steps);
  RUN(test_one_record);
  close_and_free(db);
  return check_end();
}
