/* A cache: values with a time to live, and the three ways to read one. */
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

static int same(const void* bytes, size_t length, const char* text) {
  return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

/* The caller's own buffer: no allocation. A buffer that is too small learns the size it takes. */
static void read_into_buffer(kontor_db* db) {
  char small[4];
  char buffer[64];
  size_t length = 0;
  expect(kontor_get(db, "page:1", 6, small, sizeof small, &length, NULL) == KONTOR_TOO_SMALL,
         "four bytes are too few");
  expect(length == strlen("<h1>Lubeck</h1>"), "and we are told how many it takes");
  expect(kontor_get(db, "page:1", 6, buffer, sizeof buffer, &length, NULL) == KONTOR_OK,
         "64 are enough");
  expect(same(buffer, length, "<h1>Lubeck</h1>"), "the buffer holds the page");
}

/* A copy of any length, given back with kontor_free. */
static void read_copy(kontor_db* db) {
  void* copy = NULL;
  size_t length = 0;
  expect(kontor_get_copy(db, "page:1", 6, &copy, &length, NULL) == KONTOR_OK, "a copy");
  expect(same(copy, length, "<h1>Lubeck</h1>"), "of the same page");
  kontor_free(copy);
}

/* The engine's own bytes. They outlive the key until the pin is freed. */
static void read_pinned(kontor_db* db) {
  kontor_pin* pin = NULL;
  const void* bytes = NULL;
  size_t length = 0;
  expect(kontor_get_pin(db, "page:1", 6, &pin, NULL) == KONTOR_OK, "a pin");
  expect(kontor_delete(db, "page:1", 6, NULL) == KONTOR_OK, "the page is deleted on a write");
  expect(
      kontor_pin_bytes(pin, &bytes, &length) == KONTOR_OK && same(bytes, length, "<h1>Lubeck</h1>"),
      "what was pinned can still be read");
  kontor_pin_free(pin);
  expect(kontor_exists(db, "page:1", 6, NULL) == KONTOR_NOT_FOUND, "the key is gone");
}

static void expire(kontor_db* db) {
  const struct timespec nap = {0, 120 * 1000 * 1000};
  char buffer[16];
  size_t length = 0;
  expect(kontor_set_with(db, "token", 5, "abc", 3, 0, 60, NULL) == KONTOR_OK, "60 ms to live");
  nanosleep(&nap, NULL);
  expect(kontor_get(db, "token", 5, buffer, sizeof buffer, &length, NULL) == KONTOR_NOT_FOUND,
         "after 120 ms it is gone");
}

int main(void) {
  kontor_db* db = NULL;
  int64_t ttl_ms = 0;
  kontor_error* error = kontor_error_new();
  if (kontor_open(NULL, &db, error) != KONTOR_OK) {
    fprintf(stderr, "cannot open: %s\n", kontor_error_message(error));
    return 1;
  }
  expect(kontor_set_with(db, "page:1", 6, "<h1>Lubeck</h1>", 15, 0, 10000, error) == KONTOR_OK,
         "a page is cached for ten seconds");
  expect(
      kontor_ttl(db, "page:1", 6, &ttl_ms, error) == KONTOR_OK && ttl_ms > 9000 && ttl_ms <= 10000,
      "nearly all of them are left");
  expect(kontor_set_with(db, "page:1", 6, "x", 1, KONTOR_SET_IF_ABSENT, 0, error) == KONTOR_EXISTS,
         "a second writer that asks first is told that it exists");
  read_into_buffer(db);
  read_copy(db);
  read_pinned(db);
  expire(db);
  kontor_db_free(db);
  kontor_error_free(error);
  return 0;
}
