/* Part of kontor.h, with its conventions: work queues. A message is delayed, then ready, then
 * leased to whoever took it, and then acknowledged, or ready again, or dead. It is delivered at
 * least once; what is done in the same transaction as its acknowledgement (kontor_txn_acknowledge)
 * is done exactly once. Each call may be made from any thread. */
#ifndef KONTOR_QUEUE_H_
#define KONTOR_QUEUE_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- How a queue behaves --- */

#define KONTOR_QUEUE_DURABLE 1u  /* 1 (default): journaled; 0: lives as long as the engine */
#define KONTOR_QUEUE_LEASE_MS 2u /* how long a taken message is its taker's; default 30000 */
#define KONTOR_QUEUE_MAX_DELIVERIES \
  3u /* after so many unacknowledged deliveries a message is dead; 0 (default): never */
#define KONTOR_QUEUE_RETRY_DELAY_MS 4u /* rest of a returned or expired message; default 0 */
#define KONTOR_QUEUE_MAX_LENGTH \
  5u /* messages that are not dead; for more see OVERFLOW; 0 (default): no limit */
#define KONTOR_QUEUE_BACKOFF \
  6u /* 0 (default): each rest is RETRY_DELAY_MS; 1: each is twice as long as the one before */
#define KONTOR_QUEUE_RETRY_DELAY_MAX_MS 7u /* no rest is longer; 0 (default): ten years */
#define KONTOR_QUEUE_RETRY_JITTER_PERCENT \
  8u /* each rest is shorter by up to so much, at random; default 0 */
#define KONTOR_QUEUE_DEDUPLICATION_MS \
  9u /* how long a deduplication id is remembered, from its enqueuing; 0 (default): not at all */
#define KONTOR_QUEUE_OVERFLOW                                                                    \
  10u /* at MAX_LENGTH 0 (default): KONTOR_FULL; 1: who has been ready longest is dropped; 2: or \
         dead */
#define KONTOR_QUEUE_MAX_AGE_MS \
  11u /* a message that is not taken in that time since it was enqueued goes; 0 (default): none */
#define KONTOR_QUEUE_AGE_POLICY 12u /* what is too old is 0 (default): dropped; 1: dead */
#define KONTOR_QUEUE_RATE_COUNT \
  13u /* so many messages are taken in any RATE_WINDOW_MS at most; 0 (default): no limit */
#define KONTOR_QUEUE_RATE_WINDOW_MS 14u   /* 1 to a day; default 1000 */
#define KONTOR_QUEUE_GROUP_RATE_COUNT 15u /* the same for the messages of each group */
#define KONTOR_QUEUE_GROUP_RATE_WINDOW_MS 16u
#define KONTOR_QUEUE_RESULT_MS                                                                  \
  17u /* how long it is known of a message that it is done, and its result; 0 (default): not at \
         all */
/* Events for whoever scales workers, on the channel `__queue__:` and the queue's name, within 100
 * ms: "depth-high 1000" once so many messages are ready, "depth-low 500" once half of that or less
 * are; "age-high 5000" and "age-low 0" the same for how long, in ms, the one has been ready that
 * has waited longest. What is high when the engine is opened is told again. 0 (default): none. */
#define KONTOR_QUEUE_DEPTH_THRESHOLD 18u
#define KONTOR_QUEUE_AGE_THRESHOLD_MS 19u
/* Bodies of so many bytes or more are compressed with zstd, where they get smaller, by who sends
 * them, and restored for who takes or looks at them; in memory and in files they stay small. What
 * schedules and channels put in is not compressed. 0 (default): none. */
#define KONTOR_QUEUE_COMPRESS_BYTES 20u

KONTOR_API int32_t kontor_queue_options_new(kontor_queue_options** options, kontor_error* error);
KONTOR_API void kontor_queue_options_free(kontor_queue_options* options);
KONTOR_API int32_t kontor_queue_options_set_number(kontor_queue_options* options, uint32_t option,
                                                   int64_t value, kontor_error* error);

#define KONTOR_QUEUE_RETRY_DELAYS_MS                                                             \
  1u /* the rest before each retry, the last one for all that follow; goes before BACKOFF; up to \
        64 */
/* An option that is a list; `values` may be NULL where `count` is 0. KONTOR_UNSUPPORTED,
 * KONTOR_OUT_OF_RANGE. */
KONTOR_API int32_t kontor_queue_options_set_numbers(kontor_queue_options* options, uint32_t option,
                                                    const int64_t* values, size_t count,
                                                    kontor_error* error);
