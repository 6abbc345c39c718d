/* Kontor: a storage-and-broker engine inside your process. The C interface.
 *
 * Conventions, true of every function unless its comment says otherwise:
 *
 * - Results. Every call returns int32_t. KONTOR_OK (0): done. Positive: an ordinary outcome
 * (KONTOR_NOT_FOUND, KONTOR_TIMEOUT, ...), nothing is wrong. Negative: a failure; nothing was
 * changed. The values never change.
 * - Errors. The last parameter `error` may be NULL. Where it is given, it holds the code and a
 * sentence that says what was wrong and what to do, for outcomes and failures alike; it is reset by
 * each call. Nothing is thread-local.
 * - Handles are opaque. `..._free(NULL)` does nothing. A NULL or foreign handle is answered
 * KONTOR_INVALID.
 * - Out parameters are written only as documented; on failure, handles and pointers are set to NULL
 * and numbers to 0.
 * - Bytes are a pointer and a length, never NUL-terminated. A pointer may be NULL only where its
 * length is 0. Any byte is legal in keys, values, names and bodies.
 * - Units are in the names. `timeout_ms` < 0 waits for ever, 0 only looks. Deadlines are Unix
 * milliseconds.
 * - Threads. Handles may be used from any number of threads at once, except kontor_options,
 * kontor_queue_options, kontor_channel_options, kontor_mailbox_options, kontor_deliveries,
 * kontor_txn, kontor_error, kontor_session_options and kontor_session, which belong to one thread
 * at a time. No handle may be used by one thread while another frees it. Strings up to 1024 bytes
 * under keys up to 254 are read without a lock; all else excludes others from its key's shard.
 * - Blocking. Only calls with a `timeout_ms` wait for others, and kontor_publish for mailboxes that
 * ask for it (KONTOR_OVERFLOW_BLOCK). Calls that change data wait for the
 * disk under KONTOR_DURABILITY_SYNC, and briefly under KONTOR_DURABILITY_ASYNC when the disk cannot
 * keep up.
 * - Failures any call on an open engine may answer: KONTOR_INVALID, KONTOR_CLOSED (this handle, or
 * the one it came from, was closed), KONTOR_FORKED (the process was forked since the engine was
 * opened: the child must not use it), KONTOR_NO_MEMORY, KONTOR_INTERNAL; calls that change data
 * also KONTOR_READ_ONLY (an earlier write to disk failed; the message quotes it) and KONTOR_IO.
 * - No library thread ever calls user code. The library prints nothing and never forks.
 *
 * Since version 0.1 unless stated.
 */
#ifndef KONTOR_KONTOR_H_
#define KONTOR_KONTOR_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define KONTOR_API __attribute__((visibility("default")))
#else
#define KONTOR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- codes -- */

#define KONTOR_OK 0
/* Ordinary outcomes. */
#define KONTOR_NOT_FOUND 1
#define KONTOR_EXISTS 2
#define KONTOR_TIMEOUT 3
#define KONTOR_TOO_SMALL 4
#define KONTOR_AGAIN 5
#define KONTOR_INTERRUPTED 6
/* Failures. */
#define KONTOR_INVALID (-1)
#define KONTOR_WRONG_TYPE (-2)
#define KONTOR_NOT_A_NUMBER (-3)
#define KONTOR_OUT_OF_RANGE (-4)
#define KONTOR_TOO_LARGE (-5)
#define KONTOR_NO_MEMORY (-6)
#define KONTOR_CLOSED (-7)
#define KONTOR_LOCKED (-8)
#define KONTOR_FORKED (-9)
#define KONTOR_READ_ONLY (-10)
#define KONTOR_IO (-11)
#define KONTOR_CORRUPT (-12)
#define KONTOR_NEWER_FORMAT (-13)
#define KONTOR_STALE_RECEIPT (-14)
#define KONTOR_FULL (-15)
#define KONTOR_UNSUPPORTED (-16)
#define KONTOR_INTERNAL (-17)

/* The name of a code ("STALE_RECEIPT"), "UNKNOWN" for any other number. Static, NUL-terminated. */
KONTOR_API const char* kontor_code_name(int32_t code);
/* The version of the library ("0.1.0"). Static, NUL-terminated. */
KONTOR_API const char* kontor_version_string(void);

/* -------------------------------------------------------------- handles -- */

