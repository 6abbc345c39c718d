/* Part of kontor.h, with its conventions: lanes. */
#ifndef KONTOR_LANE_H_
#define KONTOR_LANE_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A lane hands 64-bit values (numbers, or pointers of the host) from any threads to any threads of
 * this process: unbounded, first in, first out, each value to exactly one consumer. Nothing of it
 * is stored. Pushing and popping take no lock and wait for nobody, whatever other threads do or
 * fail to do; a system call is made only to sleep, or to wake who sleeps. Any value may be pushed.
 * Not for signal handlers, except kontor_waiter_interrupt. Functions of a lane may answer
 * KONTOR_CLOSED, KONTOR_FORKED, KONTOR_INVALID and, unless said otherwise, KONTOR_NO_MEMORY. */

/* A new lane, the caller's, to be freed. Its memory (some 13 KB, and 8 bytes a value) counts
 * towards the engine's limit. */
KONTOR_API int32_t kontor_lane_new(kontor_db* db, kontor_lane** lane, kontor_error* error);
/* From now on nothing is pushed; what is inside can still be popped. Wakes whoever waits. A second
 * close answers KONTOR_CLOSED. Closing the database handle closes it, too, and then nothing can be
 * popped either. */
KONTOR_API int32_t kontor_lane_close(kontor_lane* lane, kontor_error* error);
/* What is inside is gone. */
KONTOR_API void kontor_lane_free(kontor_lane* lane);

/* Puts a value in at the end. KONTOR_NO_MEMORY: there is none, or the engine is at its limit; the
 * lane is as it was. Does not block. */
KONTOR_API int32_t kontor_lane_push(kontor_lane* lane, uint64_t value, kontor_error* error);
/* Puts up to 1048576 values in (else KONTOR_TOO_LARGE), one after the other: other producers may
 * come in between. `pushed` (may be NULL) is how many are in: all of them, or the first ones where
 * the answer is a failure. */
KONTOR_API int32_t kontor_lane_push_many(kontor_lane* lane, const uint64_t* values, size_t count,
                                         size_t* pushed, kontor_error* error);

/* Takes the oldest value, waiting up to `timeout_ms` for one. Who waits looks for some
 * microseconds before it sleeps; who sleeps is woken in the order in which they came.
 * KONTOR_TIMEOUT, KONTOR_INTERRUPTED; KONTOR_CLOSED once closed and empty. */
KONTOR_API int32_t kontor_lane_pop(kontor_lane* lane, int64_t timeout_ms, kontor_waiter* waiter,
                                   uint64_t* value, kontor_error* error);
/* Takes the oldest values, up to `capacity` (1 to 1048576, else KONTOR_OUT_OF_RANGE), one after the
 * other: other consumers may come in between. Waits for the first only. */
KONTOR_API int32_t kontor_lane_pop_many(kontor_lane* lane, int64_t timeout_ms,
                                        kontor_waiter* waiter, uint64_t* values, size_t capacity,
                                        size_t* count, kontor_error* error);

/* How many values are inside: exact while nobody pushes or pops; what is under way is counted or
 * not. */
KONTOR_API int32_t kontor_lane_length(kontor_lane* lane, uint64_t* length, kontor_error* error);
/* A file descriptor that is readable while there is something to pop, or the lane is closed; for
 * poll and epoll only, owned by the lane. It may stay readable until a pop has answered
 * KONTOR_TIMEOUT. -1 on failure. KONTOR_IO: no descriptor is left. */
KONTOR_API int32_t kontor_lane_descriptor(kontor_lane* lane, int32_t* descriptor,
                                          kontor_error* error);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_LANE_H_ */