/* What an option is. A list is the options' own, until they change. KONTOR_UNSUPPORTED. */
KONTOR_API int32_t kontor_queue_options_number(const kontor_queue_options* options, uint32_t option,
                                               int64_t* value, kontor_error* error);
KONTOR_API int32_t kontor_queue_options_numbers(const kontor_queue_options* options,
                                                uint32_t option, const int64_t** values,
                                                size_t* count, kontor_error* error);

/* Opens a queue by name, making it if there is none. With `options` the queue takes them on (also
 * an existing one, KONTOR_INVALID where DURABLE differs); with NULL a new one has the defaults.
 * Names have 1 to 255 bytes. */
KONTOR_API int32_t kontor_queue_open(kontor_db* db, const void* name, size_t name_length,
                                     const kontor_queue_options* options, kontor_queue** queue,
                                     kontor_error* error);
/* The options that the queue has now, for the caller to free. To change some of them, set these and
 * open the queue with them. */
KONTOR_API int32_t kontor_queue_options_of(kontor_queue* queue, kontor_queue_options** options,
                                           kontor_error* error);
/* Gives up the handle; the queue stays. */
KONTOR_API void kontor_queue_free(kontor_queue* queue);
/* Deletes the queue with all its messages; its handles answer KONTOR_CLOSED. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_queue_delete(kontor_db* db, const void* name, size_t name_length,
                                       kontor_error* error);

/* --- Sending --- */

/* Adds a message. `priority` 0 to 31, larger is more urgent. `delay_ms`: not ready before that has
 * passed. `id` may be NULL. KONTOR_FULL at the queue's maximum length. */
KONTOR_API int32_t kontor_queue_enqueue(kontor_queue* queue, const void* body, size_t body_length,
                                        uint32_t priority, int64_t delay_ms, uint64_t* id,
                                        kontor_error* error);

/* What is said of a message when it is sent. May be used for many, one thread at a time. */
KONTOR_API int32_t kontor_enqueue_options_new(kontor_enqueue_options** options,
                                              kontor_error* error);
KONTOR_API void kontor_enqueue_options_free(kontor_enqueue_options* options);
#define KONTOR_ENQUEUE_PRIORITY 1u /* 0 (default) to 31, larger is more urgent */
#define KONTOR_ENQUEUE_DELAY_MS 2u /* not ready before that has passed; default 0 */
/* The message is a parent: it is not ready before so many children of it are over, up to 1000000;
 * with a delay, at the latest when that has passed (without: 10 years). A child is over once it is
 * acknowledged, dropped, discarded or purged; not while it is a dead letter, which may be revived.
 * What children found out, their workers put where the parent's worker looks for it, in the commit
 * that acknowledges them. */
#define KONTOR_ENQUEUE_CHILDREN 3u
/* In a transaction: the message is a child of that which an earlier step enqueues; steps count from
 * 0. Where that one is there already, by its deduplication id, its children are not sent either. */
#define KONTOR_ENQUEUE_PARENT_STEP 4u
/* KONTOR_UNSUPPORTED for an unknown option, KONTOR_OUT_OF_RANGE naming the bounds. */
KONTOR_API int32_t kontor_enqueue_options_set_number(kontor_enqueue_options* options,
                                                     uint32_t option, int64_t value,
                                                     kontor_error* error);
/* Messages of one group are handed out in their order, and the next one only once the one before is
 * acknowledged or dead: one that is returned, or rests before a retry, holds up its group. Where
 * several groups have messages of a priority, each has its turn. */
#define KONTOR_ENQUEUE_GROUP 1u
/* Whoever sends a message under the same id within DEDUPLICATION_MS sends nothing and learns the id
 * of the first, also when that one has been worked off. */
#define KONTOR_ENQUEUE_DEDUPLICATION_ID 2u
/* Up to 255 bytes, copied; none (the default) for no group, or no such id. KONTOR_UNSUPPORTED,
 * KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_enqueue_options_set_bytes(kontor_enqueue_options* options,
                                                    uint32_t option, const void* bytes,
                                                    size_t length, kontor_error* error);
/* The message is a child of this one, which waits for its children, in whatever queue of the same
 * database: KONTOR_INVALID when it is sent, if that does not wait any more. It has no
 * deduplication id, is durable if its parent is, and belongs to the same engine: else
 * KONTOR_INVALID. Children are worked off also where their parent is purged. */