typedef struct kontor_error kontor_error;
typedef struct kontor_options kontor_options;
typedef struct kontor_db kontor_db;
typedef struct kontor_pin kontor_pin;
typedef struct kontor_reply kontor_reply;
typedef struct kontor_waiter kontor_waiter;
typedef struct kontor_queue_options kontor_queue_options;
typedef struct kontor_queue kontor_queue;
typedef struct kontor_message kontor_message;
typedef struct kontor_enqueue_options kontor_enqueue_options;
typedef struct kontor_schedule_options kontor_schedule_options;
typedef struct kontor_consumer kontor_consumer;
typedef struct kontor_channel_options kontor_channel_options;
typedef struct kontor_mailbox_options kontor_mailbox_options;
typedef struct kontor_mailbox kontor_mailbox;
typedef struct kontor_delivery kontor_delivery;
typedef struct kontor_deliveries kontor_deliveries;
typedef struct kontor_txn kontor_txn;
typedef struct kontor_session kontor_session;
typedef struct kontor_session_options kontor_session_options;
typedef struct kontor_lease kontor_lease;
typedef struct kontor_lane kontor_lane;
typedef struct kontor_wait_set kontor_wait_set;

/* Frees bytes that a call returned as a copy. NULL does nothing. */
KONTOR_API void kontor_free(void* bytes);

/* A place for the details of outcomes and failures; NULL if there is no memory. */
KONTOR_API kontor_error* kontor_error_new(void);
KONTOR_API void kontor_error_free(kontor_error* error);
/* The code of the last call that was given this error; KONTOR_INVALID for NULL. */
KONTOR_API int32_t kontor_error_code(const kontor_error* error);
/* Its sentence, "" if there is none; NUL-terminated, valid until the error is used again or freed.
 */
KONTOR_API const char* kontor_error_message(const kontor_error* error);
/* 1 if the same call may succeed later without anything being mended (KONTOR_LOCKED, KONTOR_FULL,
 * KONTOR_TIMEOUT, KONTOR_AGAIN, KONTOR_INTERRUPTED, KONTOR_NO_MEMORY). */
KONTOR_API uint8_t kontor_error_retryable(const kontor_error* error);
/* For libraries built on this one, which report as it does: makes the error hold this code and
 * sentence (borrowed for the call). */
KONTOR_API int32_t kontor_error_set(kontor_error* error, int32_t code, const char* message,
                                    size_t message_length);

/* ----------------------------------------------------- options and open -- */

#define KONTOR_DURABILITY_MEMORY 0u /* no files */
#define KONTOR_DURABILITY_ASYNC 1u  /* written within some 10 ms, synced every second */
#define KONTOR_DURABILITY_SYNC 2u   /* a call returns after its change is synced */

/* Numeric options of an engine; their bounds are told by kontor_option_bounds. */
#define KONTOR_OPTION_DURABILITY 1u /* default ASYNC with a directory, MEMORY without */
#define KONTOR_OPTION_SHARDS 2u     /* rounded up to a power of two; 0: by the number of cores */
#define KONTOR_OPTION_SYNC_INTERVAL_MS 3u /* of ASYNC */
#define KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES \
  4u /* no automatic snapshot below this journal size */
#define KONTOR_OPTION_SNAPSHOT_GROWTH_PERCENT \
  5u /* automatic once the journal exceeds this share of the last snapshot */
#define KONTOR_OPTION_SNAPSHOT_AT_CLOSE 6u /* 1: write a snapshot when the engine closes */
#define KONTOR_OPTION_MEMORY_LIMIT_BYTES 7u
#define KONTOR_OPTION_EVICTION 8u /* one of KONTOR_EVICT_... */

/* The memory limit (0: none) covers keys, messages, mailboxes and buffers of journal and snapshot;
 * not what the caller holds. At it keys are evicted by the policy, in the journal too; messages
 * never. If nothing may be evicted, or what a call brings is more than the limit by itself, it
 * answers KONTOR_NO_MEMORY and changes nothing; reads, deletes, pops, acknowledgements and
 * deadlines go on. */
#define KONTOR_EVICT_NONE 0u           /* the default: nothing is evicted */
#define KONTOR_EVICT_ALLKEYS_LRU 1u    /* what was used least recently */
#define KONTOR_EVICT_ALLKEYS_LFU 2u    /* what was used least frequently, lately */
#define KONTOR_EVICT_ALLKEYS_RANDOM 3u /* any */
#define KONTOR_EVICT_VOLATILE_LRU 4u   /* VOLATILE: only keys that have a deadline */
#define KONTOR_EVICT_VOLATILE_LFU 5u
#define KONTOR_EVICT_VOLATILE_RANDOM 6u
#define KONTOR_EVICT_VOLATILE_TTL 7u /* the nearest deadline first */

