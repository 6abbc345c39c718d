// Restores any bytes as a value under a checksum that is right: either that is refused, or what is
// there then can be dumped, and the dump restored as the same value.

#include <kontor/kontor.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

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

void Describe(const kontor_reply* reply, std::string* text) {
  const void* bytes = nullptr;
  size_t length = 0;
  text->append(std::to_string(kontor_reply_type(reply))).append(":");
  if (kontor_reply_bytes(reply, &bytes, &length) == KONTOR_OK) {
    text->append(static_cast<const char*>(bytes), length);
  }
  text->append(std::to_string(kontor_reply_integer(reply))).append("(");
  for (size_t i = 0; i < kontor_reply_count(reply); ++i) {
    Describe(kontor_reply_child(reply, i), text);
  }
  text->append(")");
}

class Database {
 public:
  Database() {
    if (kontor_open(nullptr, &db_, nullptr) != KONTOR_OK) Fail("the engine did not open");
  }
  ~Database() {
    if (kontor_close(db_, nullptr) != KONTOR_OK) Fail("the engine did not close");
    kontor_db_free(db_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // The reply as text; if it is a string, its bytes are in *bytes.
  std::string Run(const std::vector<std::string>& words, std::string* bytes = nullptr) {
    std::vector<const void*> arguments;
    std::vector<size_t> lengths;
    for (const std::string& word : words) {
      arguments.push_back(word.data());
      lengths.push_back(word.size());
    }
    kontor_reply* reply = nullptr;
    if (kontor_exec(db_, words.size(), arguments.data(), lengths.data(), nullptr, &reply,
                    nullptr) != KONTOR_OK) {
      Fail("no reply to " + words[0]);
    }
    std::string text;
    Describe(reply, &text);
    const void* data = nullptr;
    size_t length = 0;
    if (bytes != nullptr && kontor_reply_bytes(reply, &data, &length) == KONTOR_OK) {
      bytes->assign(static_cast<const char*>(data), length);
    }
    kontor_reply_free(reply);
    return text;
  }

 private:
  kontor_db* db_ = nullptr;
};

// All that is at a key, in whatever order.
std::string ValueAt(Database* database, const std::string& key) {
  std::string all = database->Run({"TYPE", key});
  for (const std::vector<std::string>& look : {std::vector<std::string>{"GET", key},
                                               {"LRANGE", key, "0", "-1"},
                                               {"ZRANGE", key, "0", "-1", "WITHSCORES"},
                                               {"SCARD", key},
                                               {"HLEN", key},
                                               {"SORT", key, "ALPHA"}}) {
    all += database->Run(look);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Database database;
  const std::string value(reinterpret_cast<const char*>(data), size);
  std::string answer;
  database.Run({"RESTORE", "k", "0", Seal(value)}, &answer);
  if (answer != "OK") {
    if (answer != "ERR Bad data format") Fail("RESTORE answers " + answer);
    return 0;
  }
  std::string dump;
  database.Run({"DUMP", "k"}, &dump);
  database.Run({"RESTORE", "again", "0", dump}, &answer);
  if (answer != "OK") Fail("what was dumped is refused: " + answer);
  if (ValueAt(&database, "k") != ValueAt(&database, "again")) Fail("another value comes back");
  return 0;
}
