/* Misuse of strings, keys, hashes and lists. */
#define _GNU_SOURCE
#include "misuse.h"

static void test_string_handles(void) {
  char buffer[4];
  REFUSES_DB(kontor_set(db, B("k"), B("v"), error));
  REFUSES_DB(kontor_set_with(db, B("k"), B("v"), 0, 0, error));
  REFUSES_DB(kontor_get(db, B("k"), buffer, sizeof buffer, &out.size, error));
  REFUSES_DB(kontor_get_copy(db, B("k"), &out.pointer, &out.size, error));
  REFUSES_DB(kontor_get_pin(db, B("k"), &out.pin, error));
  REFUSES_DB(kontor_increment(db, B("k"), 1, &out.i64, error));
  REFUSES_DB(kontor_append(db, B("k"), B("v"), &out.size, error));
}

static int32_t mget_with(const void* key, size_t length) {
  char buffer[64];
  kontor_bytes found[2];
  const kontor_bytes keys[] = {{"kept", 4}, {key, length}};
  return kontor_mget(live_db, keys, 2, buffer, sizeof buffer, found, &out.size, error);
}

static int32_t mset_with(const void* key, size_t key_length, const void* value,
                         size_t value_length) {
  const kontor_bytes keys[] = {{"kept", 4}, {key, key_length}};
  const kontor_bytes values[] = {{"changed", 7}, {value, value_length}};
  return kontor_mset(live_db, keys, values, 2, error);
}