/* KONTOR_NO_MEMORY. */
KONTOR_API int32_t kontor_options_new(kontor_options** options, kontor_error* error);
KONTOR_API void kontor_options_free(kontor_options* options);
/* The data directory; it is created if missing. Without one (or empty) the engine lives in memory.
 */
KONTOR_API int32_t kontor_options_set_directory(kontor_options* options, const char* path,
                                                size_t path_length, kontor_error* error);
/* A name under which an engine in memory is shared within this process. Ignored where a directory
 * is set. */
KONTOR_API int32_t kontor_options_set_name(kontor_options* options, const char* name,
                                           size_t name_length, kontor_error* error);
/* KONTOR_UNSUPPORTED for an unknown option, KONTOR_OUT_OF_RANGE naming the bounds. */
KONTOR_API int32_t kontor_options_set_number(kontor_options* options, uint32_t option,
                                             int64_t value, kontor_error* error);
/* KONTOR_UNSUPPORTED for an unknown option. The out parameters may be NULL. */
KONTOR_API int32_t kontor_option_bounds(uint32_t option, int64_t* minimum, int64_t* maximum,
                                        int64_t* default_value, kontor_error* error);

/* Opens an engine, recovering what its directory holds, and returns a handle on logical database 0.
 * Within one process every open of the same directory (or name) returns a handle of the same
 * engine, whatever else the options say; an open with neither directory nor name makes an engine of
 * its own. `options` may be NULL. Blocks on disk. KONTOR_LOCKED: another process has the directory
 * open (the message names its process id). KONTOR_CORRUPT: the files are damaged (the message names
 * file and offset; nothing was changed). KONTOR_NEWER_FORMAT. KONTOR_IO, KONTOR_READ_ONLY.
 * KONTOR_INVALID: the path is a file, or ASYNC or SYNC durability was asked for without one. */
KONTOR_API int32_t kontor_open(const kontor_options* options, kontor_db** db, kontor_error* error);
/* Another handle of the same engine on logical database `index` (0 to 15). Closed and freed like
 * any other. */
KONTOR_API int32_t kontor_db_select(kontor_db* db, uint32_t index, kontor_db** selected,
                                    kontor_error* error);
/* Closes this handle: its waiting calls, queues, mailboxes, lanes, transactions and sessions answer
 * KONTOR_CLOSED from now on. With the last handle the engine closes: everything is synced and, by
 * default, a snapshot is written; only then does this return. A second close answers KONTOR_CLOSED.
 * A failure is reported, the handle is closed nevertheless. */
KONTOR_API int32_t kontor_close(kontor_db* db, kontor_error* error);
/* Closes the handle if that was not done, and gives up its memory. Its children stay valid (and
 * answer KONTOR_CLOSED) until they are freed themselves. */
KONTOR_API void kontor_db_free(kontor_db* db);

/* Changes an option of an open engine, for all its handles: KONTOR_OPTION_MEMORY_LIMIT_BYTES or
 * KONTOR_OPTION_EVICTION. What is over a lower limit is evicted by this call, a little at a time,
 * while others go on. KONTOR_UNSUPPORTED for options that are fixed once the engine is open and
 * unknown ones, KONTOR_OUT_OF_RANGE naming the bounds. */
KONTOR_API int32_t kontor_db_set_number(kontor_db* db, uint32_t option, int64_t value,
                                        kontor_error* error);

/* Blocks until every change made before is on disk. At once in memory. */
KONTOR_API int32_t kontor_sync(kontor_db* db, kontor_error* error);
/* Writes a snapshot and drops the journal before it. Writers are paused while the state is encoded.
 * KONTOR_UNSUPPORTED in memory. */
KONTOR_API int32_t kontor_snapshot(kontor_db* db, kontor_error* error);

/* -------------------------------------------------------------- waiting -- */

/* A handle by which a wait can be ended from outside. One thread waits on it at a time. A wait that
 * is given a waiter also ends when its thread handles a signal. KONTOR_NO_MEMORY. */
KONTOR_API int32_t kontor_waiter_new(kontor_waiter** waiter, kontor_error* error);
KONTOR_API void kontor_waiter_free(kontor_waiter* waiter);
/* Ends the wait in progress and every later one with KONTOR_INTERRUPTED until kontor_waiter_reset.
 * From any thread and from signal handlers. */
