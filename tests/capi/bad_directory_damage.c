/* Damaged and newer files: refused with the file's name, nothing changed; a torn tail is cut off
 * and told. */
#define _GNU_SOURCE
#include "bad_directory.h"

/* Of each key of make_database (engine/persist/FORMAT.md). */
enum {
  kFrameHeaderBytes = 21,
  kMarkBytes = kFrameHeaderBytes + 8,
  kRecordBytes = kFrameHeaderBytes + 15
};

static char manifest[300], snapshot[300], journal[300];

static void make_damaged(void) {
  make_database("damaged");
  find_file("damaged", "MANIFEST", manifest, sizeof manifest);
  find_file("damaged", "snapshot-", snapshot, sizeof snapshot);
  find_file("damaged", "journal-", journal, sizeof journal);
  cut_zeros(journal);
}

static void test_undamaged(void) {
  make_damaged();
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
  NUMBER(1 + JOURNALED_KEYS,
         count_keys("damaged")); /* now all of it from the snapshot of the close */
}

/* One bit, anywhere in the manifest and the snapshot, and in the header of the journal. */
static void test_every_flipped_bit_is_noticed(void) {
  make_damaged();
  char* const files[] = {manifest, snapshot, journal};
  const long limits[] = {file_size(manifest), file_size(snapshot), 40};
  for (int file = 0; file < 3; file++) {
    const char* name = strrchr(files[file], '/') + 1;
    for (long offset = 0; offset < limits[file]; offset += offset < 48 ? 3 : 7) {
      flip_bit(files[file], offset);
      if (!REFUSED_OPEN("damaged", KONTOR_CORRUPT, name))
        fprintf(stderr, "  at %s:%ld\n", name, offset);
      flip_bit(files[file], offset);
    }
  }
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
}

/* A record that a mark behind it tells to have been synced is damage, not a torn tail: nothing may
 * be cut off. */
static void test_damage_in_the_middle_of_the_journal(void) {
  make_damaged();
  const char* name = strrchr(journal, '/') + 1;
  const long last_flush = file_size(journal) - kRecordBytes - kMarkBytes;
  for (long offset = 40; offset < last_flush; offset += 5) {
    flip_bit(journal, offset);
    if (!REFUSED_OPEN("damaged", KONTOR_CORRUPT, name))
      fprintf(stderr, "  at %s:%ld\n", name, offset);
    flip_bit(journal, offset);
  }
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
}

static void test_missing_files(void) {
  char* const files[] = {manifest, snapshot, journal};
  for (int file = 0; file < 3; file++) {
    make_damaged();
    CHECK(unlink(files[file]) == 0);
    REFUSED_OPEN("damaged", KONTOR_CORRUPT, "damaged");
  }
}

static void test_shortened_files(void) {
  char* const files[] = {manifest, snapshot};
  for (int file = 0; file < 2; file++) {
    for (int part = 0; part < 3; part++) {
      make_damaged();
      const long size = file_size(files[file]);
      CHECK(truncate(files[file], part == 0 ? 0 : part == 1 ? size / 2 : size - 1) == 0);
      REFUSED_OPEN("damaged", KONTOR_CORRUPT, strrchr(files[file], '/') + 1);
    }
  }
}

/* Every place a write can have been interrupted at: the records before it are there, and the loss
 * is told once. */
