#ifndef KONTOR_PERSIST_RDB_FORMAT_H_
#define KONTOR_PERSIST_RDB_FORMAT_H_

#include <cstdint>

// The numbers of the RDB format, as Redis writes it: of its files, and of what DUMP answers.
namespace kontor::rdb {

// The version that is written: the first that has all forms the writer uses, so that every Redis
// since 4.0 reads it, streams every one since 7.0, and hashes with deadlines of fields every one
// since 7.4. The latest whose forms are known: those of later ones are other numbers.
inline constexpr uint16_t kWrittenVersion = 8;
inline constexpr uint16_t kWrittenStreamVersion = 10;
inline constexpr uint16_t kWrittenFieldDeadlinesVersion = 12;
inline constexpr uint16_t kLatestVersion = 12;

// How a value is written. "Packed" is one string that holds all of it.
enum class Form : uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kSortedSetOfTexts = 3,  // scores are texts
  kHash = 4,
  kSortedSet = 5,
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kSortedSetZiplist = 12,
  kHashZiplist = 13,
  kListOfZiplists = 14,
  kStream1 = 15,  // of Redis 5.0
  kHashListpack = 16,
  kSortedSetListpack = 17,
  kListOfNodes = 18,  // listpacks, or single elements
  kStream2 = 19,      // of 7.0: with what was deleted, added and read
  kSetListpack = 20,
  kStream3 = 21,  // of 7.2: with when consumers were active
  // Hashes of 7.4 with deadlines of fields; before its release without the earliest of them ahead.
  kHashDeadlines1 = 22,
  kHashListpackDeadlines1 = 23,
  kHashDeadlines2 = 24,
  kHashListpackDeadlines2 = 25,
};

// The flags of an entry in a node of a stream.
inline constexpr int64_t kEntryIsDeleted = 1;
inline constexpr int64_t kEntryHasNamesOfNode = 2;

// The first byte of a length.
inline constexpr uint8_t kLengthIn4Bytes = 0x80;
inline constexpr uint8_t kLengthIn8Bytes = 0x81;
inline constexpr uint8_t kSpecial = 0xc0;  // and one of these:
inline constexpr uint8_t kInteger8 = 0;
inline constexpr uint8_t kInteger16 = 1;
inline constexpr uint8_t kInteger32 = 2;
inline constexpr uint8_t kCompressed = 3;  // with LZF

// The length of a double's text, or which double it is.
inline constexpr uint8_t kNotANumber = 253;
inline constexpr uint8_t kPositiveInfinity = 254;
inline constexpr uint8_t kNegativeInfinity = 255;

// The two kinds of nodes of a list.
inline constexpr uint64_t kNodeIsElement = 1;
inline constexpr uint64_t kNodeIsListpack = 2;

}  // namespace kontor::rdb

#endif  // KONTOR_PERSIST_RDB_FORMAT_H_
