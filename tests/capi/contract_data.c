/* Strings, pins, keys, hashes, lists, commands and replies. */
#define _GNU_SOURCE
#include "check.h"

static kontor_db* db;

static void test_get_into_a_buffer(void) {
  char buffer[8] = "unused";
  size_t length = 0;
  OK(kontor_set(db, B("k"), B("12345678"), error));
  OK(kontor_get(db, B("k"), buffer, sizeof buffer, &length, error));
  BYTES("12345678", buffer, length);
  OK(kontor_set(db, B("k"), B("123456789"), error));
  memcpy(buffer, "unused", 7);
  CODE(KONTOR_TOO_SMALL, kontor_get(db, B("k"), buffer, sizeof buffer, &length, error));
  NUMBER(9, length);
  BYTES("unused", buffer, strlen(buffer));
  CODE(KONTOR_TOO_SMALL, kontor_get(db, B("k"), NULL, 0, &length, error));
  NUMBER(9, length);
  CODE(KONTOR_NOT_FOUND, kontor_get(db, B("absent"), buffer, sizeof buffer, &length, error));
  OK(kontor_hash_set(db, B("a hash"), B("f"), B("v"), error));
  CODE(KONTOR_WRONG_TYPE, kontor_get(db, B("a hash"), buffer, sizeof buffer, &length, error));
}

static void test_get_copy(void) {
  void* value = NULL;
  size_t length = 9;
  OK(kontor_set(db, B("k"), "\0\xff\n", 3, error));
  OK(kontor_get_copy(db, B("k"), &value, &length, error));
  CHECK(length == 3 && memcmp(value, "\0\xff\n", 3) == 0);
  kontor_free(value);
  OK(kontor_set(db, B("k"), NULL, 0, error));
  OK(kontor_get_copy(db, B("k"), &value, &length, error));
  CHECK(value != NULL && length == 0);
  kontor_free(value);
  CODE(KONTOR_NOT_FOUND, kontor_get_copy(db, B("absent"), &value, &length, error));
  CHECK(value == NULL);
  CODE(KONTOR_WRONG_TYPE, kontor_get_copy(db, B("a hash"), &value, &length, error));
}

static void test_batches(void) {
  kontor_db* own = open_memory();
  static char large[3000];
  memset(large, 'L', sizeof large);
  static char long_key[300];
  memset(long_key, 'k', sizeof long_key);
  const kontor_bytes keys[] = {{"a", 1}, {"b", 1},     {"empty", 5},
                               {"", 0},  {"large", 5}, {long_key, sizeof long_key}};
  const kontor_bytes values[] = {{"1", 1},    {"22", 2},     {NULL, 0},
                                 {"none", 4}, {large, 3000}, {"under a long key", 16}};
  OK(kontor_mset(own, keys, values, 6, error));
  OK(kontor_hash_set(own, B("hash"), B("f"), B("v"), error));
  OK(kontor_set_with(own, B("expired"), B("v"), 0, 1, error));
  sleep_ms(5);

  const kontor_bytes asked[] = {{"a", 1},       {"absent", 6}, {"empty", 5},
                                {"hash", 4},    {"a", 1},      {"", 0},
                                {"expired", 7}, {"large", 5},  {long_key, sizeof long_key},
                                {"b", 1}};
  const char* expected[] = {"1", NULL, "", NULL, "1", "none", NULL, NULL, "under a long key", "22"};
  char buffer[4096];
  kontor_bytes found[10];
  size_t needed = 0;
  OK(kontor_mget(own, asked, 10, buffer, sizeof buffer, found, &needed, error));
  NUMBER(1 + 0 + 1 + 4 + 3000 + 16 + 2, needed);
  for (size_t i = 0; i < 10; i++) {
    if (i == 7) {
      CHECK(found[i].length == 3000 && memcmp(found[i].data, large, 3000) == 0);
    } else if (expected[i] == NULL) {
      CHECK(found[i].data == NULL && found[i].length == 0);
    } else {
      CHECK(found[i].data != NULL);
      BYTES(expected[i], found[i].data, found[i].length);
    }
  }
  CODE(KONTOR_TOO_SMALL, kontor_mget(own, asked, 10, buffer, needed - 1, found, &needed, error));
  NUMBER(3024, needed);
  CODE(KONTOR_TOO_SMALL, kontor_mget(own, asked, 1, buffer, 0, found, &needed, error));
  NUMBER(1, needed);
  OK(kontor_mget(own, asked, 0, NULL, 0, NULL, NULL, error));

  /* The last value of a key that comes twice stays; what was there goes, whatever it was. */
  const kontor_bytes twice[] = {{"hash", 4}, {"hash", 4}};
  OK(kontor_mset(own, twice, values, 2, error));
  OK(kontor_mget(own, twice, 1, buffer, sizeof buffer, found, NULL, error));
  BYTES("22", found[0].data, found[0].length);
  close_and_free(own);
}

