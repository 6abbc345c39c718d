/* Sessions: RESP2 bytes in, RESP2 bytes out. */
#define _GNU_SOURCE
#include <poll.h>

#include "check.h"

static kontor_db* db;

static kontor_session* new_session(void) {
  kontor_session* session = NULL;
  OK(kontor_session_new(db, &session, error));
  return session;
}

/* Reads everything there is now. */
static size_t drain(kontor_session* session, char* buffer, size_t capacity) {
  size_t total = 0, length = 1;
  while (length > 0 && total < capacity &&
         kontor_session_read(session, buffer + total, capacity - total, &length, error) ==
             KONTOR_OK) {
    total += length;
  }
  return total;
}

static void check_reply(kontor_session* session, const char* want, const char* file, int line) {
  char buffer[4096];
  check_bytes(want, buffer, drain(session, buffer, sizeof buffer), "the reply", file, line);
}
#define REPLIES(session, want) check_reply((session), (want), __FILE__, __LINE__)

static void test_requests(void) {
  kontor_session* session = new_session();
  REPLIES(session, "");
  OK(kontor_session_write(session, B("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\0b\r\n"), error));
  REPLIES(session, "+OK\r\n");
  OK(kontor_session_write(session, B("*2\r\n$6\r\nSTRLEN\r\n$1\r\nk\r\n"), error));
  REPLIES(session, ":3\r\n");
  OK(kontor_session_write(session, B("*2\r\n$3\r\nGET\r\n$4\r\nnone\r\n"), error));
  REPLIES(session, "$-1\r\n");
  OK(kontor_session_write(session, B("*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"), error));
  REPLIES(session, "-ERR value is not an integer or out of range\r\n");
  OK(kontor_session_write(session, B("*3\r\n$4\r\nHSET\r\n$1\r\nk\r\n$1\r\nf\r\n"), error));
  REPLIES(session, "-ERR wrong number of arguments for 'hset' command\r\n");
  kontor_session_free(session);
}

static void test_pieces(void) {
  kontor_session* session = new_session();
  const char request[] = "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n";
  for (size_t i = 0; i + 1 < sizeof request - 1; i++) {
    OK(kontor_session_write(session, request + i, 1, error));
    REPLIES(session, "");
  }
  OK(kontor_session_write(session, "\n", 1, error));
  REPLIES(session, "$5\r\nhello\r\n");
  kontor_session_free(session);
}

static void test_pipelining(void) {
  kontor_session* session = new_session();
  OK(kontor_session_write(
      session, B("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\nx\r\nPING\r\n*1\r\n$4\r\nPI"),
      error));
  REPLIES(session, "+PONG\r\n$1\r\nx\r\n+PONG\r\n");
  OK(kontor_session_write(session, B("NG\r\n"), error));
  REPLIES(session, "+PONG\r\n");
  kontor_session_free(session);
}

static void test_small_reads(void) {
  kontor_session* session = new_session();
  char one = 0, got[8] = "";
  size_t length = 0;
  OK(kontor_session_write(session, B("PING\r\n"), error));
  for (size_t i = 0; i < 7; i++) {
    OK(kontor_session_read(session, &one, 1, &length, error));
    NUMBER(1, length);
    got[i] = one;
  }
  BYTES("+PONG\r\n", got, 7);
  OK(kontor_session_read(session, &one, 1, &length, error));
  NUMBER(0, length);
  kontor_session_free(session);
}

static void test_inline_commands(void) {
  kontor_session* session = new_session();
  OK(kontor_session_write(session, B("PING\r\n"), error));
  REPLIES(session, "+PONG\r\n");
  OK(kontor_session_write(session, B("\r\n\n  ECHO   \"a\\x41 b\"  \n"), error));
  REPLIES(session, "$4\r\naA b\r\n");
  OK(kontor_session_write(session, B("SET i 'it\\'s'\r\nGET i\r\n"), error));
  REPLIES(session, "+OK\r\n$4\r\nit's\r\n");
  kontor_session_free(session);
}

