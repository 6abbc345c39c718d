/* Kontor's listener: an engine answers Redis clients at TCP and Unix sockets. Part of a library of
 * its own, libkontor_wire.so.
 *
 * The conventions are those of kontor.h. Nothing listens unless PORT or UNIX_PATH is given, and
 * unless told otherwise at 127.0.0.1 only. Library threads run no user code, block every signal and
 * print nothing.
 *
 * Since version 0.1 unless stated.
 */
#ifndef KONTOR_WIRE_H_
#define KONTOR_WIRE_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kontor_wire_options kontor_wire_options;
typedef struct kontor_wire_listener kontor_wire_listener;

/* --------------------------------------------------------------- options -- */

/* Texts. */
#define KONTOR_WIRE_ADDRESSES 1u /* numeric, separated by spaces; default "127.0.0.1" */
#define KONTOR_WIRE_UNIX_PATH 2u /* of a Unix socket; empty (the default): none */
#define KONTOR_WIRE_PASSWORD 3u  /* of the user "default"; empty (the default): none is needed */

/* Numbers; their bounds are told by kontor_wire_option_bounds. Limits of bytes and arguments are
 * per client, and far lower before it has authenticated (kontor/session.h). A client that goes over
 * one is disconnected; where it can be told why, it is. */
#define KONTOR_WIRE_PORT 1u      /* of TCP; 0: one that is free; -1 (the default): no TCP */
#define KONTOR_WIRE_THREADS 2u   /* that serve clients; default 1 */
#define KONTOR_WIRE_CLIENTS 3u   /* at once; default 10000 */
#define KONTOR_WIRE_PROTECTED 4u /* 1 (the default): without password only clients of this host */
#define KONTOR_WIRE_UNIX_PERMISSIONS 5u /* of the socket's file; default 0600 */
#define KONTOR_WIRE_IDLE_MS 6u /* without a request, unless it waits; 0 (default): for ever */
#define KONTOR_WIRE_AUTHENTICATION_MS \
  7u                                   /* until it must be authenticated; default 60000, 0: never */
#define KONTOR_WIRE_KEEPALIVE_S 8u     /* of TCP; default 300, 0: none */
#define KONTOR_WIRE_ARGUMENTS 9u       /* of a request; default 1048576 */
#define KONTOR_WIRE_ARGUMENT_BYTES 10u /* of one of them; default 512 MiB */
#define KONTOR_WIRE_REQUEST_BYTES 11u  /* that came and cannot be run yet; default 1 GiB */
#define KONTOR_WIRE_REPLY_BYTES                                                                  \
  12u                                 /* that it has not read; default 1 GiB. Already at 256 KiB \
                                         its next requests wait, so only one reply can be it */
#define KONTOR_WIRE_MESSAGE_BYTES 13u /* published to it and not read yet; default 32 MiB */
#define KONTOR_WIRE_MEMORY_BYTES                                                             \
  14u                            /* of all clients' requests, replies and messages together, \
                                    default 1 GiB; over it the largest is disconnected */
#define KONTOR_WIRE_SHUTDOWN 15u /* 1: clients may ask the host to end; default 0: refused */
#define KONTOR_WIRE_DEBUG 16u    /* 1: DEBUG is for clients, too; default 0: refused */

/* KONTOR_NO_MEMORY. */
KONTOR_API int32_t kontor_wire_options_new(kontor_wire_options** options, kontor_error* error);
KONTOR_API void kontor_wire_options_free(kontor_wire_options* options);
/* Up to 1024 bytes, copied. KONTOR_UNSUPPORTED for an unknown option, KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_wire_options_set_text(kontor_wire_options* options, uint32_t option,
                                                const char* text, size_t text_length,
                                                kontor_error* error);
/* KONTOR_UNSUPPORTED for an unknown option, KONTOR_OUT_OF_RANGE naming the bounds. */
KONTOR_API int32_t kontor_wire_options_set_number(kontor_wire_options* options, uint32_t option,
                                                  int64_t value, kontor_error* error);
/* KONTOR_UNSUPPORTED for an unknown option. The out parameters may be NULL. */
KONTOR_API int32_t kontor_wire_option_bounds(uint32_t option, int64_t* minimum, int64_t* maximum,
                                             int64_t* default_value, kontor_error* error);

/* -------------------------------------------------------------- listener -- */

/* Listens, and serves who connects on threads of its own; clients begin on the logical database of
 * `db`. The listener is a child of `db`: when that handle is closed, all clients are disconnected
 * within a second and new ones are refused. A stale file at the Unix path is replaced; the path of
 * a live socket (KONTOR_LOCKED) or of anything else (KONTOR_EXISTS) is left alone. KONTOR_LOCKED
 * also for a port that is taken. KONTOR_INVALID: neither PORT nor UNIX_PATH was given, an address
 * that is not numeric, a path that is too long. KONTOR_IO, with what the system said. */
KONTOR_API int32_t kontor_wire_listen(kontor_db* db, const kontor_wire_options* options,
                                      kontor_wire_listener** listener, kontor_error* error);
/* The port of TCP, also where the system chose it; 0 without TCP. */
KONTOR_API int32_t kontor_wire_port(const kontor_wire_listener* listener, int32_t* port,
                                    kontor_error* error);

/* A descriptor that is readable from when a client's SHUTDOWN was taken: the host should close the
 * listener and the engine then, and exit; until it does, others are served. For poll and epoll
 * only: what is read from it is lost. Owned by the listener, until kontor_wire_free. -1 unless the
 * option SHUTDOWN is 1; poll passes over that. */
KONTOR_API int32_t kontor_wire_shutdown_descriptor(const kontor_wire_listener* listener,
                                                   int32_t* descriptor, kontor_error* error);

#define KONTOR_WIRE_FIGURE_CLIENTS 1u  /* connected now */
#define KONTOR_WIRE_FIGURE_ACCEPTED 2u /* since the beginning */
#define KONTOR_WIRE_FIGURE_REFUSED 3u  /* too many clients, or protected */
#define KONTOR_WIRE_FIGURE_ENDED_FOR_MEMORY                                                   \
  4u                                       /* over a limit of bytes, their own or that of all \
                                            */
#define KONTOR_WIRE_FIGURE_MEMORY_BYTES 5u /* of requests, replies and messages, all clients */
/* KONTOR_UNSUPPORTED for an unknown figure. From any thread. */
KONTOR_API int32_t kontor_wire_figure(const kontor_wire_listener* listener, uint32_t figure,
                                      int64_t* value, kontor_error* error);

/* Stops listening, disconnects all clients, ends the threads and removes the Unix socket's file.
 * Blocks until that is done. A second close answers KONTOR_CLOSED; in a forked child
 * KONTOR_FORKED, and nothing is done. */
KONTOR_API int32_t kontor_wire_close(kontor_wire_listener* listener, kontor_error* error);
/* Closes it if that was not done, and gives up its memory. */
KONTOR_API void kontor_wire_free(kontor_wire_listener* listener);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_WIRE_H_ */