static void test_torn_tails(void) {
  make_damaged();
  const long size = file_size(journal);
  for (long cut = 1; cut < kRecordBytes + kMarkBytes + kRecordBytes; cut += 2) {
    kontor_db* db = NULL;
    int64_t torn_bytes = 0, records = 0, keys = 0;
    make_damaged();
    CHECK(truncate(journal, size - cut) == 0);
    OK(open_directory("damaged", KONTOR_DURABILITY_SYNC, &db));
    OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_TORN_BYTES, &torn_bytes, error));
    OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_RECORDS, &records, error));
    OK(kontor_db_figure(db, KONTOR_FIGURE_KEYS, &keys, error));
    NUMBER(JOURNALED_KEYS - (cut <= kRecordBytes + kMarkBytes ? 1 : 2), records);
    NUMBER(records + 1, keys);
    CHECK((torn_bytes == 0) == (cut == kRecordBytes + kMarkBytes));
    OK(kontor_set(db, B("after"), B("v"), error));
    close_and_free(db);
    OK(open_directory("damaged", KONTOR_DURABILITY_SYNC, &db));
    OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_TORN_BYTES, &torn_bytes, error));
    NUMBER(0, torn_bytes);
    CHECK(holds(db, "after", "v"));
    close_and_free(db);
  }
}

/* As a crash leaves it: zeros are no lost write. */
static void test_zeros_behind_the_journal(void) {
  make_database("damaged");
  find_file("damaged", "journal-", journal, sizeof journal);
  const long size = file_size(journal);
  cut_zeros(journal);
  CHECK(size - file_size(journal) > 60000);
  CHECK(truncate(journal, size) == 0);
  kontor_db* db = NULL;
  int64_t torn_bytes = -1;
  OK(open_directory("damaged", KONTOR_DURABILITY_SYNC, &db));
  OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_TORN_BYTES, &torn_bytes, error));
  NUMBER(0, torn_bytes);
  close_and_free(db);
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
}

/* Bytes of a write that never was. */
static void test_garbage_behind_the_journal(void) {
  make_damaged();
  char garbage[100];
  for (size_t i = 0; i < sizeof garbage; i++) garbage[i] = (char)(i * 37 + 11);
  write_at(journal, file_size(journal), garbage, sizeof garbage);
  kontor_db* db = NULL;
  int64_t torn_bytes = 0;
  OK(open_directory("damaged", KONTOR_DURABILITY_SYNC, &db));
  OK(kontor_db_figure(db, KONTOR_FIGURE_RECOVERED_TORN_BYTES, &torn_bytes, error));
  NUMBER(sizeof garbage, torn_bytes);
  close_and_free(db);
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
}

/* Format version 2 with its checksum, from engine/persist/FORMAT.md. */
static void test_newer_format(void) {
  static const unsigned char kVersion2[3][8] = {{2, 0, 0, 0, 0x21, 0x0e, 0x86, 0xca},
                                                {2, 0, 0, 0, 0xfe, 0x44, 0x48, 0x35},
                                                {2, 0, 0, 0, 0x68, 0xf9, 0xbb, 0xec}};
  char* const files[] = {manifest, snapshot, journal};
  for (int file = 0; file < 3; file++) {
    make_damaged();
    write_at(files[file], 8, kVersion2[file], 8);
    REFUSED_OPEN("damaged", KONTOR_NEWER_FORMAT, strrchr(files[file], '/') + 1);
    NUMBER(0, kontor_error_retryable(error));
  }
}

static void test_files_of_others_are_left_alone(void) {
  make_damaged();
  CHECK(shell("echo mine >'%s/notes.txt' && echo left >'%s/MANIFEST.tmp'", "damaged", "damaged"));
  CHECK(shell("mkdir '%s/folder'%s", "damaged", ""));
  NUMBER(1 + JOURNALED_KEYS, count_keys("damaged"));
  CHECK(shell("grep -q mine '%s/notes.txt' && test -d '%s/folder'", "damaged", "damaged"));
  CHECK(access("damaged/MANIFEST.tmp", F_OK) != 0);
}

int main(void) {
  check_begin(110);
  RUN(test_undamaged);
  RUN(test_every_flipped_bit_is_noticed);
  RUN(test_damage_in_the_middle_of_the_journal);
  RUN(test_missing_files);
  RUN(test_shortened_files);
  RUN(test_torn_tails);
  RUN(test_zeros_behind_the_journal);
  RUN(test_garbage_behind_the_journal);
  RUN(test_newer_format);
  RUN(test_files_of_others_are_left_alone);
  return check_end();
}