static void test_own_database(void) {
  kontor_session* session = new_session();
  OK(kontor_set(db, B("n"), B("1"), error));
  OK(kontor_session_write(session, B("SELECT 4\r\nGET n\r\nSELECT 0\r\n"), error));
  REPLIES(session, "+OK\r\n$-1\r\n+OK\r\n");
  kontor_session_free(session);
}

static void test_begins_where_its_handle_is(void) {
  kontor_db* three = NULL;
  kontor_session* session = NULL;
  OK(kontor_db_select(db, 3, &three, error));
  OK(kontor_set(three, B("n"), B("three"), error));
  OK(kontor_session_new(three, &session, error));
  OK(kontor_session_write(session, B("GET n\r\nSELECT 5\r\nSET n five\r\n"), error));
  REPLIES(session, "$5\r\nthree\r\n+OK\r\n+OK\r\n");
  kontor_session_free(session);
  OK(kontor_session_new(three, &session, error));
  OK(kontor_session_write(session, B("GET n\r\n"), error));
  REPLIES(session, "$5\r\nthree\r\n");
  kontor_session_free(session);
  close_and_free(three);
}

static int readable(int descriptor, int timeout_ms) {
  struct pollfd waited = {descriptor, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) == 1 && (waited.revents & POLLIN) != 0;
}

static void test_subscribe(void) {
  kontor_session* session = new_session();
  int32_t descriptor = -1;
  uint64_t subscriptions = 0;
  OK(kontor_session_descriptor(session, &descriptor, error));
  OK(kontor_session_write(session, B("SUBSCRIBE a\r\nPSUBSCRIBE b*\r\n"), error));
  REPLIES(
      session,
      "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\nb*\r\n:2\r\n");
  CHECK(!readable(descriptor, 0));
  OK(kontor_publish(db, B("a"), B("x"), NULL, &subscriptions, error));
  NUMBER(1, subscriptions);
  OK(kontor_publish(db, B("bc"), B("y"), NULL, &subscriptions, error));
  CHECK(readable(descriptor, 5000));
  REPLIES(session,
          "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n*4\r\n$8\r\npmessage\r\n$2\r\nb*\r\n$"
          "2\r\nbc\r\n$1\r\ny\r\n");
  CHECK(!readable(descriptor, 0));
  OK(kontor_session_write(session, B("UNSUBSCRIBE\r\nPUNSUBSCRIBE b*\r\nPING\r\n"), error));
  REPLIES(session,
          "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$12\r\npunsubscribe\r\n$2\r\nb*\r\n:"
          "0\r\n+PONG\r\n");
  OK(kontor_publish(db, B("a"), B("x"), NULL, &subscriptions, error));
  NUMBER(0, subscriptions);
  kontor_session_free(session);
}

static void test_subscriptions_end_with_the_session(void) {
  kontor_session* session = new_session();
  uint64_t subscriptions = 9;
  OK(kontor_session_write(session, B("SUBSCRIBE a\r\n"), error));
  kontor_session_free(session);
  OK(kontor_publish(db, B("a"), B("x"), NULL, &subscriptions, error));
  NUMBER(0, subscriptions);
}

static void test_a_blocked_command(void) {
  kontor_session* session = new_session();
  int32_t descriptor = -1;
  OK(kontor_session_descriptor(session, &descriptor, error));
  OK(kontor_session_write(session, B("BLPOP blocked 0\r\nPING\r\n"), error));
  REPLIES(session, ""); /* what follows waits with it, and nothing blocks the caller */
  CHECK(!readable(descriptor, 0));
  OK(kontor_list_push(db, B("blocked"), KONTOR_BACK, B("v"), NULL, error));
  CHECK(readable(descriptor, 5000));
  REPLIES(session, "*2\r\n$7\r\nblocked\r\n$1\r\nv\r\n+PONG\r\n");
  OK(kontor_session_write(session, B("BLPOP blocked 0.05\r\n"), error));
  CHECK(readable(descriptor, 5000)); /* a timeout is something new, too */
  REPLIES(session, "*-1\r\n");
  kontor_session_free(session);
}

