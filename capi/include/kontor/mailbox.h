/* Part of kontor.h, with its conventions: channels, and the mailboxes that receive from them. */
#ifndef KONTOR_MAILBOX_H_
#define KONTOR_MAILBOX_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Puts a message into every mailbox subscribed to the channel, and into the queues that are bound
 * to it (kontor_queue_bind): KONTOR_FULL if one of these refuses it, and then nobody gets it. The
 * counts may be NULL: mailboxes reached, and subscriptions (mailbox and tag) reached, which is what
 * PUBLISH answers; those that lost it at once are not among them, nor are queues. This call alone
 * waits for mailboxes under KONTOR_OVERFLOW_BLOCK: the PUBLISH command, sessions and transactions
 * never do. */
KONTOR_API int32_t kontor_publish(kontor_db* db, const void* channel, size_t channel_length,
                                  const void* body, size_t body_length, uint64_t* mailboxes,
                                  uint64_t* subscriptions, kontor_error* error);

/* kontor_publish of a message that tells where its publisher waits for replies (of at most 255
 * bytes), which whoever gets it learns from kontor_delivery_reply_channel, and publishes on. It
 * waits for no mailbox: KONTOR_FULL if those that would get it have no room, KONTOR_NOT_FOUND if
 * there are none, and no queue that is bound to the channel. (Who watches all channels gets it,
 * too, and counts.) For many replies, or replies to many requests: subscribe to a channel of your
 * own first. Channels that keep messages keep this as long as the engine lives; queues do not get
 * it. */
KONTOR_API int32_t kontor_publish_request(kontor_db* db, const void* channel, size_t channel_length,
                                          const void* body, size_t body_length,
                                          const void* reply_channel, size_t reply_channel_length,
                                          uint64_t* mailboxes, uint64_t* subscriptions,
                                          kontor_error* error);
/* The same with a channel that the engine chooses ("__reply__:" and a number), and waits up to
 * `timeout_ms` for the first message there: *reply is the caller's, to be freed; NULL after any
 * other outcome. KONTOR_TIMEOUT, KONTOR_INTERRUPTED, KONTOR_CLOSED, and what
 * kontor_publish_request answers. Interest in these channels is not told of
 * (kontor_mailbox_watch_interest); later replies reach nobody. */
KONTOR_API int32_t kontor_request(kontor_db* db, const void* channel, size_t channel_length,
                                  const void* body, size_t body_length, int64_t timeout_ms,
                                  kontor_waiter* waiter, kontor_delivery** reply,
                                  kontor_error* error);

/* What becomes of a message that finds a mailbox full. Every loss is counted
 * (kontor_mailbox_counts) and told in-band, as a gap where the messages would have been. */
#define KONTOR_OVERFLOW_DROP_OLDEST 0u /* it takes the place of the oldest ones */
#define KONTOR_OVERFLOW_CLOSE 1u       /* the mailbox closes; what it holds can still be read */
#define KONTOR_OVERFLOW_DROP_NEWEST 2u /* it is lost */
/* Full or not: it replaces a message of the same channel that still waits for the same
 * subscription. It takes that one's place in the order, kontor_delivery_lost tells how many it
 * replaced, and they count as lost. A mailbox full of other channels loses the oldest. */
#define KONTOR_OVERFLOW_CONFLATE 3u
/* kontor_publish waits for room, up to KONTOR_MAILBOX_BLOCK_MS, first come first served; then the
 * message is lost to this mailbox. Whoever may not wait (transactions, commands, sessions, the
 * engine's own events) loses it at once. A thread that publishes to a mailbox which only it reads
 * waits in vain. */
#define KONTOR_OVERFLOW_BLOCK 4u
/* What one thread or event loop reads: up to `capacity` (1 to 16777216) unread messages. */
KONTOR_API int32_t kontor_mailbox_new(kontor_db* db, uint64_t capacity, uint32_t overflow,
                                      kontor_mailbox** mailbox, kontor_error* error);

#define KONTOR_MAILBOX_CAPACITY_MESSAGES 1u /* unread messages, 1 to 16777216; default 65536 */
/* Bytes of unread channels and bodies; one message always fits. 0 (default): no limit. */
#define KONTOR_MAILBOX_CAPACITY_BYTES 2u
#define KONTOR_MAILBOX_OVERFLOW 3u /* KONTOR_OVERFLOW_*; default KONTOR_OVERFLOW_DROP_OLDEST */
#define KONTOR_MAILBOX_BLOCK_MS \
  4u /* how long a publisher waits under KONTOR_OVERFLOW_BLOCK, 0 to 60000; default 1000 */