KONTOR_API int32_t kontor_enqueue_options_set_parent(kontor_enqueue_options* options,
                                                     const kontor_queue* queue, uint64_t id,
                                                     kontor_error* error);
/* Adds a message; NULL for the defaults. `id` may be NULL. KONTOR_EXISTS, with the id of the first
 * one, where its deduplication id is known; KONTOR_FULL. */
KONTOR_API int32_t kontor_queue_enqueue_with(kontor_queue* queue, const void* body,
                                             size_t body_length,
                                             const kontor_enqueue_options* options, uint64_t* id,
                                             kontor_error* error);

/* Adds `count` (1 to 4096) messages with the same options (NULL for the defaults) in one commit:
 * all of them, or none. `ids` may be NULL, else it has room for so many. KONTOR_INVALID for options
 * with a deduplication id; KONTOR_FULL; KONTOR_TOO_LARGE above 1 GiB together. */
KONTOR_API int32_t kontor_queue_enqueue_many(kontor_queue* queue, const void* const* bodies,
                                             const size_t* body_lengths, size_t count,
                                             const kontor_enqueue_options* options, uint64_t* ids,
                                             kontor_error* error);

/* --- Working --- */

/* Takes up to `capacity` (1 to 4096) ready messages under a lease, waiting up to `timeout_ms` for
 * the first. The longest waiting taker is served first. `lease_ms` 0: the queue's. Each message is
 * the caller's, to be freed. KONTOR_TIMEOUT with *count 0, KONTOR_INTERRUPTED. */
KONTOR_API int32_t kontor_queue_take(kontor_queue* queue, int64_t lease_ms, int64_t timeout_ms,
                                     kontor_waiter* waiter, kontor_message** messages,
                                     size_t capacity, size_t* count, kontor_error* error);
/* Done: the message is gone. KONTOR_STALE_RECEIPT if the lease ran out or was given back. */
KONTOR_API int32_t kontor_queue_acknowledge(kontor_queue* queue, uint64_t receipt,
                                            kontor_error* error);
/* Acknowledges those of `count` (1 to 4096) receipts whose lease has not run out, in one commit.
 * `acknowledged` is how many; done[i] is 1 where the i-th is among them, else 0 (may be NULL).
 * KONTOR_NO_MEMORY may leave some of them acknowledged, which are told. */
KONTOR_API int32_t kontor_queue_acknowledge_many(kontor_queue* queue, const uint64_t* receipts,
                                                 size_t count, size_t* acknowledged, uint8_t* done,
                                                 kontor_error* error);
/* Done, with a result of up to 512 MiB for those who await it (kontor_queue_await); KONTOR_INVALID
 * where the queue keeps none (RESULT_MS). KONTOR_STALE_RECEIPT. */
KONTOR_API int32_t kontor_queue_complete(kontor_queue* queue, uint64_t receipt, const void* result,
                                         size_t result_length, kontor_error* error);
/* Tells those who await the message how far it is, in up to 4096 bytes of the worker's choice;
 * known until it is delivered again. KONTOR_STALE_RECEIPT. */
KONTOR_API int32_t kontor_queue_tell_progress(kontor_queue* queue, uint64_t receipt,
                                              const void* progress, size_t progress_length,
                                              kontor_error* error);
/* Gives a message back, to be delivered again after `delay_ms` (< 0: the queue's retry delay),
 * ahead of fresh ones of its priority; dead if it was delivered often enough. KONTOR_STALE_RECEIPT.
 */
KONTOR_API int32_t kontor_queue_return(kontor_queue* queue, uint64_t receipt, int64_t delay_ms,
                                       kontor_error* error);
/* Puts a message among the dead letters at once, with a reason. KONTOR_STALE_RECEIPT. */
KONTOR_API int32_t kontor_queue_bury(kontor_queue* queue, uint64_t receipt, const void* reason,
                                     size_t reason_length, kontor_error* error);
/* Lets the lease end `lease_ms` from now (0: the queue's lease). `lease_until_unix_ms` may be NULL.
 * KONTOR_STALE_RECEIPT. */
KONTOR_API int32_t kontor_queue_extend(kontor_queue* queue, uint64_t receipt, int64_t lease_ms,
                                       int64_t* lease_until_unix_ms, kontor_error* error);

/* For `for_ms` from now (< 0: as long as this process lives) the lease is extended by itself, each
 * time by the queue's, whatever the host is busy with; until the message is acknowledged, returned
 * or buried. Ending the process ends it. KONTOR_STALE_RECEIPT. */
