/* What the misuse tests share: handles that must be refused, and checks of what a refusal leaves
 * behind. */
#ifndef KONTOR_TESTS_CAPI_MISUSE_H_
#define KONTOR_TESTS_CAPI_MISUSE_H_

#include "check.h"

#define LIMIT_BYTES ((size_t)512 << 20)

/* Out parameters, one of each type: poisoned before a call, zero or untouched after a failure. */
static struct {
  int32_t i32;
  int64_t i64;
  uint64_t u64;
  size_t size;
  void* pointer;
  const void* borrowed;
  kontor_db* db;
  kontor_pin* pin;
  kontor_reply* reply;
  kontor_waiter* waiter;
  kontor_options* options;
  kontor_queue_options* queue_options;
  kontor_queue* queue;
  kontor_mailbox* mailbox;
  kontor_delivery* delivery;
  kontor_txn* txn;
  kontor_session* session;
  kontor_session_options* session_options;
  kontor_lease* lease;
  kontor_lane* lane;
} out;

static inline void poison(void) { memset(&out, 0x5a, sizeof out); }

static inline int cleared(const void* value, size_t size) {
  static const unsigned char zero[16] = {0};
  unsigned char untouched[16];
  memset(untouched, 0x5a, sizeof untouched);
  return memcmp(value, zero, size) == 0 || memcmp(value, untouched, size) == 0;
}

#define CLEARED(member) cleared(&out.member, sizeof out.member)

static inline int all_cleared(void) {
  return (CLEARED(i32) || out.i32 == -1) && CLEARED(i64) && CLEARED(u64) && CLEARED(size) &&
         CLEARED(pointer) && CLEARED(borrowed) && CLEARED(db) && CLEARED(pin) && CLEARED(reply) &&
         CLEARED(waiter) && CLEARED(options) && CLEARED(queue_options) && CLEARED(queue) &&
         CLEARED(mailbox) && CLEARED(delivery) && CLEARED(txn) && CLEARED(session) &&
         CLEARED(session_options) && CLEARED(lease) && CLEARED(lane);
}

/* A call without an error parameter must answer exactly this; a failure leaves no out parameter
 * set. */