/* More than a journal takes as one record: refused before anything is changed. The memory of the
 * value is never looked at. */
static void test_a_batch_too_large_for_one_commit(void) {
  kontor_db* own = open_memory();
  const size_t half_gib = (size_t)512 << 20;
  char* value = malloc(half_gib);
  CHECK(value != NULL);
  const kontor_bytes keys[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
  const kontor_bytes values[] = {
      {value, half_gib}, {value, half_gib}, {value, half_gib}, {value, half_gib}};
  CODE(KONTOR_TOO_LARGE, kontor_mset(own, keys, values, 4, error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(own, B("a"), error));
  free(value);
  close_and_free(own);
}

static void test_packed_batches(void) {
  kontor_db* own = open_memory();
  OK(kontor_mset_packed(own, "\1\0\0\0a\3\0\0\0one\2\0\0\0bb\0\0\0\0", 22, error));
  char buffer[64];
  size_t length = 0;
  OK(kontor_mget_packed(own, "\2\0\0\0bb\1\0\0\0x\1\0\0\0a", 16, buffer, sizeof buffer, &length,
                        error));
  CHECK(length == 15 && memcmp(buffer, "\0\0\0\0\xff\xff\xff\xff\3\0\0\0one", 15) == 0);
  CODE(KONTOR_TOO_SMALL, kontor_mget_packed(own, "\1\0\0\0a", 5, buffer, 6, &length, error));
  NUMBER(7, length);
  OK(kontor_mget_packed(own, NULL, 0, NULL, 0, &length, error));
  NUMBER(0, length);
  close_and_free(own);
}

static void* check_pin(void* pin) {
  const void* bytes = NULL;
  size_t length = 0;
  const int32_t code = kontor_pin_bytes(pin, &bytes, &length);
  return code == KONTOR_OK && length == 6 && memcmp(bytes, "pinned", 6) == 0 ? pin : NULL;
}

static void test_pins_survive_everything(void) {
  kontor_db* own = open_memory();
  kontor_pin *overwritten = NULL, *deleted = NULL, *expired = NULL, *appended = NULL;
  OK(kontor_set(own, B("a"), B("pinned"), error));
  OK(kontor_set(own, B("b"), B("pinned"), error));
  OK(kontor_set_with(own, B("c"), B("pinned"), 0, 20, error));
  OK(kontor_set(own, B("d"), B("pinned"), error));
  OK(kontor_get_pin(own, B("a"), &overwritten, error));
  OK(kontor_get_pin(own, B("b"), &deleted, error));
  OK(kontor_get_pin(own, B("c"), &expired, error));
  OK(kontor_get_pin(own, B("d"), &appended, error));
  OK(kontor_set(own, B("a"), B("other!"), error));
  OK(kontor_delete(own, B("b"), error));
  OK(kontor_append(own, B("d"), B("more"), NULL, error));
  kontor_reply* reply = NULL;
  OK(run(own, &reply, WORDS("SETRANGE", "d", "0", "X")));
  kontor_reply_free(reply);
  sleep_ms(40);
  CODE(KONTOR_NOT_FOUND, kontor_exists(own, B("c"), error));
  close_and_free(own); /* and the engine is gone */
  kontor_pin* pins[] = {overwritten, deleted, expired, appended};
  for (size_t i = 0; i < 4; i++) {
    void* same = NULL;
    CHECK(check_pin(pins[i]) == pins[i]);
    pthread_join(start_thread(check_pin, pins[i]), &same); /* from any thread */
    CHECK(same == pins[i]);
    kontor_pin_free(pins[i]);
  }
  CODE(KONTOR_NOT_FOUND, kontor_get_pin(db, B("absent"), &overwritten, error));
  CHECK(overwritten == NULL);
  CODE(KONTOR_WRONG_TYPE, kontor_get_pin(db, B("a hash"), &overwritten, error));
}

static void test_conditions_of_set(void) {
  OK(kontor_set(db, B("there"), B("1"), error));
  CODE(KONTOR_EXISTS, kontor_set_with(db, B("there"), B("2"), KONTOR_SET_IF_ABSENT, 0, error));
  CHECK(holds(db, "there", "1"));
  OK(kontor_set_with(db, B("there"), B("2"), KONTOR_SET_IF_PRESENT, 0, error));
  CHECK(holds(db, "there", "2"));
  CODE(KONTOR_NOT_FOUND,
       kontor_set_with(db, B("missing"), B("1"), KONTOR_SET_IF_PRESENT, 0, error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("missing"), error));
  OK(kontor_set_with(db, B("new"), B("1"), KONTOR_SET_IF_ABSENT, 0, error));
  OK(kontor_set(db, B("a hash"), B("a string now"), error)); /* whatever the key holds */
  CHECK(holds(db, "a hash", "a string now"));
  OK(kontor_delete(db, B("a hash"), error));
  CODE(KONTOR_OK, kontor_hash_set(db, B("a hash"), B("f"), B("v"), error));
}

static void test_times_to_live(void) {
  int64_t ttl_ms = 0;
  OK(kontor_set_with(db, B("t"), B("1"), 0, 60000, error));
  OK(kontor_ttl(db, B("t"), &ttl_ms, error));
  CHECK(ttl_ms > 50000 && ttl_ms <= 60000);
  OK(kontor_set_with(db, B("t"), B("2"), KONTOR_SET_KEEP_TTL, 0, error));
  OK(kontor_ttl(db, B("t"), &ttl_ms, error));
  CHECK(ttl_ms > 50000 && holds(db, "t", "2"));
  OK(kontor_increment(db, B("t"), 1, NULL, error)); /* a change of the value keeps the deadline */
  OK(kontor_ttl(db, B("t"), &ttl_ms, error));
  CHECK(ttl_ms > 50000);
  OK(kontor_set(db, B("t"), B("3"), error)); /* a set forgets it */
  OK(kontor_ttl(db, B("t"), &ttl_ms, error));
  NUMBER(-1, ttl_ms);
  CODE(KONTOR_NOT_FOUND, kontor_persist(db, B("t"), error));
  OK(kontor_expire_at(db, B("t"), now_ms() + 60000, error));
  OK(kontor_persist(db, B("t"), error));
  OK(kontor_ttl(db, B("t"), &ttl_ms, error));
  NUMBER(-1, ttl_ms);
  OK(kontor_expire_at(db, B("t"), now_ms() - 1, error)); /* past: the key is gone */
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("t"), error));
  CODE(KONTOR_NOT_FOUND, kontor_ttl(db, B("t"), &ttl_ms, error));
  CODE(KONTOR_NOT_FOUND, kontor_expire_at(db, B("t"), now_ms() + 1000, error));
  CODE(KONTOR_NOT_FOUND, kontor_persist(db, B("t"), error));
  OK(kontor_set_with(db, B("t"), B("1"), 0, 20, error));
  sleep_ms(40);
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("t"), error));
  CODE(KONTOR_NOT_FOUND, kontor_delete(db, B("t"), error));
}