static void test_ends(void) {
  kontor_session* session = new_session();
  char buffer[256];
  size_t length = 0;
  OK(kontor_session_write(session, B("PING\r\nQUIT\r\n"), error));
  REPLIES(session, "+PONG\r\n+OK\r\n"); /* everything is read first */
  CODE(KONTOR_CLOSED, kontor_session_read(session, buffer, sizeof buffer, &length, error));
  CODE(KONTOR_CLOSED, kontor_session_write(session, B("PING\r\n"), error));
  kontor_session_free(session);
  const char* const nonsense[] = {"*1\r\n:4\r\n", "*x\r\n", "*1\r\n$-5\r\n", "*99999999999\r\n",
                                  "*1\r\n$999999999999\r\n"};
  for (size_t i = 0; i < 5; i++) {
    session = new_session();
    (void)kontor_session_write(session, nonsense[i], strlen(nonsense[i]), error);
    length = drain(session, buffer, sizeof buffer - 1);
    buffer[length] = '\0';
    check_that(strncmp(buffer, "-ERR Protocol error", 19) == 0, nonsense[i], __FILE__, __LINE__);
    CODE(KONTOR_CLOSED, kontor_session_read(session, buffer, sizeof buffer, &length, error));
    CODE(KONTOR_CLOSED, kontor_session_write(session, B("PING\r\n"), error));
    kontor_session_free(session);
  }
}

static void test_closed_with_its_database(void) {
  kontor_db* own = open_memory();
  kontor_session* session = NULL;
  char buffer[16];
  size_t length = 0;
  OK(kontor_session_new(own, &session, error));
  OK(kontor_session_write(session, B("BLPOP never 0\r\n"), error));
  OK(kontor_close(own, error));
  CODE(KONTOR_CLOSED, kontor_session_write(session, B("PING\r\n"), error));
  CODE(KONTOR_CLOSED, kontor_session_read(session, buffer, sizeof buffer, &length, error));
  kontor_db_free(own);
  kontor_session_free(session);
}

/* Opens a session with one text (option 0: none) and one number. */
static kontor_session* open_session(const char* password, uint32_t option, int64_t value) {
  kontor_session_options* options = NULL;
  kontor_session* session = NULL;
  OK(kontor_session_options_new(db, &options, error));
  OK(kontor_session_options_set_text(options, KONTOR_SESSION_PASSWORD, password, strlen(password),
                                     error));
  OK(kontor_session_options_set_text(options, KONTOR_SESSION_ADDRESS, B("there:1"), error));
  OK(kontor_session_options_set_text(options, KONTOR_SESSION_LOCAL_ADDRESS, B("here:2"), error));
  if (option != 0) OK(kontor_session_options_set_number(options, option, value, error));
  OK(kontor_session_open(options, &session, error));
  kontor_session_options_free(options);
  return session;
}

static void test_options(void) {
  char buffer[512];
  kontor_session* session = open_session("secret", 0, 0);
  OK(kontor_session_write(session, B("GET k\r\nAUTH secret\r\nCLIENT INFO\r\n"), error));
  const size_t length = drain(session, buffer, sizeof buffer - 1);
  buffer[length] = '\0';
  CHECK(strstr(buffer, "-NOAUTH Authentication required.\r\n+OK\r\n") == buffer);
  CHECK(strstr(buffer, "addr=there:1 laddr=here:2") != NULL);
  kontor_session_free(session);
}

static uint32_t state_of(kontor_session* session) {
  uint32_t state = 0;
  OK(kontor_session_state(session, &state, NULL, NULL, error));
  return state;
}