#define BARE(want, call)                                                      \
  do {                                                                        \
    poison();                                                                 \
    if (CODE((want), (call)) && (want) < 0) CHECK(all_cleared() && #call[0]); \
  } while (0)

/* The same for a call that was given `error`: code and sentence are in it. */
#define ANSWERS(want, call)                                                            \
  do {                                                                                 \
    BARE(want, call);                                                                  \
    CODE((want), kontor_error_code(error));                                            \
    if ((want) < 0) CHECK(kontor_error_message(error)[0] != '\0' && #call[0] != '\0'); \
  } while (0)

/* Any failure that says the arguments were wrong, where the interface does not name one. */
static inline int is_refusal(int32_t code) {
  return code == KONTOR_INVALID || code == KONTOR_OUT_OF_RANGE || code == KONTOR_TOO_LARGE ||
         code == KONTOR_UNSUPPORTED;
}

#define REFUSED(call)                                                                             \
  do {                                                                                            \
    poison();                                                                                     \
    const int32_t refused_ = (call);                                                              \
    if (!is_refusal(refused_)) CODE(KONTOR_INVALID, refused_ + 0 * (int32_t)sizeof(#call));       \
    if (!check_that(is_refusal(refused_), #call " is refused", __FILE__, __LINE__)) break;        \
    check_that(all_cleared(), #call " leaves nothing in its out parameters", __FILE__, __LINE__); \
    check_that(kontor_error_code(error) == refused_, #call " sets the error's code", __FILE__,    \
               __LINE__);                                                                         \
  } while (0)

/* Numbers at the edges of what 32 and 64 bits hold. */
static const int64_t kEdges[] = {0,
                                 1,
                                 -1,
                                 INT64_C(2147483646),
                                 INT64_C(2147483647),
                                 INT64_C(2147483648),
                                 INT64_C(-2147483647),
                                 INT64_C(-2147483648),
                                 INT64_C(-2147483649),
                                 INT64_C(4294967295),
                                 INT64_C(4294967296),
                                 INT64_C(4294967297),
                                 INT64_C(-4294967295),
                                 INT64_C(-4294967296),
                                 INT64_C(-4294967297),
                                 INT64_MAX,
                                 INT64_MIN};
#define EDGES (sizeof kEdges / sizeof kEdges[0])

/* Handles that every function must refuse: none, memory that is no handle, and live handles of
 * other types. */
static _Alignas(64) unsigned char foreign_memory[4096];
static kontor_db* live_db;
static kontor_db* closed_db;
static kontor_queue* live_queue;
static kontor_mailbox* live_mailbox;
static kontor_txn* live_txn;
static kontor_session* live_session;
static kontor_waiter* live_waiter;
/* Children of an engine whose every handle is closed and freed. */
static kontor_queue* orphan_queue;
static kontor_mailbox* orphan_mailbox;
static kontor_txn* orphan_txn;
static kontor_session* orphan_session;

#define BAD_HANDLES 4
/* The i-th bad handle for a function that wants a db (or, with `own` 1, anything else). */
static inline void* bad_handle(int i, int wants_db) {
  switch (i) {
    case 0:
      return NULL;
    case 1:
      return foreign_memory;
    case 2:
      return wants_db ? (void*)live_queue : (void*)live_db;
    default:
      return live_waiter;
  }
}

static inline void make_children(kontor_db* db, kontor_queue** queue, kontor_mailbox** mailbox,
                                 kontor_txn** txn, kontor_session** session) {
  OK(kontor_queue_open(db, B("q"), NULL, queue, error));
  OK(kontor_mailbox_new(db, 16, KONTOR_OVERFLOW_DROP_OLDEST, mailbox, error));
  OK(kontor_txn_new(db, txn, error));
  OK(kontor_session_new(db, session, error));
}

static inline void misuse_begin(void) {
  check_begin(100);
  check_test = "misuse_begin";
  live_db = open_memory();
  OK(kontor_waiter_new(&live_waiter, error));
  make_children(live_db, &live_queue, &live_mailbox, &live_txn, &live_session);
  closed_db = open_memory();
  OK(kontor_close(closed_db, error));
  kontor_db* parent = open_memory();
  make_children(parent, &orphan_queue, &orphan_mailbox, &orphan_txn, &orphan_session);
  OK(kontor_close(parent, error));
  kontor_db_free(parent);
}

static inline int misuse_end(void) {
  check_test = "misuse_end";
  /* After all of it the engine still works. */
  OK(kontor_set(live_db, B("after"), B("misuse"), error));
  CHECK(holds(live_db, "after", "misuse"));
  kontor_session_free(orphan_session);
  kontor_txn_free(orphan_txn);
  kontor_mailbox_free(orphan_mailbox);
  kontor_queue_free(orphan_queue);
  kontor_session_free(live_session);
  kontor_txn_free(live_txn);
  kontor_mailbox_free(live_mailbox);
  kontor_queue_free(live_queue);
  kontor_waiter_free(live_waiter);
  kontor_db_free(closed_db);
  close_and_free(live_db);
  return check_end();
}

/* `call` uses `db`, and must refuse every bad one. */
#define REFUSES_DB(call)                             \
  do {                                               \
    for (int bad_ = 0; bad_ < BAD_HANDLES; bad_++) { \
      kontor_db* db = bad_handle(bad_, 1);           \
      ANSWERS(KONTOR_INVALID, call);                 \
    }                                                \
    kontor_db* db = closed_db;                       \
    ANSWERS(KONTOR_CLOSED, call);                    \
  } while (0)

/* `call` uses `handle` of the given type, whose orphan answers CLOSED. */
#define REFUSES_CHILD(type, orphan, call)            \
  do {                                               \
    for (int bad_ = 0; bad_ < BAD_HANDLES; bad_++) { \
      type* handle = bad_handle(bad_, 0);            \
      ANSWERS(KONTOR_INVALID, call);                 \
    }                                                \
    type* handle = orphan;                           \
    ANSWERS(KONTOR_CLOSED, call);                    \
  } while (0)

/* `call` uses `bytes` and `length`: no memory for some length, and lengths above every limit. The
 * memory behind the pointer is one byte, so a call that reads before it checks is caught by the
 * sanitizers or by a crash. */
#define REFUSES_BYTES(call)          \
  do {                               \
    const char* bytes = NULL;        \
    size_t length = 1;               \
    ANSWERS(KONTOR_INVALID, call);   \
    char* one_byte = malloc(1);      \
    bytes = one_byte;                \
    length = LIMIT_BYTES + 1;        \
    ANSWERS(KONTOR_TOO_LARGE, call); \
    length = SIZE_MAX;               \
    ANSWERS(KONTOR_TOO_LARGE, call); \
    free(one_byte);                  \
  } while (0)

#endif /* KONTOR_TESTS_CAPI_MISUSE_H_ */