static void test_increment_and_append(void) {
  int64_t number = 0;
  size_t length = 0;
  OK(kontor_increment(db, B("count"), 41, &number, error));
  NUMBER(41, number);
  OK(kontor_increment(db, B("count"), -1, &number, error));
  NUMBER(40, number);
  CHECK(holds(db, "count", "40"));
  OK(kontor_append(db, B("count"), B("x"), &length, error));
  NUMBER(3, length);
  CODE(KONTOR_NOT_A_NUMBER, kontor_increment(db, B("count"), 1, &number, error));
  CHECK(holds(db, "count", "40x"));
  CODE(KONTOR_WRONG_TYPE, kontor_increment(db, B("a hash"), 1, &number, error));
  CODE(KONTOR_WRONG_TYPE, kontor_append(db, B("a hash"), B("x"), &length, error));
  OK(kontor_set(db, B("count"), B("9223372036854775807"), error));
  CODE(KONTOR_OUT_OF_RANGE, kontor_increment(db, B("count"), 1, &number, error));
  CHECK(holds(db, "count", "9223372036854775807"));
  OK(kontor_append(db, B("appended"), B("ab"), &length, error));
  OK(kontor_append(db, B("appended"), B("cd"), &length, error));
  NUMBER(4, length);
  CHECK(holds(db, "appended", "abcd"));
}