/* For kontor_mailbox_watch_interest: what lost its last subscription is told once it has had none
 * for so long (and up to 200 ms more), and what gets one meanwhile is not told of at all; 0
 * (default) to a day. For whoever pays for each change of mind upstream. */
#define KONTOR_MAILBOX_INTEREST_LINGER_MS 5u
KONTOR_API int32_t kontor_mailbox_options_new(kontor_mailbox_options** options,
                                              kontor_error* error);
KONTOR_API void kontor_mailbox_options_free(kontor_mailbox_options* options);
/* KONTOR_UNSUPPORTED for an option that this version does not know. */
KONTOR_API int32_t kontor_mailbox_options_set_number(kontor_mailbox_options* options,
                                                     uint32_t option, int64_t value,
                                                     kontor_error* error);
/* kontor_mailbox_new with all options; NULL for the defaults. */
KONTOR_API int32_t kontor_mailbox_open(kontor_db* db, const kontor_mailbox_options* options,
                                       kontor_mailbox** mailbox, kontor_error* error);
/* Ends all subscriptions and wakes the readers with KONTOR_CLOSED. A second close answers
 * KONTOR_CLOSED. */
KONTOR_API int32_t kontor_mailbox_close(kontor_mailbox* mailbox, kontor_error* error);
KONTOR_API void kontor_mailbox_free(kontor_mailbox* mailbox);

#define KONTOR_CHANNEL 0u /* an exact name */
#define KONTOR_PATTERN 1u /* a glob: * ? [a-z] \ */
/* Tokens between dots: `*` is one, whatever it is, and `>` at the end is one or more:
 * "prices.*.usd", "logs.>". */
#define KONTOR_TOKENS 2u
/* Subscribes with a 64-bit tag of the host's choice (a user, a socket); one mailbox holds any
 * number of tags for the same subject. KONTOR_EXISTS if that tag has it already; KONTOR_INVALID for
 * KONTOR_TOKENS with an empty token, or a `>` that is not the last one; KONTOR_FULL at 67108864
 * subscriptions. Nothing has changed after a failure. */
KONTOR_API int32_t kontor_mailbox_subscribe(kontor_mailbox* mailbox, uint32_t kind,
                                            const void* subject, size_t subject_length,
                                            uint64_t tag, kontor_error* error);
/* KONTOR_NOT_FOUND if there is no such subscription. */
KONTOR_API int32_t kontor_mailbox_unsubscribe(kontor_mailbox* mailbox, uint32_t kind,
                                              const void* subject, size_t subject_length,
                                              uint64_t tag, kontor_error* error);
/* Ends every subscription of a tag; `ended` (may be NULL) is how many there were. */
KONTOR_API int32_t kontor_mailbox_unsubscribe_tag(kontor_mailbox* mailbox, uint64_t tag,
                                                  uint64_t* ended, kontor_error* error);
/* From now on this mailbox is also told when a channel or pattern gets its first subscription in
 * the engine and when it loses its last; it begins with those that have some, which find room
 * however full it is. After a gap, call it again and begin anew. */
KONTOR_API int32_t kontor_mailbox_watch_interest(kontor_mailbox* mailbox, kontor_error* error);
/* Presence: a tag is in a channel while it is subscribed to it by name, in whatever mailbox of the
 * engine. From now on this mailbox is told, as it happens, of tags that come in
 * (KONTOR_DELIVERY_JOINED) and that leave (KONTOR_DELIVERY_LEFT), beginning with one
 * KONTOR_DELIVERY_PRESENT of all that are in; kontor_delivery_tags tells which. After a gap, call
 * it again, and begin anew with the KONTOR_DELIVERY_PRESENT that follows. KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_mailbox_watch_presence(kontor_mailbox* mailbox, const void* channel,
                                                 size_t channel_length, kontor_error* error);
/* What waits in the mailbox already is still told. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_mailbox_unwatch_presence(kontor_mailbox* mailbox, const void* channel,
                                                   size_t channel_length, kontor_error* error);
/* Who is in a channel now: the first `capacity` tags in rising order, each once. `count` (must not
 * be NULL) is how many there are, more than `capacity` if not all of them found room. `tags` may be
 * NULL where `capacity` is 0. */
KONTOR_API int32_t kontor_channel_tags(kontor_db* db, const void* channel, size_t channel_length,
                                       uint64_t* tags, size_t capacity, size_t* count,
                                       kontor_error* error);