KONTOR_API int32_t kontor_waiter_interrupt(kontor_waiter* waiter);
KONTOR_API int32_t kontor_waiter_reset(kontor_waiter* waiter);

/* --------------------------------------------------------------- strings -- */

/* Replaces whatever the key holds by a string without deadline. KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_set(kontor_db* db, const void* key, size_t key_length, const void* value,
                              size_t value_length, kontor_error* error);

#define KONTOR_SET_IF_ABSENT 1u  /* else KONTOR_EXISTS, nothing changed */
#define KONTOR_SET_IF_PRESENT 2u /* else KONTOR_NOT_FOUND, nothing changed */
#define KONTOR_SET_KEEP_TTL 4u   /* the deadline the key has stays */
/* The same with conditions and a time to live (`ttl_ms` 0: none). KONTOR_INVALID for contradictory
 * flags. */
KONTOR_API int32_t kontor_set_with(kontor_db* db, const void* key, size_t key_length,
                                   const void* value, size_t value_length, uint32_t flags,
                                   int64_t ttl_ms, kontor_error* error);

/* Reads a string into the caller's buffer. `*value_length` is its length also for KONTOR_TOO_SMALL,
 * where the buffer is left alone. KONTOR_NOT_FOUND, KONTOR_WRONG_TYPE. */
KONTOR_API int32_t kontor_get(kontor_db* db, const void* key, size_t key_length, void* buffer,
                              size_t capacity, size_t* value_length, kontor_error* error);
/* Reads a string into new memory, to be given back with kontor_free (never NULL on success, even if
 * empty). */
KONTOR_API int32_t kontor_get_copy(kontor_db* db, const void* key, size_t key_length, void** value,
                                   size_t* value_length, kontor_error* error);
/* Pins a string: its bytes stay as they are until the pin is freed, from any thread, whatever
 * becomes of the key and the engine. */
KONTOR_API int32_t kontor_get_pin(kontor_db* db, const void* key, size_t key_length,
                                  kontor_pin** pin, kontor_error* error);
/* Borrowed from the pin. */
KONTOR_API int32_t kontor_pin_bytes(const kontor_pin* pin, const void** value,
                                    size_t* value_length);
KONTOR_API void kontor_pin_free(kontor_pin* pin);

/* Adds to the integer a key holds (absent: 0). KONTOR_NOT_A_NUMBER, KONTOR_OUT_OF_RANGE (overflow),
 * KONTOR_WRONG_TYPE. `result` may be NULL. */
KONTOR_API int32_t kontor_increment(kontor_db* db, const void* key, size_t key_length,
                                    int64_t delta, int64_t* result, kontor_error* error);
/* Appends to the string a key holds (absent: empty). `new_length` may be NULL. */
KONTOR_API int32_t kontor_append(kontor_db* db, const void* key, size_t key_length,
                                 const void* value, size_t value_length, size_t* new_length,
                                 kontor_error* error);

/* ------------------------------------------------------------------ keys -- */

/* KONTOR_NOT_FOUND if there was no such key. */
KONTOR_API int32_t kontor_delete(kontor_db* db, const void* key, size_t key_length,
                                 kontor_error* error);
/* KONTOR_OK or KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_exists(kontor_db* db, const void* key, size_t key_length,
                                 kontor_error* error);
/* Sets the deadline (a past one deletes the key). KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_expire_at(kontor_db* db, const void* key, size_t key_length,
                                    int64_t deadline_unix_ms, kontor_error* error);
/* Removes the deadline. KONTOR_NOT_FOUND if there is no key, or none with a deadline. */
KONTOR_API int32_t kontor_persist(kontor_db* db, const void* key, size_t key_length,
                                  kontor_error* error);
/* What is left to live; -1 if the key has no deadline. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_ttl(kontor_db* db, const void* key, size_t key_length, int64_t* ttl_ms,
                              kontor_error* error);

/* ---------------------------------------------------------------- hashes -- */

/* KONTOR_OK for a new field, KONTOR_EXISTS if one was overwritten (it is done either way).
 * KONTOR_WRONG_TYPE. */
KONTOR_API int32_t kontor_hash_set(kontor_db* db, const void* key, size_t key_length,
                                   const void* field, size_t field_length, const void* value,
                                   size_t value_length, kontor_error* error);