static void test_hashes(void) {
  void* value = NULL;
  size_t length = 0;
  uint64_t count = 9;
  OK(kontor_hash_length(db, B("h"), &count, error));
  NUMBER(0, count);
  OK(kontor_hash_set(db, B("h"), B("f"), B("1"), error));
  CODE(KONTOR_EXISTS, kontor_hash_set(db, B("h"), B("f"), B("22"), error));
  SAYS("there already");
  OK(kontor_hash_get(db, B("h"), B("f"), &value, &length, error));
  BYTES("22", value, length);
  kontor_free(value);
  CODE(KONTOR_NOT_FOUND, kontor_hash_get(db, B("h"), B("g"), &value, &length, error));
  CHECK(value == NULL);
  CODE(KONTOR_NOT_FOUND, kontor_hash_delete(db, B("h"), B("g"), error));
  OK(kontor_hash_length(db, B("h"), &count, error));
  NUMBER(1, count);
  OK(kontor_hash_delete(db, B("h"), B("f"), error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(db, B("h"), error)); /* no empty hashes */
  OK(kontor_set(db, B("s"), B("v"), error));
  CODE(KONTOR_WRONG_TYPE, kontor_hash_set(db, B("s"), B("f"), B("v"), error));
  CODE(KONTOR_WRONG_TYPE, kontor_hash_get(db, B("s"), B("f"), &value, &length, error));
  CODE(KONTOR_WRONG_TYPE, kontor_hash_delete(db, B("s"), B("f"), error));
  CODE(KONTOR_WRONG_TYPE, kontor_hash_length(db, B("s"), &count, error));
}

static void pop_expecting(uint32_t side, const char* want) {
  void* value = NULL;
  size_t length = 0;
  OK(kontor_list_pop(db, B("l"), side, 0, NULL, &value, &length, error));
  BYTES(want, value, length);
  kontor_free(value);
}

static void test_lists(void) {
  void* value = NULL;
  size_t size = 0;
  uint64_t length = 9;
  OK(kontor_list_length(db, B("l"), &length, error));
  NUMBER(0, length);
  OK(kontor_list_push(db, B("l"), KONTOR_BACK, B("b"), &length, error));
  OK(kontor_list_push(db, B("l"), KONTOR_BACK, B("c"), &length, error));
  OK(kontor_list_push(db, B("l"), KONTOR_FRONT, B("a"), &length, error));
  NUMBER(3, length);
  pop_expecting(KONTOR_FRONT, "a");
  pop_expecting(KONTOR_BACK, "c");
  pop_expecting(KONTOR_FRONT, "b");
  CODE(KONTOR_NOT_FOUND, kontor_list_pop(db, B("l"), KONTOR_FRONT, 0, NULL, &value, &size, error));
  const int64_t begin = elapsed_ms();
  CODE(KONTOR_TIMEOUT, kontor_list_pop(db, B("l"), KONTOR_FRONT, 60, NULL, &value, &size, error));
  CHECK(value == NULL && elapsed_ms() - begin >= 55);
  CODE(KONTOR_WRONG_TYPE, kontor_list_push(db, B("s"), KONTOR_BACK, B("v"), NULL, error));
  CODE(KONTOR_WRONG_TYPE, kontor_list_pop(db, B("s"), KONTOR_BACK, -1, NULL, &value, &size, error));
  CODE(KONTOR_WRONG_TYPE, kontor_list_length(db, B("s"), &length, error));
}

static void test_commands(void) {
  kontor_reply* reply = NULL;
  const void* bytes = NULL;
  size_t length = 0;
  OK(run(db, &reply, WORDS("SET", "c", "v")));
  NUMBER(KONTOR_REPLY_STATUS, kontor_reply_type(reply));
  OK(kontor_reply_bytes(reply, &bytes, &length));
  BYTES("OK", bytes, length);
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("INCR", "c"))); /* KONTOR_OK although the command fails */
  NUMBER(KONTOR_REPLY_ERROR, kontor_reply_type(reply));
  OK(kontor_reply_bytes(reply, &bytes, &length));
  BYTES("ERR value is not an integer or out of range", bytes, length);
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("GET", "nothing here")));
  NUMBER(KONTOR_REPLY_NULL, kontor_reply_type(reply));
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("DBSIZE")));
  NUMBER(KONTOR_REPLY_INTEGER, kontor_reply_type(reply));
  CHECK(kontor_reply_integer(reply) > 0);
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("MGET", "c", "nothing here")));
  NUMBER(KONTOR_REPLY_ARRAY, kontor_reply_type(reply));
  NUMBER(2, kontor_reply_count(reply));
  OK(kontor_reply_bytes(kontor_reply_child(reply, 0), &bytes, &length));
  BYTES("v", bytes, length);
  NUMBER(KONTOR_REPLY_NULL, kontor_reply_type(kontor_reply_child(reply, 1)));
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("HGETALL", "a hash")));
  CHECK(kontor_reply_type(reply) == KONTOR_REPLY_MAP ||
        kontor_reply_type(reply) == KONTOR_REPLY_ARRAY);
  NUMBER(2, kontor_reply_count(reply));
  kontor_reply_free(reply);
  OK(run(db, &reply, WORDS("SUBSCRIBE", "c")));
  NUMBER(KONTOR_REPLY_ERROR, kontor_reply_type(reply));
  OK(kontor_reply_bytes(reply, &bytes, &length));
  CHECK(memmem(bytes, length, "session", 7) != NULL);
  kontor_reply_free(reply);
}