KONTOR_API int32_t kontor_queue_renew(kontor_queue* queue, uint64_t receipt, int64_t for_ms,
                                      kontor_error* error);
/* Nothing is taken until the queue is resumed, also after the engine was reopened; what is leased
 * can be finished. Both may be repeated. */
KONTOR_API int32_t kontor_queue_pause(kontor_queue* queue, kontor_error* error);
KONTOR_API int32_t kontor_queue_resume(kontor_queue* queue, kontor_error* error);

/* From now on the queue gets what is published to a channel, or to those that match a pattern, as
 * if it were put in by the publisher: `kind` is KONTOR_CHANNEL, KONTOR_PATTERN or KONTOR_TOKENS
 * (mailbox.h). All queues get it in one commit, once each, and share one body; the publish is as
 * durable as they are. A queue that is full and refuses messages (KONTOR_QUEUE_OVERFLOW) has the
 * publish refused: KONTOR_FULL, and nobody gets it. The engine's own events (of keys, of queues) go
 * to mailboxes only. Durable as its queue is. Binding what is bound already does nothing.
 * KONTOR_INVALID for a token pattern that is none, KONTOR_TOO_LARGE, KONTOR_FULL at 10000 of a
 * queue. */
KONTOR_API int32_t kontor_queue_bind(kontor_queue* queue, uint32_t kind, const void* subject,
                                     size_t subject_length, kontor_error* error);
/* What the queue got stays. KONTOR_NOT_FOUND. Q.BINDINGS (kontor_exec) lists them. */
KONTOR_API int32_t kontor_queue_unbind(kontor_queue* queue, uint32_t kind, const void* subject,
                                       size_t subject_length, kontor_error* error);

/* --- Looking --- */

/* Positions in the array that kontor_queue_figures fills. */
#define KONTOR_QUEUE_READY 0u
#define KONTOR_QUEUE_DELAYED 1u
#define KONTOR_QUEUE_LEASED 2u
#define KONTOR_QUEUE_DEAD 3u
#define KONTOR_QUEUE_WAITING_CONSUMERS 4u
#define KONTOR_QUEUE_OLDEST_READY_AGE_MS \
  5u                                   /* how long the one has been ready that waited longest */
#define KONTOR_QUEUE_ENQUEUED_TOTAL 6u /* totals since the engine was opened */
#define KONTOR_QUEUE_DELIVERED_TOTAL 7u
#define KONTOR_QUEUE_REDELIVERED_TOTAL 8u
#define KONTOR_QUEUE_ACKNOWLEDGED_TOTAL 9u
#define KONTOR_QUEUE_DEAD_TOTAL 10u
#define KONTOR_QUEUE_DROPPED_TOTAL 11u /* too old, or one too many */
#define KONTOR_QUEUE_PAUSED 12u        /* 1 or 0 */
#define KONTOR_QUEUE_GROUPS 13u        /* that have messages, or a rate to be held to */
#define KONTOR_QUEUE_ARRIVALS_1S 14u   /* how many messages came in the last whole second */
#define KONTOR_QUEUE_ARRIVALS_10S 15u  /* in the last 10 of them */
#define KONTOR_QUEUE_ARRIVALS_60S 16u
#define KONTOR_QUEUE_ACKNOWLEDGEMENTS_1S 17u
#define KONTOR_QUEUE_ACKNOWLEDGEMENTS_10S 18u
#define KONTOR_QUEUE_ACKNOWLEDGEMENTS_60S 19u
#define KONTOR_QUEUE_FAILURES_1S 20u /* returned, run out of their lease, or buried */
#define KONTOR_QUEUE_FAILURES_10S 21u
#define KONTOR_QUEUE_FAILURES_60S 22u
#define KONTOR_QUEUE_DONE 23u    /* whose results are kept */
#define KONTOR_QUEUE_FIGURES 24u /* how many there are in this version */
/* All figures as of one moment: fills the first `capacity` of them; `count` (may be NULL) is how
 * many were filled. */
KONTOR_API int32_t kontor_queue_figures(kontor_queue* queue, int64_t* figures, size_t capacity,
                                        size_t* count, kontor_error* error);

