/* Part of kontor.h, with its conventions: one wait for many things, whatever they are: the
 * descriptors of mailboxes, consumers of work queues and sessions (whose blocking commands wait for
 * keys), and any others that the system can wait for. For hosts without an event loop; an event
 * loop polls those descriptors itself, or that of the set. Each call may be made from any thread.
 */
#ifndef KONTOR_WAIT_SET_H_
#define KONTOR_WAIT_SET_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The caller's, to be freed. It belongs to no database, and owns no descriptor it is given. */
KONTOR_API int32_t kontor_wait_set_new(kontor_wait_set** set, kontor_error* error);
/* Nobody may wait in it any more. */
KONTOR_API void kontor_wait_set_free(kontor_wait_set* set);
/* From now on it waits for this descriptor (kontor_mailbox_descriptor and so on), until that is
 * removed: before its owner is freed. (One that is closed leaves by itself, but not while another
 * process or descriptor holds it open.) `tag` is for the host.
 * KONTOR_EXISTS; KONTOR_INVALID for what is no open descriptor, or nothing to wait for; KONTOR_FULL
 * where the system permits no more. */
KONTOR_API int32_t kontor_wait_set_add(kontor_wait_set* set, int32_t descriptor, uint64_t tag,
                                       kontor_error* error);
/* KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_wait_set_remove(kontor_wait_set* set, int32_t descriptor,
                                          kontor_error* error);
/* Waits up to `timeout_ms` until one of them is readable: the tags of those that are, up to
 * `capacity` (at least 1) and never more than 1024; *count of them. What is not read is told again,
 * after the others. Read each until it answers that there is nothing more: the mailbox
 * KONTOR_TIMEOUT, the consumer, too, the session a length of 0. KONTOR_TIMEOUT, KONTOR_INTERRUPTED
 * (also by a signal that this thread handled); *count is 0 then. */
KONTOR_API int32_t kontor_wait_set_wait(kontor_wait_set* set, int64_t timeout_ms, uint64_t* tags,
                                        size_t capacity, size_t* count, kontor_error* error);
/* Readable while one of them is; for poll and epoll only, owned by the set. -1 on failure. */
KONTOR_API int32_t kontor_wait_set_descriptor(kontor_wait_set* set, int32_t* descriptor,
                                              kontor_error* error);
/* Ends all waits with KONTOR_INTERRUPTED, until kontor_wait_set_reset. Both may be called in a
 * signal handler. KONTOR_INVALID. */
KONTOR_API int32_t kontor_wait_set_interrupt(kontor_wait_set* set);
KONTOR_API int32_t kontor_wait_set_reset(kontor_wait_set* set);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_WAIT_SET_H_ */
