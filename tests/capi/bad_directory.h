/* What the tests of bad data directories share: files, databases as a crash leaves them, refusals.
 */
#ifndef KONTOR_TESTS_CAPI_BAD_DIRECTORY_H_
#define KONTOR_TESTS_CAPI_BAD_DIRECTORY_H_

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "check.h"

/* Runs a command of the shell with up to two paths in it. */
static inline int shell(const char* format, const char* a, const char* b) {
  char command[1024];
  snprintf(command, sizeof command, format, a, b);
  return system(command) == 0;
}

/* Whether two directories hold the same, but for the text in LOCK, which is for people only. */
static inline int same(const char* a, const char* b) {
  return shell("diff -r -x LOCK '%s' '%s' >&2", a, b);
}

/* The path of the file of a directory whose name begins so; the last one by name. */
static inline void find_file(const char* directory, const char* beginning, char* path,
                             size_t size) {
  struct dirent** names = NULL;
  const int count = scandir(directory, &names, NULL, alphasort);
  path[0] = '\0';
  for (int i = 0; i < count; i++) {
    if (strncmp(names[i]->d_name, beginning, strlen(beginning)) == 0) {
      snprintf(path, size, "%s/%s", directory, names[i]->d_name);
    }
    free(names[i]);
  }
  free(names);
  check_that(path[0] != '\0', beginning, __FILE__, __LINE__);
}

static inline long file_size(const char* path) {
  struct stat information;
  return stat(path, &information) == 0 ? (long)information.st_size : -1;
}

static inline void write_at(const char* path, long offset, const void* bytes, size_t length) {
  const int file = open(path, O_WRONLY);
  CHECK(pwrite(file, bytes, length, offset) == (ssize_t)length);
  close(file);
}

static inline void flip_bit(const char* path, long offset) {
  unsigned char byte = 0;
  const int file = open(path, O_RDWR);
  CHECK(pread(file, &byte, 1, offset) == 1);
  byte ^= 0x10;
  CHECK(pwrite(file, &byte, 1, offset) == 1);
  close(file);
}

/* Cuts the zeros off that are written ahead of the frames of a segment (engine/persist/FORMAT.md).
 */
static inline void cut_zeros(const char* path) {
  const int file = open(path, O_RDWR);
  long end = 40;
  uint32_t payload_bytes = 0;
  while (pread(file, &payload_bytes, 4, end) == 4 && payload_bytes != 0) end += 21 + payload_bytes;
  CHECK(ftruncate(file, end) == 0);
  close(file);
}

#define JOURNALED_KEYS 10

/* A directory with one key in its snapshot and ten more in the journal behind it, as a crash leaves
 * it. */
static inline void make_database(const char* path) {
  kontor_db* db = NULL;
  char key[16];
  char open_path[256];
  snprintf(open_path, sizeof open_path, "%s.open", path);
  CHECK(shell("rm -rf '%s' '%s'", path, open_path));
  OK(open_directory(open_path, KONTOR_DURABILITY_SYNC, &db));
  OK(kontor_set(db, B("in the snapshot"), B("v"), error));
  OK(kontor_snapshot(db, error));
  for (int i = 0; i < JOURNALED_KEYS; i++) {
    snprintf(key, sizeof key, "key %d", i);
    OK(kontor_set(db, key, strlen(key), B("value"), error));
  }
  CHECK(shell("cp -r '%s' '%s'", open_path, path));
  close_and_free(db);
  CHECK(shell("rm -rf '%s'%s", open_path, ""));
}

/* How many keys a directory holds once it is opened; the one of the snapshot must be among them. */
static inline int64_t count_keys(const char* path) {
  kontor_db* db = NULL;
  int64_t keys = -1;
  if (!OK(open_directory(path, KONTOR_DURABILITY_SYNC, &db))) return -1;
  OK(kontor_db_figure(db, KONTOR_FIGURE_KEYS, &keys, error));
  CHECK(holds(db, "in the snapshot", "v"));
  close_and_free(db);
  return keys;
}

/* Opening is refused with this code and a sentence that names this, twice, and changes nothing. */
static inline int check_refused(const char* path, int32_t want, const char* names, const char* what,
                                int line) {
  kontor_db* db = NULL;
  const int before = check_failures;
  CHECK(shell("rm -rf before && cp -r '%s' before%s", path, ""));
  for (int i = 0; i < 2; i++) {
    check_code(want, open_directory(path, KONTOR_DURABILITY_SYNC, &db), what, __FILE__, line);
    check_that(strstr(kontor_error_message(error), names) != NULL, kontor_error_message(error),
               __FILE__, line);
    CHECK(db == NULL);
    if (db != NULL) kontor_db_free(db);
  }
  CHECK(same("before", path));
  return check_failures == before;
}
#define REFUSED_OPEN(path, want, names) \
  check_refused((path), (want), (names), "opening " path, __LINE__)

#endif /* KONTOR_TESTS_CAPI_BAD_DIRECTORY_H_ */
