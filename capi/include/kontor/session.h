/* Part of kontor.h, with its conventions: a Redis connection without a socket. RESP bytes in, RESP
 * bytes out. */
#ifndef KONTOR_SESSION_H_
#define KONTOR_SESSION_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A session that begins on the logical database of `db`; its SELECT is its own. */
KONTOR_API int32_t kontor_session_new(kontor_db* db, kontor_session** session, kontor_error* error);
KONTOR_API void kontor_session_free(kontor_session* session);
/* Feeds request bytes (any number of requests, whole or not) and runs what is complete. After a
 * protocol error the session replies an error and answers KONTOR_CLOSED from then on. A command
 * that finds no memory replies an error; KONTOR_NO_MEMORY ends the session, and what was asked last
 * is done whole or not at all. */
KONTOR_API int32_t kontor_session_write(kontor_session* session, const void* bytes, size_t length,
                                        kontor_error* error);
/* Takes up to `capacity` reply bytes; *length 0: there are none now. Retries a blocked command and
 * collects pushed messages first; a blocked command that is not retried keeps its place in line, in
 * front of others, also when its time is over. KONTOR_CLOSED once the session ended (QUIT, protocol
 * error) and everything was read. KONTOR_NO_MEMORY as above. */
KONTOR_API int32_t kontor_session_read(kontor_session* session, void* buffer, size_t capacity,
                                       size_t* length, kontor_error* error);
/* A descriptor that is readable when kontor_session_read may have something new although nothing
 * was written: a blocked command can go on, a message was pushed. Owned by the session. -1 on
 * failure. */
KONTOR_API int32_t kontor_session_descriptor(kontor_session* session, int32_t* descriptor,
                                             kontor_error* error);

#define KONTOR_SESSION_WAITS 1u /* a command waits, or something is subscribed */
#define KONTOR_SESSION_SUBSCRIBED 2u
#define KONTOR_SESSION_AUTHENTICATED 4u
#define KONTOR_SESSION_ENDED 8u /* by itself or by others; replies may still be there to read */
#define KONTOR_SESSION_ASKED_SHUTDOWN 16u /* it ended by a SHUTDOWN that its options permit */
/* For a host of many sessions, at next to no cost. `state` becomes a sum of KONTOR_SESSION_...: a
 * descriptor costs four of the process, and is of use only while the session WAITS. `unread_bytes`
 * are those of replies, `memory_bytes` what it holds of requests, replies and messages. Each may be
 * NULL. */
KONTOR_API int32_t kontor_session_state(kontor_session* session, uint32_t* state,
                                        uint64_t* unread_bytes, uint64_t* memory_bytes,
                                        kontor_error* error);

/* What a host says of sessions before it opens them. A child of `db`, and the sessions opened with
 * it are, too; it may be changed and used for another one. KONTOR_NO_MEMORY. */
KONTOR_API int32_t kontor_session_options_new(kontor_db* db, kontor_session_options** options,
                                              kontor_error* error);
KONTOR_API void kontor_session_options_free(kontor_session_options* options);

#define KONTOR_SESSION_PASSWORD 1u      /* AUTH or HELLO must give it first; empty: they need not */
#define KONTOR_SESSION_ADDRESS 2u       /* whoever is at the other end, for CLIENT LIST */
#define KONTOR_SESSION_LOCAL_ADDRESS 3u /* where it connected to */
/* Up to 1024 bytes, copied. KONTOR_UNSUPPORTED for an unknown option, KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_session_options_set_text(kontor_session_options* options, uint32_t option,
                                                   const char* text, size_t text_length,
                                                   kontor_error* error);

#define KONTOR_SESSION_ARGUMENTS 1u      /* of a request; more are a protocol error */
#define KONTOR_SESSION_ARGUMENT_BYTES 2u /* of one of them */
#define KONTOR_SESSION_WAITING_BYTES 3u  /* of requests that cannot be run yet; more end it */
#define KONTOR_SESSION_UNREAD_BYTES 4u   /* of replies; while there are more, requests wait */
#define KONTOR_SESSION_MAILBOX_BYTES 5u  /* of messages not read yet; more end it */
#define KONTOR_SESSION_MAY_SHUT_DOWN 6u  /* 1: SHUTDOWN ends it, and the state tells; default 0 */
#define KONTOR_SESSION_MAY_DEBUG 7u      /* 1: with an ADDRESS there is DEBUG, too; default 0 */
/* Before a session is authenticated its limits are lower: 10 arguments of 16 KiB, 1 MiB waiting,
 * 64 KiB unread. The defaults of limits are their bounds but for UNREAD_BYTES: 64 MiB. To SHUTDOWN
 * nothing is replied; what ends then is up to the host. KONTOR_UNSUPPORTED for an unknown option,
 * KONTOR_OUT_OF_RANGE naming the bounds. */
KONTOR_API int32_t kontor_session_options_set_number(kontor_session_options* options,
                                                     uint32_t option, int64_t value,
                                                     kontor_error* error);
/* As kontor_session_new, with options. */
KONTOR_API int32_t kontor_session_open(const kontor_session_options* options,
                                       kontor_session** session, kontor_error* error);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_SESSION_H_ */