/* What a message is. */
#define KONTOR_MESSAGE_DELAYED 0u
#define KONTOR_MESSAGE_READY 1u
#define KONTOR_MESSAGE_LEASED 2u
#define KONTOR_MESSAGE_DEAD 3u
#define KONTOR_MESSAGE_DONE 4u /* its result is kept (RESULT_MS); it has no body any more */
/* A message as it is now, without taking it; `id` 0: the one that would be taken next, were the
 * queue not paused. It has no receipt. The caller's, to be freed. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_queue_peek(kontor_queue* queue, uint64_t id, kontor_message** message,
                                     kontor_error* error);
/* Up to `capacity` (1 to 4096) messages of the states whose bits are set (1u <<
 * KONTOR_MESSAGE_READY and so on), in no order; it may be fewer, or none, before the end. *cursor
 * is 0 at first, and again after the last; a message that is there all the time is told at least
 * once. KONTOR_TOO_SMALL if more room is needed to go on, which is unlikely from 64 on. */
KONTOR_API int32_t kontor_queue_browse(kontor_queue* queue, uint32_t states, uint64_t* cursor,
                                       kontor_message** messages, size_t capacity, size_t* count,
                                       kontor_error* error);
/* Waits up to `timeout_ms` until the message is done or dead, or its progress count is another one
 * than `progress_seen` (< 0: whatever its progress), and tells it as it is then: the caller's, to
 * be freed. KONTOR_NOT_FOUND where it is not known, or not any more: acknowledged in a queue that
 * keeps no results, dropped, purged, or never sent. KONTOR_TIMEOUT, KONTOR_INTERRUPTED. */
KONTOR_API int32_t kontor_queue_await(kontor_queue* queue, uint64_t id, int64_t progress_seen,
                                      int64_t timeout_ms, kontor_waiter* waiter,
                                      kontor_message** message, kontor_error* error);

/* The dead letters with an id larger than `after_id`, by id. Messages as above, with a reason and
 * without receipt. */
KONTOR_API int32_t kontor_queue_dead_letters(kontor_queue* queue, uint64_t after_id,
                                             kontor_message** messages, size_t capacity,
                                             size_t* count, kontor_error* error);
/* Moves a dead letter back: ready at once, its deliveries forgotten. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_queue_revive(kontor_queue* queue, uint64_t id, kontor_error* error);
/* Drops a dead letter. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_queue_discard(kontor_queue* queue, uint64_t id, kontor_error* error);
/* Drops every message, leased and dead ones too. */
KONTOR_API int32_t kontor_queue_purge(kontor_queue* queue, kontor_error* error);

/* A message that a call returned: the caller's, valid after the queue is gone. For NULL these
 * answer 0. */
KONTOR_API void kontor_message_free(kontor_message* message);
KONTOR_API uint64_t kontor_message_id(const kontor_message* message);
KONTOR_API uint64_t kontor_message_receipt(const kontor_message* message);
KONTOR_API uint32_t
kontor_message_attempt(const kontor_message* message); /* 1 at the first delivery */
KONTOR_API uint32_t kontor_message_priority(const kontor_message* message);
KONTOR_API int64_t kontor_message_enqueued_at_unix_ms(const kontor_message* message);
/* Leased until; of others ready at (delayed), ready since (ready), died at (dead), known until
 * (done). */
KONTOR_API int64_t kontor_message_lease_until_unix_ms(const kontor_message* message);
KONTOR_API uint32_t kontor_message_state(const kontor_message* message); /* KONTOR_MESSAGE_* */
/* How often its progress was told, modulo 65536. */
KONTOR_API uint32_t kontor_message_progress_count(const kontor_message* message);
/* Borrowed from the message. */
KONTOR_API int32_t kontor_message_body(const kontor_message* message, const void** body,
                                       size_t* body_length);
/* For how many children it waits. */
KONTOR_API uint32_t kontor_message_children(const kontor_message* message);
/* Of one that is leased its progress, dead the reason, done the result; empty for others. Borrowed
 * from the message, as is the next. */
KONTOR_API int32_t kontor_message_note(const kontor_message* message, const void** note,
                                       size_t* note_length);
/* The key of its group; empty for none, and for messages that were taken. */
KONTOR_API int32_t kontor_message_group(const kontor_message* message, const void** group,
                                        size_t* group_length);
/* The channel it was published to; empty if it was put into the queue itself, or is done. */
KONTOR_API int32_t kontor_message_channel(const kontor_message* message, const void** channel,
                                          size_t* channel_length);
/* Why it is dead; empty for others. Borrowed from the message. */
KONTOR_API int32_t kontor_message_reason(const kontor_message* message, const void** reason,
                                         size_t* reason_length);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_QUEUE_H_ */