static void test_permissions(void) {
  char buffer[512];
  kontor_session* session = open_session("", 0, 0);
  OK(kontor_session_write(session, B("SHUTDOWN\r\nDEBUG HELP\r\n"), error));
  const size_t length = drain(session, buffer, sizeof buffer - 1);
  buffer[length] = '\0';
  CHECK(strstr(buffer, "-ERR SHUTDOWN is not supported") == buffer);
  CHECK(strstr(buffer, "-ERR DEBUG command not allowed.") != NULL);
  CHECK((state_of(session) & (KONTOR_SESSION_ENDED | KONTOR_SESSION_ASKED_SHUTDOWN)) == 0);
  kontor_session_free(session);
  session = open_session("", KONTOR_SESSION_MAY_DEBUG, 1);
  OK(kontor_session_write(session, B("DEBUG CHANGE-REPL-ID\r\n"), error));
  REPLIES(session, "+OK\r\n");
  kontor_session_free(session);
  session = open_session("", KONTOR_SESSION_MAY_SHUT_DOWN, 1);
  OK(kontor_session_write(session, B("PING\r\nSHUTDOWN\r\n"), error));
  CHECK((state_of(session) & KONTOR_SESSION_ENDED) != 0);
  CHECK((state_of(session) & KONTOR_SESSION_ASKED_SHUTDOWN) != 0);
  REPLIES(session, "+PONG\r\n");
  kontor_session_free(session);
}

static void test_limits(void) {
  kontor_session* session = open_session("", KONTOR_SESSION_ARGUMENTS, 2);
  OK(kontor_session_write(session, B("*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n*3\r\n"), error));
  REPLIES(session, "$1\r\nx\r\n-ERR Protocol error: invalid multibulk length\r\n");
  kontor_session_free(session);
  session = open_session("", KONTOR_SESSION_ARGUMENT_BYTES, 1024);
  OK(kontor_session_write(session, B("*2\r\n$4\r\nECHO\r\n$1025\r\n"), error));
  REPLIES(session, "-ERR Protocol error: invalid bulk length\r\n");
  kontor_session_free(session);
}

static void test_limits_before_authentication(void) {
  kontor_session* session = open_session("secret", 0, 0);
  OK(kontor_session_write(session, B("*11\r\n"), error));
  REPLIES(session, "-ERR Protocol error: unauthenticated multibulk length\r\n");
  kontor_session_free(session);
  session = open_session("secret", 0, 0);
  OK(kontor_session_write(session, B("*2\r\n$4\r\nAUTH\r\n$16385\r\n"), error));
  REPLIES(session, "-ERR Protocol error: unauthenticated bulk length\r\n");
  kontor_session_free(session);
  session = open_session("secret", 0, 0); /* in one piece: the limit rises with AUTH */
  OK(kontor_session_write(session, B("AUTH secret\r\n*11\r\n$3\r\nDEL\r\n"), error));
  REPLIES(session, "+OK\r\n");
  OK(kontor_session_write(session,
                          B("$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1"
                            "\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n"),
                          error));
  REPLIES(session, ":0\r\n");
  kontor_session_free(session);
}

static void test_too_much_that_waits(void) {
  kontor_session* session = open_session("", KONTOR_SESSION_WAITING_BYTES, 1024);
  char filler[1100];
  memset(filler, 'x', sizeof filler);
  OK(kontor_session_write(session, B("BLPOP never 0\r\n"), error));
  OK(kontor_session_write(session, filler, sizeof filler, error));
  REPLIES(session, "-ERR Protocol error: too many bytes that cannot be run yet\r\n");
  CODE(KONTOR_CLOSED, kontor_session_write(session, B("PING\r\n"), error));
  kontor_session_free(session);
}

