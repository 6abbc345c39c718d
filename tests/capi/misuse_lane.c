/* Misuse of lanes. */
#define _GNU_SOURCE
#include "misuse.h"

static kontor_lane* live_lane;
/* Of an engine that is closed. */
static kontor_lane* orphan_lane;

static void make_lanes(void) {
  OK(kontor_lane_new(live_db, &live_lane, error));
  kontor_db* parent = open_memory();
  OK(kontor_lane_new(parent, &orphan_lane, error));
  close_and_free(parent);
}

static void test_new_and_free(void) {
  REFUSES_DB(kontor_lane_new(db, &out.lane, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_new(live_db, NULL, error));
  kontor_lane_free(NULL);
  kontor_lane_free((kontor_lane*)foreign_memory);
  kontor_lane_free((kontor_lane*)live_queue);
}

static void test_handles(void) {
  const uint64_t values[] = {1, 2};
  uint64_t popped[2];
  REFUSES_CHILD(kontor_lane, orphan_lane, kontor_lane_close(handle, error));
  REFUSES_CHILD(kontor_lane, orphan_lane, kontor_lane_push(handle, 1, error));
  REFUSES_CHILD(kontor_lane, orphan_lane,
                kontor_lane_push_many(handle, values, 2, &out.size, error));
  REFUSES_CHILD(kontor_lane, orphan_lane, kontor_lane_pop(handle, 0, NULL, &out.u64, error));
  REFUSES_CHILD(kontor_lane, orphan_lane,
                kontor_lane_pop_many(handle, 0, NULL, popped, 2, &out.size, error));
  REFUSES_CHILD(kontor_lane, orphan_lane, kontor_lane_length(handle, &out.u64, error));
  REFUSES_CHILD(kontor_lane, orphan_lane, kontor_lane_descriptor(handle, &out.i32, error));
  BARE(KONTOR_INVALID, kontor_lane_push(live_lane, 1, (kontor_error*)foreign_memory));
}

static void test_arguments(void) {
  uint64_t popped[1];
  ANSWERS(KONTOR_INVALID, kontor_lane_push_many(live_lane, NULL, 1, &out.size, error));
  const size_t too_many[] = {1048577, (size_t)1 << 32, SIZE_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_TOO_LARGE,
            kontor_lane_push_many(live_lane, popped, too_many[i], &out.size, error));
    ANSWERS(KONTOR_OUT_OF_RANGE,
            kontor_lane_pop_many(live_lane, 0, NULL, popped, too_many[i], &out.size, error));
  }
  ANSWERS(KONTOR_OUT_OF_RANGE,
          kontor_lane_pop_many(live_lane, 0, NULL, popped, 0, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_pop_many(live_lane, 0, NULL, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_pop_many(live_lane, 0, NULL, popped, 1, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_pop(live_lane, 0, NULL, NULL, error));
  kontor_waiter* const foreign = (kontor_waiter*)live_db;
  ANSWERS(KONTOR_INVALID, kontor_lane_pop(live_lane, 0, foreign, &out.u64, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_pop_many(live_lane, 0, foreign, popped, 1, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_length(live_lane, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_lane_descriptor(live_lane, NULL, error));
}

static void test_timeouts(void) {
  OK(kontor_waiter_interrupt(live_waiter));
  for (size_t i = 0; i < EDGES; i++) {
    const int32_t want = kEdges[i] == 0 ? KONTOR_TIMEOUT : KONTOR_INTERRUPTED;
    ANSWERS(want, kontor_lane_pop(live_lane, kEdges[i], live_waiter, &out.u64, error));
    NUMBER(0, out.u64);
  }
  OK(kontor_waiter_reset(live_waiter));
  OK(kontor_lane_push(live_lane, 5, error)); /* the refused calls changed nothing */
  ANSWERS(KONTOR_OK, kontor_lane_pop(live_lane, 0, live_waiter, &out.u64, error));
  NUMBER(5, out.u64);
}

int main(void) {
  misuse_begin();
  make_lanes();
  RUN(test_new_and_free);
  RUN(test_handles);
  RUN(test_arguments);
  RUN(test_timeouts);
  kontor_lane_free(orphan_lane);
  kontor_lane_free(live_lane);
  return misuse_end();
}