static void test_batches(void) {
  char buffer[64];
  const kontor_bytes good[] = {{"kept", 4}, {"k", 1}};
  const char packed[] = "\4\0\0\0kept\6\0\0\0CHANGE";
  kontor_bytes found[2];
  REFUSES_DB(kontor_mget(db, good, 2, buffer, sizeof buffer, found, &out.size, error));
  REFUSES_DB(kontor_mset(db, good, good, 2, error));
  REFUSES_DB(kontor_mget_packed(db, packed, 8, buffer, sizeof buffer, &out.size, error));
  REFUSES_DB(kontor_mset_packed(db, packed, sizeof packed - 1, error));

  OK(kontor_set(live_db, B("kept"), B("before"), error));
  ANSWERS(KONTOR_INVALID,
          kontor_mget(live_db, NULL, 1, buffer, sizeof buffer, found, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_mget(live_db, good, 1, NULL, 1, found, &out.size, error));
  ANSWERS(KONTOR_INVALID,
          kontor_mget(live_db, good, 1, buffer, sizeof buffer, NULL, &out.size, error));
  ANSWERS(KONTOR_TOO_SMALL, kontor_mget(live_db, good, 1, NULL, 0, found, &out.size, error));
  ANSWERS(KONTOR_OK, kontor_mget(live_db, NULL, 0, NULL, 0, NULL, NULL, error));
  ANSWERS(KONTOR_TOO_LARGE,
          kontor_mget(live_db, good, 1048577, buffer, sizeof buffer, found, &out.size, error));
  ANSWERS(KONTOR_TOO_LARGE, kontor_mset(live_db, good, good, SIZE_MAX, error));
  ANSWERS(KONTOR_INVALID, kontor_mset(live_db, NULL, good, 1, error));
  ANSWERS(KONTOR_INVALID, kontor_mset(live_db, good, NULL, 1, error));
  REFUSES_BYTES(mget_with(bytes, length));
  REFUSES_BYTES(mset_with(bytes, length, "v", 1));
  REFUSES_BYTES(mset_with("k", 1, bytes, length));
  CHECK(holds(live_db, "kept", "before"));
}

/* Every way in which a packed sequence can be cut short or lie about a length. */
static void test_packed_sequences(void) {
  char buffer[64];
  const char packed[] = "\4\0\0\0kept\6\0\0\0CHANGE";
  OK(kontor_set(live_db, B("kept"), B("before"), error));
  for (size_t length = 1; length < sizeof packed - 1; length++) {
    char* cut = malloc(length); /* exactly as long: whoever reads beyond it is caught */
    memcpy(cut, packed, length);
    ANSWERS(KONTOR_INVALID, kontor_mset_packed(live_db, cut, length, error));
    const int whole = length == 8;
    ANSWERS(whole ? KONTOR_OK : KONTOR_INVALID,
            kontor_mget_packed(live_db, cut, length, buffer, sizeof buffer, &out.size, error));
    free(cut);
  }
  const char lies[] = "\xff\xff\xff\xffkept";
  ANSWERS(KONTOR_INVALID, kontor_mset_packed(live_db, lies, sizeof lies - 1, error));
  ANSWERS(KONTOR_INVALID, kontor_mset_packed(live_db, NULL, 8, error));
  ANSWERS(KONTOR_INVALID,
          kontor_mget_packed(live_db, packed, 8, buffer, sizeof buffer, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_mget_packed(live_db, packed, 8, NULL, 1, &out.size, error));
  ANSWERS(KONTOR_TOO_SMALL, kontor_mget_packed(live_db, packed, 8, buffer, 9, &out.size, error));
  NUMBER(10, out.size);
  CHECK(holds(live_db, "kept", "before"));
}

static void test_string_keys(void) {
  char buffer[4];
  REFUSES_BYTES(kontor_set(live_db, bytes, length, B("v"), error));
  REFUSES_BYTES(kontor_set_with(live_db, bytes, length, B("v"), 0, 0, error));
  REFUSES_BYTES(kontor_get(live_db, bytes, length, buffer, sizeof buffer, &out.size, error));
  REFUSES_BYTES(kontor_get_copy(live_db, bytes, length, &out.pointer, &out.size, error));
  REFUSES_BYTES(kontor_get_pin(live_db, bytes, length, &out.pin, error));
  REFUSES_BYTES(kontor_increment(live_db, bytes, length, 1, &out.i64, error));
  REFUSES_BYTES(kontor_append(live_db, bytes, length, B("v"), &out.size, error));
}

static void test_string_values(void) {
  OK(kontor_set(live_db, B("kept"), B("before"), error));
  REFUSES_BYTES(kontor_set(live_db, B("kept"), bytes, length, error));
  REFUSES_BYTES(kontor_set_with(live_db, B("kept"), bytes, length, 0, 0, error));
  REFUSES_BYTES(kontor_append(live_db, B("kept"), bytes, length, &out.size, error));
  CHECK(holds(live_db, "kept", "before"));
}

static void test_string_outs(void) {
  char buffer[4];
  OK(kontor_set(live_db, B("s"), B("12"), error));
  ANSWERS(KONTOR_INVALID, kontor_get(live_db, B("s"), buffer, sizeof buffer, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_get(live_db, B("s"), NULL, 4, &out.size, error));
  ANSWERS(KONTOR_TOO_SMALL, kontor_get(live_db, B("s"), NULL, 0, &out.size, error));
  NUMBER(2, out.size);
  ANSWERS(KONTOR_INVALID, kontor_get_copy(live_db, B("s"), NULL, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_get_copy(live_db, B("s"), &out.pointer, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_get_pin(live_db, B("s"), NULL, error));
  ANSWERS(KONTOR_OK, kontor_increment(live_db, B("s"), 1, NULL, error));
  ANSWERS(KONTOR_OK, kontor_append(live_db, B("s"), B("x"), NULL, error));
  CHECK(holds(live_db, "s", "13x"));
}

static void test_empty_bytes_are_legal(void) {
  OK(kontor_set(live_db, NULL, 0, NULL, 0, error));
  CODE(KONTOR_OK, kontor_exists(live_db, "", 0, error));
  OK(kontor_get(live_db, NULL, 0, NULL, 0, &out.size, error));
  NUMBER(0, out.size);
  OK(kontor_get_copy(live_db, NULL, 0, &out.pointer, &out.size, error));
  CHECK(out.pointer != NULL && out.size == 0);
  kontor_free(out.pointer);
  OK(kontor_append(live_db, NULL, 0, NULL, 0, &out.size, error));
  OK(kontor_delete(live_db, NULL, 0, error));
}

static void test_pins(void) {
  BARE(KONTOR_INVALID, kontor_pin_bytes(NULL, &out.borrowed, &out.size));
  BARE(KONTOR_INVALID, kontor_pin_bytes((kontor_pin*)foreign_memory, &out.borrowed, &out.size));
  BARE(KONTOR_INVALID, kontor_pin_bytes((kontor_pin*)live_queue, &out.borrowed, &out.size));
  kontor_pin* pin = NULL;
  OK(kontor_set(live_db, B("pinned"), B("v"), error));
  OK(kontor_get_pin(live_db, B("pinned"), &pin, error));
  BARE(KONTOR_INVALID, kontor_pin_bytes(pin, NULL, &out.size));
  BARE(KONTOR_INVALID, kontor_pin_bytes(pin, &out.borrowed, NULL));
  kontor_pin_free(pin);
}

static void test_flags_and_times_of_set(void) {
  const uint32_t contradictions[] = {KONTOR_SET_IF_ABSENT | KONTOR_SET_IF_PRESENT, 8, 0x80000000u,
                                     UINT32_MAX};
  OK(kontor_set(live_db, B("flags"), B("before"), error));
  for (size_t i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++) {
    ANSWERS(KONTOR_INVALID,
            kontor_set_with(live_db, B("flags"), B("v"), contradictions[i], 0, error));
  }
  /* To keep a deadline and to set one at once contradict each other. */
  ANSWERS(KONTOR_INVALID,
          kontor_set_with(live_db, B("flags"), B("v"), KONTOR_SET_KEEP_TTL, 1000, error));
  CHECK(holds(live_db, "flags", "before"));
  for (size_t i = 0; i < EDGES; i++) {
    if (kEdges[i] < 0 || kEdges[i] == INT64_MAX) {
      REFUSED(kontor_set_with(live_db, B("flags"), B("v"), 0, kEdges[i], error));
      CHECK(holds(live_db, "flags", "before"));
    } else {
      ANSWERS(KONTOR_OK, kontor_set_with(live_db, B("times"), B("v"), 0, kEdges[i], error));
    }
  }
}

static void test_increments_at_the_edges(void) {
  for (size_t i = 0; i < EDGES; i++) {
    OK(kontor_set(live_db, B("n"), B("0"), error));
    ANSWERS(KONTOR_OK, kontor_increment(live_db, B("n"), kEdges[i], &out.i64, error));
    NUMBER(kEdges[i], out.i64);
    OK(kontor_set(live_db, B("n"), B("9223372036854775807"), error));
    ANSWERS(kEdges[i] > 0 ? KONTOR_OUT_OF_RANGE : KONTOR_OK,
            kontor_increment(live_db, B("n"), kEdges[i], &out.i64, error));
    OK(kontor_set(live_db, B("n"), B("-9223372036854775808"), error));
    ANSWERS(kEdges[i] < 0 ? KONTOR_OUT_OF_RANGE : KONTOR_OK,
            kontor_increment(live_db, B("n"), kEdges[i], &out.i64, error));
  }
}

static void test_keys(void) {
  REFUSES_DB(kontor_delete(db, B("k"), error));
  REFUSES_DB(kontor_exists(db, B("k"), error));
  REFUSES_DB(kontor_expire_at(db, B("k"), 1, error));
  REFUSES_DB(kontor_persist(db, B("k"), error));
  REFUSES_DB(kontor_ttl(db, B("k"), &out.i64, error));
  REFUSES_BYTES(kontor_delete(live_db, bytes, length, error));
  REFUSES_BYTES(kontor_exists(live_db, bytes, length, error));
  REFUSES_BYTES(kontor_expire_at(live_db, bytes, length, 1, error));
  REFUSES_BYTES(kontor_persist(live_db, bytes, length, error));
  REFUSES_BYTES(kontor_ttl(live_db, bytes, length, &out.i64, error));
  OK(kontor_set(live_db, B("k"), B("v"), error));
  ANSWERS(KONTOR_INVALID, kontor_ttl(live_db, B("k"), NULL, error));
}

static void test_deadlines_at_the_edges(void) {
  for (size_t i = 0; i < EDGES; i++) {
    OK(kontor_set(live_db, B("d"), B("v"), error));
    const int32_t code = kontor_expire_at(live_db, B("d"), kEdges[i], error);
    CHECK(code == KONTOR_OK || code == KONTOR_OUT_OF_RANGE);
    /* All but the last lie in the past: 2^32 ms after 1970 was in February of that year. */
    const int32_t there = kontor_exists(live_db, B("d"), error);
    CODE(kEdges[i] == INT64_MAX || code != KONTOR_OK ? KONTOR_OK : KONTOR_NOT_FOUND, there);
  }
}

static void test_hashes(void) {
  REFUSES_DB(kontor_hash_set(db, B("h"), B("f"), B("v"), error));
  REFUSES_DB(kontor_hash_get(db, B("h"), B("f"), &out.pointer, &out.size, error));
  REFUSES_DB(kontor_hash_delete(db, B("h"), B("f"), error));
  REFUSES_DB(kontor_hash_length(db, B("h"), &out.u64, error));
  REFUSES_BYTES(kontor_hash_set(live_db, bytes, length, B("f"), B("v"), error));
  REFUSES_BYTES(kontor_hash_set(live_db, B("h"), bytes, length, B("v"), error));
  REFUSES_BYTES(kontor_hash_set(live_db, B("h"), B("f"), bytes, length, error));
  REFUSES_BYTES(kontor_hash_get(live_db, bytes, length, B("f"), &out.pointer, &out.size, error));
  REFUSES_BYTES(kontor_hash_get(live_db, B("h"), bytes, length, &out.pointer, &out.size, error));
  REFUSES_BYTES(kontor_hash_delete(live_db, bytes, length, B("f"), error));
  REFUSES_BYTES(kontor_hash_delete(live_db, B("h"), bytes, length, error));
  REFUSES_BYTES(kontor_hash_length(live_db, bytes, length, &out.u64, error));
  CODE(KONTOR_NOT_FOUND, kontor_exists(live_db, B("h"), error));
  ANSWERS(KONTOR_OK, kontor_hash_set(live_db, B("h"), NULL, 0, NULL, 0, error));
  ANSWERS(KONTOR_INVALID, kontor_hash_get(live_db, B("h"), NULL, 0, NULL, &out.size, error));
  ANSWERS(KONTOR_INVALID, kontor_hash_get(live_db, B("h"), NULL, 0, &out.pointer, NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_hash_length(live_db, B("h"), NULL, error));
  ANSWERS(KONTOR_OK, kontor_hash_delete(live_db, B("h"), NULL, 0, error));
}

static void test_lists(void) {
  REFUSES_DB(kontor_list_push(db, B("l"), KONTOR_BACK, B("v"), &out.u64, error));
  REFUSES_DB(kontor_list_pop(db, B("l"), KONTOR_BACK, 0, NULL, &out.pointer, &out.size, error));
  REFUSES_DB(kontor_list_length(db, B("l"), &out.u64, error));
  REFUSES_BYTES(kontor_list_push(live_db, bytes, length, KONTOR_BACK, B("v"), &out.u64, error));
  REFUSES_BYTES(kontor_list_push(live_db, B("l"), KONTOR_BACK, bytes, length, &out.u64, error));
  REFUSES_BYTES(kontor_list_pop(live_db, bytes, length, KONTOR_BACK, 0, NULL, &out.pointer,
                                &out.size, error));
  REFUSES_BYTES(kontor_list_length(live_db, bytes, length, &out.u64, error));
  const uint32_t no_sides[] = {2, 0x80000000u, UINT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    ANSWERS(KONTOR_INVALID,
            kontor_list_push(live_db, B("l"), no_sides[i], B("v"), &out.u64, error));
    ANSWERS(KONTOR_INVALID,
            kontor_list_pop(live_db, B("l"), no_sides[i], 0, NULL, &out.pointer, &out.size, error));
  }
  ANSWERS(KONTOR_OK, kontor_list_push(live_db, B("l"), KONTOR_BACK, B("v"), NULL, error));
  ANSWERS(KONTOR_INVALID, kontor_list_length(live_db, B("l"), NULL, error));
  ANSWERS(KONTOR_INVALID,
          kontor_list_pop(live_db, B("l"), KONTOR_BACK, 0, NULL, NULL, &out.size, error));
  ANSWERS(KONTOR_INVALID,
          kontor_list_pop(live_db, B("l"), KONTOR_BACK, 0, NULL, &out.pointer, NULL, error));
  OK(kontor_list_length(live_db, B("l"), &out.u64, error));
  NUMBER(1, out.u64); /* the refused pops took nothing */
}

/* Every timeout is legal; an interrupted waiter ends those that would wait. */
static void test_timeouts_at_the_edges(void) {
  OK(kontor_waiter_interrupt(live_waiter));
  for (size_t i = 0; i < EDGES; i++) {
    const int32_t want = kEdges[i] == 0 ? KONTOR_NOT_FOUND : KONTOR_INTERRUPTED;
    ANSWERS(want, kontor_list_pop(live_db, B("none"), KONTOR_FRONT, kEdges[i], live_waiter,
                                  &out.pointer, &out.size, error));
  }
  OK(kontor_waiter_reset(live_waiter));
  ANSWERS(KONTOR_TIMEOUT, kontor_list_pop(live_db, B("none"), KONTOR_FRONT, 1, NULL, &out.pointer,
                                          &out.size, error));
}

int main(void) {
  misuse_begin();
  RUN(test_string_handles);
  RUN(test_batches);
  RUN(test_packed_sequences);
  RUN(test_string_keys);
  RUN(test_string_values);
  RUN(test_string_outs);
  RUN(test_empty_bytes_are_legal);
  RUN(test_pins);
  RUN(test_flags_and_times_of_set);
  RUN(test_increments_at_the_edges);
  RUN(test_keys);
  RUN(test_deadlines_at_the_edges);
  RUN(test_hashes);
  RUN(test_lists);
  RUN(test_timeouts_at_the_edges);
  return misuse_end();
}
