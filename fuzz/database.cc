#include "database.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace fuzz {

void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::string BytesOf(const kontor_reply* reply) {
  const void* bytes = nullptr;
  size_t length = 0;
  if (kontor_reply_bytes(reply, &bytes, &length) != KONTOR_OK) return "";
  return std::string(static_cast<const char*>(bytes), length);
}

std::string TextOf(const kontor_reply* reply) {
  std::string text = std::to_string(kontor_reply_type(reply)) + ":" + BytesOf(reply) +
                     std::to_string(kontor_reply_integer(reply)) + "(";
  for (size_t i = 0; i < kontor_reply_count(reply); ++i) {
    text += TextOf(kontor_reply_child(reply, i));
  }
  return text + ")";
}

Database::Database() {
  kontor_options* options = nullptr;
  if (kontor_options_new(&options, nullptr) != KONTOR_OK ||
      kontor_options_set_number(options, KONTOR_OPTION_SHARDS, 2, nullptr) != KONTOR_OK ||
      kontor_options_set_number(options, KONTOR_OPTION_MEMORY_LIMIT_BYTES, 64 << 20, nullptr) !=
          KONTOR_OK ||
      kontor_open(options, &db_, nullptr) != KONTOR_OK) {
    Fail("the engine did not open");
  }
  kontor_options_free(options);
}

Database::~Database() {
  if (kontor_close(db_, nullptr) != KONTOR_OK) Fail("the engine did not close");
  kontor_db_free(db_);
}

Reply Database::Run(const std::vector<std::string>& words) {
  std::vector<const void*> arguments;
  std::vector<size_t> lengths;
  for (const std::string& word : words) {
    arguments.push_back(word.data());
    lengths.push_back(word.size());
  }
  kontor_reply* reply = nullptr;
  if (kontor_exec(db_, words.size(), arguments.data(), lengths.data(), nullptr, &reply, nullptr) !=
      KONTOR_OK) {
    Fail("no reply to " + words[0]);
  }
  return Reply(reply);
}

}  // namespace fuzz
