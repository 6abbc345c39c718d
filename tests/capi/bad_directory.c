/* Data directories that cannot be used: a file, read-only, full, somebody else's. Each is a clear
 * error; nothing is changed, nothing is lost. */
#define _GNU_SOURCE
#include "bad_directory.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;
static const char* own_program;

/* A private mount name space, where the system lets us have one; before any thread starts. */
static int prepare_mounts(void) {
  const int flags = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
  return unshare(flags) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Refused with one of two codes and a message that names the path. */
static int check_not_opened(const char* path, const char* names, int32_t either, int32_t or_else,
                            int line) {
  kontor_db* db = NULL;
  const int before = check_failures;
  const int32_t code = open_directory(path, KONTOR_DURABILITY_SYNC, &db);
  if (code != or_else) check_code(either, code, path, __FILE__, line);
  check_that(strstr(kontor_error_message(error), names) != NULL, kontor_error_message(error),
             __FILE__, line);
  CHECK(db == NULL);
  if (db != NULL) kontor_db_free(db);
  return check_failures == before;
}
#define NOT_OPENED(path, names, either, or_else) \
  check_not_opened((path), (names), (either), (or_else), __LINE__)

static void test_a_file(void) {
  CHECK(shell("echo content >'%s'%s", "a_file", ""));
  NOT_OPENED("a_file", "a_file", KONTOR_INVALID, KONTOR_INVALID);
  NOT_OPENED("a_file/", "a_file", KONTOR_INVALID, KONTOR_INVALID);
  NOT_OPENED("a_file/below", "a_file", KONTOR_INVALID, KONTOR_IO);
  CHECK(shell("test \"$(cat '%s')\" = content%s", "a_file", ""));
  CHECK(mkfifo("a_pipe", 0600) == 0);
  NOT_OPENED("a_pipe", "a_pipe", KONTOR_INVALID, KONTOR_INVALID);
  NOT_OPENED("/dev/null", "/dev/null", KONTOR_INVALID, KONTOR_INVALID);
  CHECK(symlink("nowhere/at/all", "dangling") == 0);
  NOT_OPENED("dangling", "dangling", KONTOR_INVALID, KONTOR_IO);
}

static void test_paths_that_cannot_be(void) {
  char path[PATH_MAX + 100];
  memset(path, 'x', sizeof path);
  path[300] = '\0'; /* one name that is too long */
  NOT_OPENED(path, "xxx", KONTOR_INVALID, KONTOR_IO);
  memset(path, 'x', sizeof path - 1); /* a path that is too long */
  kontor_options* options = NULL;
  OK(kontor_options_new(&options, error));
  CODE(KONTOR_TOO_LARGE, kontor_options_set_directory(options, path, sizeof path, error));
  kontor_options_free(options);
  NOT_OPENED("/proc/kontor", "/proc/kontor", KONTOR_IO, KONTOR_READ_ONLY);
  NOT_OPENED("/sys/kernel/kontor", "/sys/kernel/kontor", KONTOR_IO, KONTOR_READ_ONLY);
}

static void test_read_only_file_system(void) {
  make_database("read_only");
  CHECK(shell("cp -r '%s' '%s'", "read_only", "read_only_before"));
  CHECK(mount("read_only", "read_only", NULL, MS_BIND, NULL) == 0);
  CHECK(mount(NULL, "read_only", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0);
  NOT_OPENED("read_only", "read_only", KONTOR_READ_ONLY, KONTOR_IO);
  NOT_OPENED("read_only/new", "read_only", KONTOR_READ_ONLY, KONTOR_IO);
  CHECK(umount("read_only") == 0);
  CHECK(same("read_only", "read_only_before"));
  NUMBER(1 + JOURNALED_KEYS, count_keys("read_only"));
}

/* In a process of its own, as a user whom permissions bind. */
static int role_not_permitted(const char* path) {
  const uid_t before = geteuid();
  if (before == 0 && seteuid(65534) != 0) return 2;
  NOT_OPENED(path, path, KONTOR_READ_ONLY, KONTOR_IO);
  /* A leak checker traces its own process at exit, which needs the user and the permission it began
   * with. */
  if (seteuid(before) != 0) return 2;
  prctl(PR_SET_DUMPABLE, 1);
  return check_end();
}

static int run_role(const char* role, const char* path) {
  char* const arguments[] = {(char*)own_program, (char*)role, (char*)path, NULL};
  pid_t child = 0;
  int status = -1;
  if (posix_spawn(&child, own_program, NULL, NULL, arguments, environ) != 0) return -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_no_permission(void) {
  make_database("not_permitted");
  CHECK(shell("cp -r '%s' '%s' && chmod -R a-w,a+rX not_permitted", "not_permitted",
              "not_permitted_before"));
  NUMBER(0, run_role("not_permitted", "not_permitted"));
  CHECK(shell("chmod -R u+w,go-w '%s'%s", "not_permitted", ""));
  CHECK(same("not_permitted", "not_permitted_before"));
  NUMBER(1 + JOURNALED_KEYS, count_keys("not_permitted"));
}

static void set_key(int i, char* key, size_t size) { snprintf(key, size, "key %d", i); }

/* Writes 4 KiB values until one is refused; how many were answered KONTOR_OK. */
static int fill(kontor_db* db) {
  char key[32], value[4096];
  memset(value, 'v', sizeof value);
  int written = 0;
  int32_t code = KONTOR_OK;
  while (written < 100000) {
    set_key(written, key, sizeof key);
    code = kontor_set(db, key, strlen(key), value, sizeof value, error);
    if (code != KONTOR_OK) break;
    written++;
  }
  CHECK(code == KONTOR_IO || code == KONTOR_READ_ONLY);
  return written;
}

/* A failed write makes the engine read-only, with a reason; it can still be read, and closed. */
static int fill_and_close(const char* path) {
  kontor_db* db = NULL;
  char buffer[4096];
  size_t length = 0;
  OK(open_directory(path, KONTOR_DURABILITY_SYNC, &db));
  kontor_queue* queue = open_queue(db, "q", NULL);
  const int written = fill(db);
  CHECK(written > 10);
  for (int i = 0; i < 3; i++) {
    CODE(KONTOR_READ_ONLY, kontor_set(db, B("late"), B("v"), error));
    CHECK(strlen(kontor_error_message(error)) > 20);
  }
  CODE(KONTOR_READ_ONLY, kontor_delete(db, B("key 0"), error));
  CODE(KONTOR_READ_ONLY, kontor_queue_enqueue(queue, B("late"), 0, 0, NULL, error));
  kontor_reply* reply = NULL;
  OK(run(db, &reply, WORDS("SET", "late", "v")));
  NUMBER(KONTOR_REPLY_ERROR, kontor_reply_type(reply));
  kontor_reply_free(reply);
  OK(kontor_get(db, B("key 0"), buffer, sizeof buffer, &length, error));
  NUMBER(4096, length);
  const int32_t synced = kontor_sync(db, error);
  CHECK(synced == KONTOR_READ_ONLY || synced == KONTOR_IO);
  kontor_queue_free(queue);
  CHECK(kontor_close(db, error) < 0); /* a failure is reported */
  CODE(KONTOR_CLOSED, kontor_close(db, error));
  kontor_db_free(db);
  return written;
}

/* Everything that was answered KONTOR_OK is there, and nothing that was refused for being
 * read-only. */
static void expect_all(const char* path, int written) {
  kontor_db* db = NULL;
  char key[32];
  if (!OK(open_directory(path, KONTOR_DURABILITY_SYNC, &db))) return;
  for (int i = 0; i < written; i++) {
    set_key(i, key, sizeof key);
    if (!OK(kontor_exists(db, key, strlen(key), error))) break;
  }
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("late"), error));
  OK(kontor_set(db, B("works again"), B("v"), error));
  close_and_free(db);
}

static void limit_file_size(rlim_t bytes) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  limit.rlim_cur = bytes;
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* Files that may not grow, with SIGXFSZ ignored: writes fail as on a full disk. */
static void test_files_that_cannot_grow(void) {
  limit_file_size(256 * 1024);
  const int written = fill_and_close("limited");
  limit_file_size(RLIM_INFINITY);
  expect_all("limited", written);

  make_database("no_room");
  CHECK(shell("cp -r '%s' '%s'", "no_room", "no_room_before"));
  limit_file_size(0);
  kontor_db* db = NULL;
  const int32_t existing = open_directory("no_room", KONTOR_DURABILITY_SYNC, &db);
  const int32_t fresh = open_directory("no_room_new", KONTOR_DURABILITY_SYNC, &db);
  limit_file_size(RLIM_INFINITY);
  CHECK(existing == KONTOR_IO || existing == KONTOR_READ_ONLY);
  CHECK(fresh == KONTOR_IO || fresh == KONTOR_READ_ONLY);
  CHECK(db == NULL);
  NUMBER(1 + JOURNALED_KEYS, count_keys("no_room"));
  OK(open_directory("no_room_new", KONTOR_DURABILITY_SYNC,
                    &db)); /* what was begun there is in nobody's way */
  OK(kontor_set(db, B("k"), B("v"), error));
  close_and_free(db);
}

static void test_full_disk(void) {
  CHECK(mkdir("disk", 0700) == 0);
  CHECK(mount("none", "disk", "tmpfs", 0, "size=512k") == 0);
  const int written = fill_and_close("disk/data");
  kontor_db* db = NULL;
  CHECK(shell("cp -r '%s' '%s'", "disk/data", "from_full_disk"));
  const int32_t full = open_directory("disk/data", KONTOR_DURABILITY_SYNC, &db); /* still full */
  CHECK(full == KONTOR_OK || full == KONTOR_IO || full == KONTOR_READ_ONLY);
  if (db != NULL) kontor_db_free(db);
  CHECK(mount("none", "disk", "tmpfs", MS_REMOUNT, "size=8m") == 0);
  expect_all("disk/data", written);
  expect_all("from_full_disk", written);
  CHECK(umount("disk") == 0);
}

/* LOCK is somebody's folder: there is nothing to lock. */
static void test_a_folder_for_a_lock(void) {
  CHECK(mkdir("folder_lock", 0700) == 0 && mkdir("folder_lock/LOCK", 0700) == 0);
  NOT_OPENED("folder_lock", "LOCK", KONTOR_IO, KONTOR_INVALID);
  CHECK(access("folder_lock/MANIFEST", F_OK) != 0);
}

int main(int argc, char** argv) {
  own_program = argv[0];
  signal(SIGXFSZ, SIG_IGN);
  const int can_mount = argc == 1 && prepare_mounts();
  check_begin(110);
  if (argc == 3) {
    check_test = argv[1];
    return role_not_permitted(argv[2]);
  }
  RUN(test_a_file);
  RUN(test_paths_that_cannot_be);
  RUN(test_no_permission);
  RUN(test_files_that_cannot_grow);
  RUN(test_a_folder_for_a_lock);
  /* The same once more by the kernel's own hand, where it lets this user mount. */
  if (can_mount) {
    RUN(test_read_only_file_system);
    RUN(test_full_disk);
  }
  return check_end();
}