static void test_a_mailbox_too_full(void) {
  kontor_session* session = open_session("", KONTOR_SESSION_MAILBOX_BYTES, 1024);
  char body[800], buffer[4096];
  memset(body, 'x', sizeof body);
  size_t length = 0;
  OK(kontor_session_write(session, B("SUBSCRIBE full\r\n"), error));
  drain(session, buffer, sizeof buffer);
  OK(kontor_publish(db, B("full"), body, sizeof body, NULL, NULL, error));
  length = drain(session, buffer, sizeof buffer);
  CHECK(length > sizeof body);
  OK(kontor_publish(db, B("full"), body, sizeof body, NULL, NULL, error));
  OK(kontor_publish(db, B("full"), body, sizeof body, NULL, NULL, error));
  length = drain(session, buffer, sizeof buffer - 1);
  buffer[length] = '\0';
  CHECK(strstr(buffer, "-ERR the mailbox was closed by overflow") != NULL);
  CODE(KONTOR_CLOSED, kontor_session_read(session, buffer, sizeof buffer, &length, error));
  kontor_session_free(session);
}

static void test_states(void) {
  kontor_session* session = open_session("secret", 0, 0);
  uint64_t unread = 9, before = 0, after = 0;
  NUMBER(0, state_of(session));
  OK(kontor_session_write(session, B("AUTH secret\r\n"), error));
  NUMBER(KONTOR_SESSION_AUTHENTICATED, state_of(session));
  OK(kontor_session_state(session, NULL, &unread, &before, error));
  NUMBER(5, unread);
  OK(kontor_session_write(session, B("*2\r\n$4\r\nECHO\r\n$400000\r\n"), error));
  char filler[300000];
  memset(filler, 'x', sizeof filler);
  OK(kontor_session_write(session, filler, sizeof filler, error));
  OK(kontor_session_state(session, NULL, NULL, &after, error));
  CHECK(after >= before + sizeof filler);
  OK(kontor_session_write(session, filler, 100000, error));
  OK(kontor_session_write(session, B("\r\n"), error));
  char* all = malloc(500000);
  drain(session, all, 500000);
  free(all);
  OK(kontor_session_state(session, NULL, &unread, &after, error));
  NUMBER(0, unread);
  CHECK(after < before + 65536); /* what was large is given back */
  OK(kontor_session_write(session, B("BLPOP never 0.01\r\n"), error));
  CHECK((state_of(session) & KONTOR_SESSION_WAITS) != 0);
  sleep_ms(20);
  REPLIES(session, "*-1\r\n");
  CHECK((state_of(session) & KONTOR_SESSION_WAITS) == 0);
  OK(kontor_session_write(session, B("SUBSCRIBE a\r\n"), error));
  CHECK((state_of(session) & KONTOR_SESSION_WAITS) != 0);
  CHECK((state_of(session) & KONTOR_SESSION_SUBSCRIBED) != 0);
  OK(kontor_session_write(session, B("QUIT\r\n"), error));
  CHECK((state_of(session) & KONTOR_SESSION_ENDED) != 0);
  kontor_session_free(session);
}

static void test_options_outlive_their_database(void) {
  kontor_db* own = open_memory();
  kontor_session_options* options = NULL;
  kontor_session* session = NULL;
  OK(kontor_session_options_new(own, &options, error));
  close_and_free(own);
  CODE(KONTOR_CLOSED, kontor_session_open(options, &session, error));
  CHECK(session == NULL);
  kontor_session_options_free(options);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  RUN(test_requests);
  RUN(test_pieces);
  RUN(test_pipelining);
  RUN(test_small_reads);
  RUN(test_inline_commands);
  RUN(test_own_database);
  RUN(test_begins_where_its_handle_is);
  RUN(test_subscribe);
  RUN(test_subscriptions_end_with_the_session);
  RUN(test_a_blocked_command);
  RUN(test_ends);
  RUN(test_closed_with_its_database);
  RUN(test_options);
  RUN(test_permissions);
  RUN(test_limits);
  RUN(test_limits_before_authentication);
  RUN(test_too_much_that_waits);
  RUN(test_a_mailbox_too_full);
  RUN(test_states);
  RUN(test_options_outlive_their_database);
  close_and_free(db);
  return check_end();
}
