/* Misuse of wait sets. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "misuse.h"

static kontor_wait_set* live_set;

static void test_handles(void) {
  ANSWERS(KONTOR_INVALID, kontor_wait_set_new(NULL, error));
  uint64_t tag = 0;
  for (int bad = 0; bad < BAD_HANDLES; bad++) {
    kontor_wait_set* handle = bad_handle(bad, 0);
    ANSWERS(KONTOR_INVALID, kontor_wait_set_add(handle, 0, 0, error));
    ANSWERS(KONTOR_INVALID, kontor_wait_set_remove(handle, 0, error));
    ANSWERS(KONTOR_INVALID, kontor_wait_set_wait(handle, 0, &tag, 1, &out.size, error));
    ANSWERS(KONTOR_INVALID, kontor_wait_set_descriptor(handle, &out.i32, error));
    BARE(KONTOR_INVALID, kontor_wait_set_interrupt(handle));
    BARE(KONTOR_INVALID, kontor_wait_set_reset(handle));
    kontor_wait_set_free(handle);
  }
}

static void test_arguments(void) {
  uint64_t tag = 0;
  ANSWERS(KONTOR_INVALID, kontor_wait_set_wait(live_set, 0, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_wait_set_wait(live_set, 0, &tag, 1, NULL, error));
  ANSWERS(KONTOR_OUT_OF_RANGE, kontor_wait_set_wait(live_set, 0, &tag, 0, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_wait_set_descriptor(live_set, NULL, error));
  BARE(KONTOR_INVALID, kontor_wait_set_add(live_set, 0, 0, (kontor_error*)foreign_memory));
}

static void test_descriptors(void) {
  const int32_t bad[] = {-1, INT32_MIN, INT32_MAX, 1000000};
  for (size_t i = 0; i < 4; i++) {
    ANSWERS(KONTOR_INVALID, kontor_wait_set_add(live_set, bad[i], 0, error));
    ANSWERS(KONTOR_NOT_FOUND, kontor_wait_set_remove(live_set, bad[i], error));
  }
  /* A file is always ready: there is nothing to wait for. */
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ANSWERS(KONTOR_INVALID, kontor_wait_set_add(live_set, file, 0, error));
  close(file);
  int32_t own = -1;
  OK(kontor_wait_set_descriptor(live_set, &own, error));
  ANSWERS(KONTOR_INVALID, kontor_wait_set_add(live_set, own, 0, error));
  uint64_t tag = 0;
  ANSWERS(KONTOR_TIMEOUT, kontor_wait_set_wait(live_set, 0, &tag, SIZE_MAX, &out.size, error));
}

int main(void) {
  misuse_begin();
  OK(kontor_wait_set_new(&live_set, error));
  RUN(test_handles);
  RUN(test_arguments);
  RUN(test_descriptors);
  kontor_wait_set_free(NULL);
  kontor_wait_set_free(live_set);
  return misuse_end();
}
