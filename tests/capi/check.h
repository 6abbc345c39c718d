/* What the C tests share: checks that count instead of aborting, a clock, threads of one function.
 * Each test is one program; it defines _GNU_SOURCE before its first include. */
#ifndef KONTOR_TESTS_CAPI_CHECK_H_
#define KONTOR_TESTS_CAPI_CHECK_H_

#include <kontor/kontor.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int check_failures = 0;
static int check_count = 0;
static const char* check_test = "";
/* The error every call of the main thread is given. */
static kontor_error* error = NULL;

static inline int check_that(int holds, const char* what, const char* file, int line) {
  check_count++;
  if (holds) return 1;
  check_failures++;
  fprintf(stderr, "%s:%d: %s: not true: %s\n", file, line, check_test, what);
  return 0;
}

static inline int check_code(int32_t want, int32_t got, const char* call, const char* file,
                             int line) {
  check_count++;
  if (want == got) return 1;
  check_failures++;
  fprintf(stderr, "%s:%d: %s: %s answered %s, not %s: \"%s\"\n", file, line, check_test, call,
          got == KONTOR_OK ? "OK" : kontor_code_name(got),
          want == KONTOR_OK ? "OK" : kontor_code_name(want), kontor_error_message(error));
  return 0;
}

static inline int check_number(int64_t want, int64_t got, const char* what, const char* file,
                               int line) {
  check_count++;
  if (want == got) return 1;
  check_failures++;
  fprintf(stderr, "%s:%d: %s: %s is %lld, not %lld\n", file, line, check_test, what, (long long)got,
          (long long)want);
  return 0;
}

static inline int check_bytes(const char* want, const void* got, size_t length, const char* what,
                              const char* file, int line) {
  check_count++;
  if (length == strlen(want) && (length == 0 || (got != NULL && memcmp(want, got, length) == 0)))
    return 1;
  check_failures++;
  fprintf(stderr, "%s:%d: %s: %s is \"%.*s\" (%zu bytes), not \"%s\"\n", file, line, check_test,
          what, got == NULL ? 0 : (int)(length > 200 ? 200 : length),
          got == NULL ? "" : (const char*)got, length, want);
  return 0;
}

#define CHECK(condition) check_that(!!(condition), #condition, __FILE__, __LINE__)
#define CODE(want, call) check_code((want), (call), #call, __FILE__, __LINE__)
#define OK(call) check_code(KONTOR_OK, (call), #call, __FILE__, __LINE__)
#define NUMBER(want, got) check_number((int64_t)(want), (int64_t)(got), #got, __FILE__, __LINE__)
#define BYTES(want, got, length) check_bytes((want), (got), (length), #got, __FILE__, __LINE__)
/* The sentence of the last error contains this. */
#define SAYS(text)                                                                          \
  check_that(strstr(kontor_error_message(error), (text)) != NULL, "the message says " text, \
             __FILE__, __LINE__)

/* A literal as pointer and length. */
#define B(literal) (literal), (sizeof(literal) - 1)

#define RUN(test)       \
  do {                  \
    check_test = #test; \
    test();             \
  } while (0)

/* A test that hangs is a failure, not a wait for ever. */
static inline void check_begin(unsigned seconds) {
  alarm(seconds);
  error = kontor_error_new();
}

static inline int check_end(void) {
  kontor_error_free(error);
  fprintf(stderr, "%d checks, %d failed\n", check_count, check_failures);
  return check_failures == 0 ? 0 : 1;
}

static inline int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline int64_t elapsed_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void sleep_ms(int64_t ms) {
  struct timespec wait = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
  nanosleep(&wait, NULL);
}

static inline pthread_t start_thread(void* (*run)(void*), void* argument) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, argument) != 0) {
    fprintf(stderr, "no thread\n");
    exit(2);
  }
  return thread;
}

/* An engine of its own in memory. */
static inline kontor_db* open_memory(void) {
  kontor_db* db = NULL;
  OK(kontor_open(NULL, &db, error));
  return db;
}

/* Opens a directory with a durability; the code of the open. */
static inline int32_t open_directory(const char* path, uint32_t durability, kontor_db** db) {
  kontor_options* options = NULL;
  OK(kontor_options_new(&options, error));
  OK(kontor_options_set_directory(options, path, strlen(path), error));
  OK(kontor_options_set_number(options, KONTOR_OPTION_DURABILITY, durability, error));
  const int32_t code = kontor_open(options, db, error);
  kontor_options_free(options);
  return code;
}

static inline void close_and_free(kontor_db* db) {
  OK(kontor_close(db, error));
  kontor_db_free(db);
}

/* Whether a key holds this string. */
static inline int holds(kontor_db* db, const char* key, const char* want) {
  char buffer[512];
  size_t length = 0;
  const int32_t code = kontor_get(db, key, strlen(key), buffer, sizeof buffer, &length, error);
  return code == KONTOR_OK && length == strlen(want) && memcmp(buffer, want, length) == 0;
}

static inline kontor_queue* open_queue(kontor_db* db, const char* name,
                                       const kontor_queue_options* options) {
  kontor_queue* queue = NULL;
  OK(kontor_queue_open(db, name, strlen(name), options, &queue, error));
  return queue;
}

/* Takes one message without waiting; NULL if there is none. */
static inline kontor_message* take(kontor_queue* queue) {
  kontor_message* message = NULL;
  size_t count = 0;
  return kontor_queue_take(queue, 0, 0, NULL, &message, 1, &count, error) == KONTOR_OK && count == 1
             ? message
             : NULL;
}

static inline int64_t figure(kontor_queue* queue, uint32_t position) {
  int64_t figures[KONTOR_QUEUE_FIGURES] = {0};
  OK(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, NULL, error));
  return figures[position];
}

/* Runs a command of up to 8 words given as C strings (NULL ends them). */
static inline int32_t run(kontor_db* db, kontor_reply** reply, const char* const* words) {
  const void* arguments[8];
  size_t lengths[8];
  size_t count = 0;
  for (; words[count] != NULL && count < 8; count++) {
    arguments[count] = words[count];
    lengths[count] = strlen(words[count]);
  }
  return kontor_exec(db, count, arguments, lengths, NULL, reply, error);
}
#define WORDS(...) ((const char* const[]){__VA_ARGS__, NULL})

#endif /* KONTOR_TESTS_CAPI_CHECK_H_ */