/* A copy, given back with kontor_free. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_hash_get(kontor_db* db, const void* key, size_t key_length,
                                   const void* field, size_t field_length, void** value,
                                   size_t* value_length, kontor_error* error);
KONTOR_API int32_t kontor_hash_delete(kontor_db* db, const void* key, size_t key_length,
                                      const void* field, size_t field_length, kontor_error* error);
/* 0 for a key that does not exist. */
KONTOR_API int32_t kontor_hash_length(kontor_db* db, const void* key, size_t key_length,
                                      uint64_t* length, kontor_error* error);

/* ----------------------------------------------------------------- lists -- */

#define KONTOR_FRONT 0u
#define KONTOR_BACK 1u
/* `new_length` may be NULL. */
KONTOR_API int32_t kontor_list_push(kontor_db* db, const void* key, size_t key_length,
                                    uint32_t side, const void* value, size_t value_length,
                                    uint64_t* new_length, kontor_error* error);
/* Takes one element, waiting up to `timeout_ms` for one; first come, first served. A copy, given
 * back with kontor_free. `waiter` may be NULL. KONTOR_TIMEOUT (KONTOR_NOT_FOUND where timeout_ms is
 * 0), KONTOR_INTERRUPTED, KONTOR_WRONG_TYPE. */
KONTOR_API int32_t kontor_list_pop(kontor_db* db, const void* key, size_t key_length, uint32_t side,
                                   int64_t timeout_ms, kontor_waiter* waiter, void** value,
                                   size_t* value_length, kontor_error* error);
KONTOR_API int32_t kontor_list_length(kontor_db* db, const void* key, size_t key_length,
                                      uint64_t* length, kontor_error* error);

/* -------------------------------------------------------------- commands -- */

#define KONTOR_REPLY_NULL 0u
#define KONTOR_REPLY_STATUS 1u /* "OK" and the like */
#define KONTOR_REPLY_ERROR 2u  /* "ERR ..." or "WRONGTYPE ..." */
#define KONTOR_REPLY_INTEGER 3u
#define KONTOR_REPLY_STRING 4u
#define KONTOR_REPLY_ARRAY 5u
#define KONTOR_REPLY_MAP 6u        /* children are field, value, field, value, ... */
#define KONTOR_REPLY_NULL_ARRAY 7u /* what RESP2 calls a nil array */

/* Runs any command of the table, as a Redis client would send it, on this handle's logical
 * database. Returns KONTOR_OK whenever there is a reply, also where the reply is an error of the
 * command. SELECT changes the database of this handle, for all its threads. Blocking commands
 * block; `waiter` (may be NULL) ends them with KONTOR_INTERRUPTED. Commands that need a connection
 * (SUBSCRIBE, ...) reply an error that names the session. The reply is the caller's, to be freed.
 */
KONTOR_API int32_t kontor_exec(kontor_db* db, size_t argument_count, const void* const* arguments,
                               const size_t* argument_lengths, kontor_waiter* waiter,
                               kontor_reply** reply, kontor_error* error);
/* Frees a reply and all its children. Only for replies that a call returned, not for children. */
KONTOR_API void kontor_reply_free(kontor_reply* reply);
/* One of KONTOR_REPLY_*; KONTOR_REPLY_NULL for NULL. */
KONTOR_API uint32_t kontor_reply_type(const kontor_reply* reply);
/* The number of an INTEGER, else 0. */
KONTOR_API int64_t kontor_reply_integer(const kontor_reply* reply);
/* The bytes of a STATUS, ERROR or STRING, borrowed; KONTOR_WRONG_TYPE for others. */
KONTOR_API int32_t kontor_reply_bytes(const kontor_reply* reply, const void** bytes,
                                      size_t* length);
/* The number of children of an ARRAY or MAP, else 0. */
KONTOR_API size_t kontor_reply_count(const kontor_reply* reply);
/* A child, borrowed; NULL where there is none. */
KONTOR_API const kontor_reply* kontor_reply_child(const kontor_reply* reply, size_t index);

/* The command table as a reply: an ARRAY of one ARRAY per command: name, arity, group, summary,
 * syntax, and an ARRAY of flags. What the shell's help and completion are made of. */
KONTOR_API int32_t kontor_command_table(kontor_reply** reply, kontor_error* error);

/* ---------------------------------------------------------- transactions -- */

/* Collects steps and makes them one atomic commit and one journal record: all of it happens or
 * nothing. Nothing is visible, read or locked before the commit. */
KONTOR_API int32_t kontor_txn_new(kontor_db* db, kontor_txn** txn, kontor_error* error);
/* Forgets the steps, if they were not committed. */
KONTOR_API void kontor_txn_free(kontor_txn* txn);
/* Steps. Bytes are copied. KONTOR_TOO_LARGE, KONTOR_OUT_OF_RANGE where a step could never succeed.
 */
