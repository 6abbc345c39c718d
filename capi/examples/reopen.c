/* Durability: what was committed is there when the directory is opened again: keys, deadlines,
 * queues and leases. */
#include <kontor/kontor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

static kontor_db* open_directory(int64_t durability) {
  kontor_error* error = kontor_error_new();
  kontor_options* options = NULL;
  kontor_db* db = NULL;
  expect(kontor_options_new(&options, error) == KONTOR_OK &&
             kontor_options_set_directory(options, "reopen-data", 11, error) == KONTOR_OK &&
             kontor_options_set_number(options, KONTOR_OPTION_DURABILITY, durability, error) ==
                 KONTOR_OK,
         "options with a directory");
  if (kontor_open(options, &db, error) != KONTOR_OK) {
    fprintf(stderr, "cannot open: %s\n", kontor_error_message(error));
    exit(1);
  }
  kontor_options_free(options);
  kontor_error_free(error);
  return db;
}

static void fill(kontor_db* db) {
  kontor_queue* queue = NULL;
  kontor_message* message = NULL;
  size_t count = 0;
  expect(kontor_set(db, "city", 4, "Visby", 5, NULL) == KONTOR_OK, "a string");
  expect(kontor_set_with(db, "session", 7, "x", 1, 0, 3600000, NULL) == KONTOR_OK, "with an hour");
  expect(kontor_hash_set(db, "ship", 4, "cargo", 5, "salt", 4, NULL) == KONTOR_OK, "a hash");
  expect(kontor_list_push(db, "log", 3, KONTOR_BACK, "left port", 9, NULL, NULL) == KONTOR_OK,
         "a list");
  expect(kontor_queue_open(db, "jobs", 4, NULL, &queue, NULL) == KONTOR_OK, "a queue");
  expect(kontor_queue_enqueue(queue, "one", 3, 0, 0, NULL, NULL) == KONTOR_OK &&
             kontor_queue_enqueue(queue, "two", 3, 0, 0, NULL, NULL) == KONTOR_OK,
         "with two jobs");
  expect(kontor_queue_take(queue, 0, 0, NULL, &message, 1, &count, NULL) == KONTOR_OK,
         "one is taken");
  expect(kontor_queue_acknowledge(queue, kontor_message_receipt(message), NULL) == KONTOR_OK,
         "and done");
  kontor_message_free(message);
  kontor_queue_free(queue);
}

static void check(kontor_db* db) {
  char buffer[16];
  size_t length = 0;
  int64_t ttl_ms = 0;
  void* bytes = NULL;
  kontor_queue* queue = NULL;
  int64_t figures[KONTOR_QUEUE_FIGURES];
  expect(kontor_get(db, "city", 4, buffer, sizeof buffer, &length, NULL) == KONTOR_OK &&
             length == 5 && memcmp(buffer, "Visby", 5) == 0,
         "the string is there");
  expect(kontor_ttl(db, "session", 7, &ttl_ms, NULL) == KONTOR_OK && ttl_ms > 3500000 &&
             ttl_ms <= 3600000,
         "the deadline too");
  expect(kontor_hash_get(db, "ship", 4, "cargo", 5, &bytes, &length, NULL) == KONTOR_OK &&
             length == 4 && memcmp(bytes, "salt", 4) == 0,
         "the hash");
  kontor_free(bytes);
  expect(kontor_list_pop(db, "log", 3, KONTOR_FRONT, 0, NULL, &bytes, &length, NULL) == KONTOR_OK &&
             length == 9 && memcmp(bytes, "left port", 9) == 0,
         "the list");
  kontor_free(bytes);
  expect(kontor_queue_open(db, "jobs", 4, NULL, &queue, NULL) == KONTOR_OK &&
             kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, NULL, NULL) == KONTOR_OK &&
             figures[KONTOR_QUEUE_READY] == 1,
         "and the one job that was not done");
  kontor_queue_free(queue);
}

int main(void) {
  /* Every call returns after its change is on disk. */
  kontor_db* db = open_directory(KONTOR_DURABILITY_SYNC);
  fill(db);
  expect(kontor_close(db, NULL) == KONTOR_OK, "closed");
  expect(kontor_set(db, "late", 4, "", 0, NULL) == KONTOR_CLOSED, "a closed handle says so");
  kontor_db_free(db);

  db = open_directory(KONTOR_DURABILITY_ASYNC);
  check(db);
  expect(kontor_close(db, NULL) == KONTOR_OK, "closed again");
  kontor_db_free(db);

  /* What `check` took from the list is gone for good. */
  db = open_directory(KONTOR_DURABILITY_ASYNC);
  uint64_t length = 1;
  expect(kontor_list_length(db, "log", 3, &length, NULL) == KONTOR_OK && length == 0,
         "the popped element did not come back");
  kontor_db_free(db);
  return 0;
}
