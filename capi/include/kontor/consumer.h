/* Part of kontor.h, with its conventions: a consumer takes from several work queues, and waits for
 * all of them at once, in a call or through a file descriptor. One thread at a time may use it, but
 * kontor_consumer_interrupt is for any thread. */
#ifndef KONTOR_CONSUMER_H_
#define KONTOR_CONSUMER_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KONTOR_CONSUMER_BY_ORDER \
  0u /* from the queue that was added first, as long as it has something */
#define KONTOR_CONSUMER_BY_WEIGHT \
  1u /* of those that have something, from each as often as its weight says */
/* KONTOR_INVALID for another choice. The caller's, to be freed; it keeps its database handle open.
 */
KONTOR_API int32_t kontor_consumer_new(kontor_db* db, uint32_t choice, kontor_consumer** consumer,
                                       kontor_error* error);
/* Leaves the lines it stands in. */
KONTOR_API void kontor_consumer_free(kontor_consumer* consumer);
/* From now on it takes from this queue, too, whose handle may go. `weight` 1 to 1000000, which
 * counts by weight only. KONTOR_EXISTS, KONTOR_OUT_OF_RANGE; KONTOR_INVALID for a queue of another
 * engine; KONTOR_FULL at 1024. */
KONTOR_API int32_t kontor_consumer_add(kontor_consumer* consumer, kontor_queue* queue,
                                       uint32_t weight, kontor_error* error);
/* As kontor_queue_take. sources[i] (NULL, or room for `capacity`) is from which queue the i-th
 * message comes, counted from 0 in the order in which they were added: the one to acknowledge it
 * at. KONTOR_TIMEOUT, KONTOR_INTERRUPTED (also by a signal that this thread handled). A queue that
 * was deleted is told once, by KONTOR_CLOSED and its name in the error, and passed over from then
 * on; again and again only once there is no other. */
KONTOR_API int32_t kontor_consumer_take(kontor_consumer* consumer, int64_t lease_ms,
                                        int64_t timeout_ms, kontor_message** messages,
                                        uint32_t* sources, size_t capacity, size_t* count,
                                        kontor_error* error);
/* For poll and epoll only, owned by the consumer. From now on, after kontor_consumer_take answered
 * KONTOR_TIMEOUT the consumer stands in the line of each of its queues, and this is readable once
 * it is worthwhile to take again (with timeout 0, until KONTOR_TIMEOUT); what time alone makes
 * ready is told some 100 ms late at most. Whoever is told and does not take keeps it from those
 * behind in the line. -1 on failure. */
KONTOR_API int32_t kontor_consumer_descriptor(kontor_consumer* consumer, int32_t* descriptor,
                                              kontor_error* error);
/* Gives up its places in line, until the next take; for whoever polls the descriptor no more. */
KONTOR_API int32_t kontor_consumer_leave(kontor_consumer* consumer, kontor_error* error);
/* Ends the wait in progress and all later ones with KONTOR_INTERRUPTED, until
 * kontor_consumer_reset. Both may be called in a signal handler. KONTOR_INVALID. */
KONTOR_API int32_t kontor_consumer_interrupt(kontor_consumer* consumer);
KONTOR_API int32_t kontor_consumer_reset(kontor_consumer* consumer);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_CONSUMER_H_ */