KONTOR_API int32_t kontor_txn_set(kontor_txn* txn, const void* key, size_t key_length,
                                  const void* value, size_t value_length, int64_t ttl_ms,
                                  kontor_error* error);
KONTOR_API int32_t kontor_txn_delete(kontor_txn* txn, const void* key, size_t key_length,
                                     kontor_error* error);
KONTOR_API int32_t kontor_txn_increment(kontor_txn* txn, const void* key, size_t key_length,
                                        int64_t delta, kontor_error* error);
KONTOR_API int32_t kontor_txn_hash_set(kontor_txn* txn, const void* key, size_t key_length,
                                       const void* field, size_t field_length, const void* value,
                                       size_t value_length, kontor_error* error);
KONTOR_API int32_t kontor_txn_hash_increment(kontor_txn* txn, const void* key, size_t key_length,
                                             const void* field, size_t field_length, int64_t delta,
                                             kontor_error* error);
KONTOR_API int32_t kontor_txn_list_push(kontor_txn* txn, const void* key, size_t key_length,
                                        uint32_t side, const void* value, size_t value_length,
                                        kontor_error* error);
/* Any command that reads or writes keys; its blocking form does not block. KONTOR_INVALID for an
 * unknown command, a wrong number of arguments, or a command that cannot be part of a transaction.
 */
KONTOR_API int32_t kontor_txn_exec(kontor_txn* txn, size_t argument_count,
                                   const void* const* arguments, const size_t* argument_lengths,
                                   kontor_error* error);
KONTOR_API int32_t kontor_txn_enqueue(kontor_txn* txn, kontor_queue* queue, const void* body,
                                      size_t body_length, uint32_t priority, int64_t delay_ms,
                                      kontor_error* error);
/* As kontor_queue_enqueue_with; NULL for the defaults. The options are copied. A message whose
 * deduplication id is known is not sent, and its reply is the id of the first one. */
KONTOR_API int32_t kontor_txn_enqueue_with(kontor_txn* txn, kontor_queue* queue, const void* body,
                                           size_t body_length,
                                           const kontor_enqueue_options* options,
                                           kontor_error* error);
KONTOR_API int32_t kontor_txn_acknowledge(kontor_txn* txn, kontor_queue* queue, uint64_t receipt,
                                          kontor_error* error);
/* With a result for those who await the message, as kontor_queue_complete. */
KONTOR_API int32_t kontor_txn_complete(kontor_txn* txn, kontor_queue* queue, uint64_t receipt,
                                       const void* result, size_t result_length,
                                       kontor_error* error);
KONTOR_API int32_t kontor_txn_publish(kontor_txn* txn, const void* channel, size_t channel_length,
                                      const void* body, size_t body_length, kontor_error* error);
/* Asks for more than the engine's durability, for this commit. KONTOR_UNSUPPORTED for SYNC without
 * files. */
KONTOR_API int32_t kontor_txn_set_durability(kontor_txn* txn, uint32_t durability,
                                             kontor_error* error);
/* Commits. On failure nothing happened and the message names the step: KONTOR_STALE_RECEIPT (a
 * lease ran out: the work is, or will be, somebody else's), KONTOR_WRONG_TYPE and whatever else a
 * step answers, KONTOR_FULL. `replies` (may be NULL) becomes an ARRAY with one reply per step in
 * order; enqueues reply their id. Committed or not, the transaction is then empty and can be used
 * anew. KONTOR_IO after the promised durability failed: the change is visible but may not survive.
 */
KONTOR_API int32_t kontor_txn_commit(kontor_txn* txn, kontor_reply** replies, kontor_error* error);

#ifdef __cplusplus
}
#endif

#include <kontor/batch.h>    /* many keys in one call */
#include <kontor/channel.h>  /* channels that keep messages */
#include <kontor/consumer.h> /* several work queues at once */
#include <kontor/fetch.h>    /* a cache in front of a database */
#include <kontor/figures.h>  /* how an engine is doing */
#include <kontor/lane.h>     /* a queue of 64-bit values between threads */
#include <kontor/mailbox.h>  /* channels and mailboxes */
#include <kontor/queue.h>    /* work queues */
#include <kontor/schedule.h> /* messages that are put in again and again */
#include <kontor/session.h>  /* a Redis connection without a socket */
#include <kontor/wait_set.h> /* one wait for many things */

#endif /* KONTOR_KONTOR_H_ */