/* The oldest delivery, waiting up to `timeout_ms`; the caller's, to be freed. KONTOR_TIMEOUT,
 * KONTOR_INTERRUPTED; KONTOR_CLOSED once closed and empty. */
KONTOR_API int32_t kontor_mailbox_next(kontor_mailbox* mailbox, int64_t timeout_ms,
                                       kontor_waiter* waiter, kontor_delivery** delivery,
                                       kontor_error* error);
/* Takes up to `maximum` (1 to 65536) deliveries at once, in order, waiting for the first only. They
 * take the place of what `deliveries` held before; `count` (may be NULL) is how many there are now,
 * 0 after any outcome but KONTOR_OK. The same outcomes as kontor_mailbox_next. */
KONTOR_API int32_t kontor_mailbox_next_many(kontor_mailbox* mailbox, int64_t timeout_ms,
                                            kontor_waiter* waiter, size_t maximum,
                                            kontor_deliveries* deliveries, size_t* count,
                                            kontor_error* error);
/* Room for the deliveries of kontor_mailbox_next_many, to be used again and again. */
KONTOR_API int32_t kontor_deliveries_new(kontor_deliveries** deliveries, kontor_error* error);
KONTOR_API void kontor_deliveries_free(kontor_deliveries* deliveries);
/* One of them, borrowed until the next kontor_mailbox_next_many with the same deliveries; NULL
 * where there is none. kontor_delivery_free does nothing with it. */
KONTOR_API const kontor_delivery* kontor_deliveries_at(const kontor_deliveries* deliveries,
                                                       size_t index);
/* A file descriptor that is readable while there is something to read; for poll and epoll only,
 * owned by the mailbox. -1 on failure. */
KONTOR_API int32_t kontor_mailbox_descriptor(kontor_mailbox* mailbox, int32_t* descriptor,
                                             kontor_error* error);
/* Unread messages, and messages lost to overflow since the beginning, those that were replaced by
 * newer ones included. Either may be NULL. */
KONTOR_API int32_t kontor_mailbox_counts(kontor_mailbox* mailbox, uint64_t* pending, uint64_t* lost,
                                         kontor_error* error);

#define KONTOR_DELIVERY_MESSAGE 0u
#define KONTOR_DELIVERY_PATTERN_MESSAGE 1u
#define KONTOR_DELIVERY_GAP 2u /* `lost` messages were dropped here */
#define KONTOR_DELIVERY_INTEREST_GAINED 3u
#define KONTOR_DELIVERY_INTEREST_LOST 4u
#define KONTOR_DELIVERY_PRESENT 5u /* these tags are in the channel, and no others */
#define KONTOR_DELIVERY_JOINED 6u  /* these have come in */
#define KONTOR_DELIVERY_LEFT 7u    /* these have left */
KONTOR_API void kontor_delivery_free(kontor_delivery* delivery);
KONTOR_API uint32_t kontor_delivery_kind(const kontor_delivery* delivery);
/* Of a gap: messages that were dropped, or that a channel keeps no more (channel.h: then it is for
 * the tag that joined, and tells the channel). Of a message: how many it replaced
 * (KONTOR_OVERFLOW_CONFLATE). */
KONTOR_API uint64_t kontor_delivery_lost(const kontor_delivery* delivery);
/* The channel of a message or of an event of presence; the channel or pattern of an interest event.
 * Borrowed from the delivery, as are the next. */
KONTOR_API int32_t kontor_delivery_channel(const kontor_delivery* delivery, const void** channel,
                                           size_t* length);
/* The pattern that matched; empty for others. */
KONTOR_API int32_t kontor_delivery_pattern(const kontor_delivery* delivery, const void** pattern,
                                           size_t* length);
KONTOR_API int32_t kontor_delivery_body(const kontor_delivery* delivery, const void** body,
                                        size_t* length);
/* Where its publisher waits for replies (kontor_publish there); empty: nowhere. */
KONTOR_API int32_t kontor_delivery_reply_channel(const kontor_delivery* delivery,
                                                 const void** channel, size_t* length);
/* The tags a message is for; those that an event of presence is about. */
KONTOR_API int32_t kontor_delivery_tags(const kontor_delivery* delivery, const uint64_t** tags,
                                        size_t* count);
/* KONTOR_CHANNEL, KONTOR_PATTERN or KONTOR_TOKENS: what an interest event is about, or what kind of
 * subscription a message came through. */
KONTOR_API uint32_t kontor_delivery_subject_kind(const kontor_delivery* delivery);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_MAILBOX_H_ */