static void test_select_command(void) {
  kontor_reply* reply = NULL;
  kontor_db* own = open_memory();
  OK(kontor_set(own, B("k"), B("in 0"), error));
  OK(run(own, &reply, WORDS("SELECT", "3")));
  kontor_reply_free(reply);
  CODE(KONTOR_NOT_FOUND,
       kontor_exists(own, B("k"), error)); /* typed calls, too, see database 3 now */
  OK(run(own, &reply, WORDS("SELECT", "0")));
  kontor_reply_free(reply);
  CHECK(holds(own, "k", "in 0"));
  close_and_free(own);
}

static void test_command_table(void) {
  kontor_reply* table = NULL;
  const void* bytes = NULL;
  size_t length = 0;
  int found = 0;
  OK(kontor_command_table(&table, error));
  NUMBER(KONTOR_REPLY_ARRAY, kontor_reply_type(table));
  CHECK(kontor_reply_count(table) > 80);
  for (size_t i = 0; i < kontor_reply_count(table); i++) {
    const kontor_reply* row = kontor_reply_child(table, i);
    NUMBER(6, kontor_reply_count(row));
    NUMBER(KONTOR_REPLY_INTEGER, kontor_reply_type(kontor_reply_child(row, 1)));
    for (size_t field = 0; field < 5; field++) {
      if (field == 1) continue;
      OK(kontor_reply_bytes(kontor_reply_child(row, field), &bytes, &length));
      CHECK(length > 0 || field == 4); /* the syntax of a command without arguments is empty */
    }
    NUMBER(KONTOR_REPLY_ARRAY, kontor_reply_type(kontor_reply_child(row, 5)));
    OK(kontor_reply_bytes(kontor_reply_child(row, 0), &bytes, &length));
    if (length == 3 && strncasecmp(bytes, "GET", 3) == 0) {
      found = 1;
      NUMBER(2, kontor_reply_integer(kontor_reply_child(row, 1)));
    }
  }
  CHECK(found);
  kontor_reply_free(table);
}

int main(void) {
  check_begin(100);
  db = open_memory();
  RUN(test_get_into_a_buffer);
  RUN(test_get_copy);
  RUN(test_batches);
  RUN(test_a_batch_too_large_for_one_commit);
  RUN(test_packed_batches);
  RUN(test_pins_survive_everything);
  RUN(test_conditions_of_set);
  RUN(test_times_to_live);
  RUN(test_increment_and_append);
  RUN(test_hashes);
  RUN(test_lists);
  RUN(test_commands);
  RUN(test_select_command);
  RUN(test_command_table);
  close_and_free(db);
  return check_end();
}
