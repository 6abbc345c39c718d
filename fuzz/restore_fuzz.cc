// Restores any bytes as a value under a checksum that is right: either that is refused, or what is
// there then can be dumped, and the dump restored as the same value.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "database.h"

namespace {

using fuzz::Database;
using fuzz::Fail;

// Bit by bit; the library's has tables.
uint64_t Crc64(const std::string& bytes) {
  uint64_t crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x95ac9329ac4bc9b5 : 0);
  }
  return crc;
}

std::string Seal(std::string value) {
  value.append("\x0a\0", 2);  // the version of Redis 7.0
  const uint64_t crc = Crc64(value);
  for (int i = 0; i < 8; ++i) value.push_back(static_cast<char>(crc >> (8 * i)));
  return value;
}

// All that is at a key, in whatever order.
std::string ValueAt(Database* database, const std::string& key) {
  std::string all = fuzz::TextOf(database->Run({"TYPE", key}).get());
  for (const std::vector<std::string>& look : {std::vector<std::string>{"GET", key},
                                               {"LRANGE", key, "0", "-1"},
                                               {"ZRANGE", key, "0", "-1", "WITHSCORES"},
                                               {"SCARD", key},
                                               {"HLEN", key},
                                               {"HPEXPIRETIME", key, "FIELDS", "3", "f", "g", "n"},
                                               {"SORT", key, "ALPHA"},
                                               {"XRANGE", key, "-", "+"},
                                               {"XREVRANGE", key, "+", "-"}}) {
    all += fuzz::TextOf(database->Run(look).get());
  }
  return all;
}

// What is known of a stream and its groups, but for what is no part of a dump: how it is held, and
// how long ago consumers were there.
std::string StreamAt(Database* database, const std::string& key) {
  std::string all;
  const fuzz::Reply about = database->Run({"XINFO", "STREAM", key});
  for (size_t i = 0; i + 1 < kontor_reply_count(about.get()); i += 2) {
    const std::string name = fuzz::BytesOf(kontor_reply_child(about.get(), i));
    if (name.find("radix-tree") == 0) continue;
    all += name + fuzz::TextOf(kontor_reply_child(about.get(), i + 1));
  }
  const fuzz::Reply groups = database->Run({"XINFO", "GROUPS", key});
  all += fuzz::TextOf(groups.get());
  for (size_t i = 0; i < kontor_reply_count(groups.get()); ++i) {
    const std::string group =
        fuzz::BytesOf(kontor_reply_child(kontor_reply_child(groups.get(), i), 1));
    all += fuzz::TextOf(database->Run({"XPENDING", key, group}).get());
    const fuzz::Reply pending = database->Run({"XPENDING", key, group, "-", "+", "100000"});
    for (size_t j = 0; j < kontor_reply_count(pending.get()); ++j) {
      const kontor_reply* const each = kontor_reply_child(pending.get(), j);
      for (const size_t part : {0U, 1U, 3U}) {
        all += fuzz::TextOf(kontor_reply_child(each, part));
      }
    }
    const fuzz::Reply consumers = database->Run({"XINFO", "CONSUMERS", key, group});
    for (size_t j = 0; j < kontor_reply_count(consumers.get()); ++j) {
      const kontor_reply* const each = kontor_reply_child(consumers.get(), j);
      for (const size_t part : {1U, 3U}) all += fuzz::TextOf(kontor_reply_child(each, part));
    }
  }
  return all;
}

// What it can do with what was restored, however strange: nothing may break.
void Use(Database* database, const std::string& key) {
  for (const std::vector<std::string>& use :
       {std::vector<std::string>{"XADD", key, "*", "f", "v"},
        {"XINFO", "STREAM", key, "FULL"},
        {"XREADGROUP", "GROUP", "g", "c", "STREAMS", key, ">"},
        {"XAUTOCLAIM", key, "g", "d", "0", "0"},
        {"XCLAIM", key, "g", "e", "0", "1-1", "RETRYCOUNT", "5"},
        {"XTRIM", key, "MAXLEN", "1"},
        {"APPEND", key, "x"},
        {"LPOP", key},
        {"SPOP", key},
        {"ZPOPMIN", key},
        {"DEL", key}}) {
    database->Run(use);
  }
}

std::string Answer(Database* database, const std::vector<std::string>& command) {
  return fuzz::BytesOf(database->Run(command).get());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Database database;
  const std::string value(reinterpret_cast<const char*>(data), size);
  std::string answer = Answer(&database, {"RESTORE", "k", "0", Seal(value)});
  if (answer != "OK") {
    if (answer != "ERR Bad data format") Fail("RESTORE answers " + answer);
    return 0;
  }
  const std::string dump = Answer(&database, {"DUMP", "k"});
  // A hash whose fields were all overdue is not there.
  constexpr uint8_t kFirstFormWithDeadlines = 22;
  if (dump.empty() && data[0] >= kFirstFormWithDeadlines) return 0;
  answer = Answer(&database, {"RESTORE", "again", "0", dump});
  if (answer != "OK") Fail("what was dumped is refused: " + answer);
  if (ValueAt(&database, "k") != ValueAt(&database, "again") ||
      StreamAt(&database, "k") != StreamAt(&database, "again")) {
    Fail("another value comes back");
  }
  Use(&database, "k");
  return 0;
}
