/* Part of kontor.h, with its conventions: channels that keep messages. Once a channel is declared,
 * whatever is published on it (kontor_publish, PUBLISH, transactions) gets the next sequence of
 * that channel, 1, 2, 3 and so on, and is kept within the limits of its options. A tag may join it
 * somewhere in what is kept: it gets that, and then what is published, without a gap and nothing
 * twice. Each call may be made from any thread. */
#ifndef KONTOR_CHANNEL_H_
#define KONTOR_CHANNEL_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KONTOR_CHANNEL_DURABLE 1u /* 1 (default): journaled; 0: lives as long as the engine */
#define KONTOR_CHANNEL_LAST_COUNT \
  2u /* how many messages are kept, 0 (they are only numbered) to 16777216; default 1000 */
#define KONTOR_CHANNEL_LAST_MS 3u   /* none that is older is kept; 0 (default): of any age */
#define KONTOR_CHANNEL_MAX_BYTES 4u /* of bodies; one is always kept; 0 (default): no limit */

KONTOR_API int32_t kontor_channel_options_new(kontor_channel_options** options,
                                              kontor_error* error);
KONTOR_API void kontor_channel_options_free(kontor_channel_options* options);
/* KONTOR_UNSUPPORTED for an option that this version does not know; KONTOR_OUT_OF_RANGE. */
KONTOR_API int32_t kontor_channel_options_set_number(kontor_channel_options* options,
                                                     uint32_t option, int64_t value,
                                                     kontor_error* error);

/* From now on the channel keeps messages. `options` may be NULL for the defaults; one that keeps
 * messages already takes them on. KONTOR_INVALID where DURABLE differs, KONTOR_TOO_LARGE for a name
 * over 255 bytes, KONTOR_FULL at 16777216 channels. */
KONTOR_API int32_t kontor_channel_declare(kontor_db* db, const void* channel, size_t channel_length,
                                          const kontor_channel_options* options,
                                          kontor_error* error);
/* It keeps nothing any more. Its subscriptions stay, and what joined tags still have to be told.
 * Declared again it begins with 1. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_channel_delete(kontor_db* db, const void* channel, size_t channel_length,
                                         kontor_error* error);

#define KONTOR_JOIN_NOW 0u      /* what is published from now on; as kontor_mailbox_subscribe */
#define KONTOR_JOIN_LAST 1u     /* the last `value` messages that are kept first */
#define KONTOR_JOIN_SEQUENCE 2u /* everything from the message with the sequence `value` on */
/* Subscribes a tag to a channel by its name, from a point on. What is kept goes to this tag alone,
 * before what waits in the mailbox; it takes none of its capacity, and is not lost, whatever the
 * channel keeps no more by the time it is read. What was kept no more when the tag joined is told
 * first, as a gap for this tag. KONTOR_NOT_FOUND if the channel keeps no messages (but for
 * KONTOR_JOIN_NOW), KONTOR_OUT_OF_RANGE for a sequence of 0 or above the next one; else as
 * kontor_mailbox_subscribe. Nothing has changed after a failure. */
KONTOR_API int32_t kontor_mailbox_join(kontor_mailbox* mailbox, const void* channel,
                                       size_t channel_length, uint64_t tag, uint32_t join,
                                       uint64_t value, kontor_error* error);

/* Reads up to `maximum` (1 to 65536) messages that are kept, from a sequence on, without a
 * subscription. They take the place of what `deliveries` held before; `count` (may be NULL) is how
 * many there are now, 0 if none has come yet. The first is a gap if some are kept no more. Never
 * waits. KONTOR_NOT_FOUND, KONTOR_OUT_OF_RANGE as kontor_mailbox_join. */
KONTOR_API int32_t kontor_channel_read(kontor_db* db, const void* channel, size_t channel_length,
                                       uint64_t sequence, size_t maximum,
                                       kontor_deliveries* deliveries, size_t* count,
                                       kontor_error* error);
/* What is kept: the sequence of the first message (the last one's + 1 if there is none) and of the
 * last that was published (0 if none was), how many there are, and the bytes of their bodies. Each
 * may be NULL. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_channel_figures(kontor_db* db, const void* channel, size_t channel_length,
                                          uint64_t* first_sequence, uint64_t* last_sequence,
                                          uint64_t* count, uint64_t* bytes, kontor_error* error);

/* The sequence of a message on its channel; 0 if that keeps no messages, or for other deliveries.
 */
KONTOR_API uint64_t kontor_delivery_sequence(const kontor_delivery* delivery);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_CHANNEL_H_ */
