#ifndef KONTOR_TESTS_CAPI_NO_MEMORY_FIXTURE_H_
#define KONTOR_TESTS_CAPI_NO_MEMORY_FIXTURE_H_

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "capi/failing_allocations.h"
#include "capi/no_memory_commands.h"
#include "style/temporary_directory.h"

namespace kontor::no_memory {

// An engine in memory or on disk, of which all can be told.
class NoMemoryTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    error_ = kontor_error_new();
    Open();
  }
  void Open() {
    kontor_options* options = nullptr;
    ASSERT_EQ(kontor_options_new(&options, error_), KONTOR_OK);
    if (OnDisk()) {
      ASSERT_EQ(kontor_options_set_directory(options, directory_.path().data(),
                                             directory_.path().size(), error_),
                KONTOR_OK);
    }
    ASSERT_EQ(kontor_open(options, &db_, error_), KONTOR_OK);
    kontor_options_free(options);
  }
  void TearDown() override {
    kontor_db_free(db_);
    kontor_error_free(error_);
  }
  static bool OnDisk() { return std::string(GetParam()) == "on disk"; }

  // `unchanged` is asked after every failure. Ends with the call that succeeded. A call that can do
  // without an allocation may succeed before; then `survived` is called, and makes it possible
  // again.
  void UntilItSucceeds(const std::function<int32_t()>& call, const std::function<void()>& unchanged,
                       const std::function<void()>& survived = nullptr) {
    for (int64_t nth = 1; nth < 1000; ++nth) {
      SCOPED_TRACE("allocation " + std::to_string(nth));
      fail_at = nth;
      const int32_t code = call();
      const bool failed = fail_at == 0;
      fail_at = 0;
      if (!failed) {
        EXPECT_EQ(code, KONTOR_OK);
        EXPECT_GT(nth, 1) << "nothing was tried";
        return;
      }
      if (code == KONTOR_OK && survived != nullptr) {
        survived();
        continue;
      }
      ASSERT_EQ(code, KONTOR_NO_MEMORY);
      EXPECT_NE(std::string(kontor_error_message(error_)).find("no memory"), std::string::npos);
      ASSERT_NO_FATAL_FAILURE(unchanged());
    }
    FAIL() << "it never succeeded";
  }

  int32_t Exec(const std::vector<std::string>& command, std::string* reply_text = nullptr) {
    const int64_t later = std::exchange(fail_at, 0);
    std::vector<const void*> arguments;
    std::vector<size_t> lengths;
    for (const std::string& argument : command) {
      arguments.push_back(argument.data());
      lengths.push_back(argument.size());
    }
    kontor_reply* reply = nullptr;
    fail_at = later;
    const int32_t code = kontor_exec(db_, arguments.size(), arguments.data(), lengths.data(),
                                     nullptr, &reply, error_);
    const int64_t left = std::exchange(fail_at, 0);
    // A command tells its failures in its reply.
    const bool failed = kontor_reply_type(reply) == KONTOR_REPLY_ERROR;
    if (reply_text != nullptr) *reply_text = Text(reply);
    kontor_reply_free(reply);
    fail_at = left;
    return failed ? KONTOR_NO_MEMORY : code;
  }
  static std::string Text(const kontor_reply* reply) {
    const void* bytes = nullptr;
    size_t length = 0;
    if (kontor_reply_bytes(reply, &bytes, &length) == KONTOR_OK) {
      return std::string(static_cast<const char*>(bytes), length) + ",";
    }
    std::string text = std::to_string(kontor_reply_integer(reply)) + ",";
    for (size_t i = 0; i < kontor_reply_count(reply); ++i) {
      text += Text(kontor_reply_child(reply, i));
    }
    return text;
  }
  std::string Reply(const std::vector<std::string>& command) {
    std::string text;
    EXPECT_EQ(Exec(command, &text), KONTOR_OK) << command[0];
    return text;
  }
  void SetKeys() {
    Reply({"FLUSHALL"});
    Reply({"SET", "s", kLong});
    Reply({"SETRANGE", "b", "5000", "x"});
    Reply({"HSET", "h", "f", kLong, "g", "short"});
    Reply({"HEXPIRE", "h", "10000", "FIELDS", "1", "g"});
    Reply({"RPUSH", "l", "a", kLong, "b", kLong});
    Reply({"SADD", "t", "a", kLong});
    Reply({"SADD", "i", "1", "2"});
    Reply({"ZADD", "z", "1", "a", "2", kLong, "3", "b"});
    Reply({"XADD", "x", "1-0", "f", kLong});
    Reply({"XADD", "x", "2-0", "f", "short"});
    Reply({"XGROUP", "CREATE", "x", "g", "0"});
    Reply({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "x", ">"});
  }
  // What has no time in it. Without what tells of blocks, which entries that come back may make
  // more of.
  std::string StreamState(const std::string& key) {
    std::string told = Reply({"XINFO", "STREAM", key});
    const size_t blocks = told.find("radix-tree-keys");
    told.erase(blocks, told.find("last-generated-id") - blocks);
    const std::string groups = Reply({"XINFO", "GROUPS", key});
    told += Reply({"XRANGE", key, "-", "+"}) + groups;
    return groups.find("name,g,") == groups.npos ? told : told + Reply({"XPENDING", key, "g"});
  }
  // All that is there, except how long it lives.
  std::string State() {
    std::string state;
    for (const std::string& key :
         {std::string("s"), std::string("b"), std::string("h"), std::string("l"), std::string("t"),
          std::string("i"), std::string("z"), std::string("x"), std::string("new"), kLong,
          kVeryLong}) {
      const std::string type = Reply({"TYPE", key});
      state += type + (Reply({"PTTL", key})[0] == '-' ? "for ever " : "for a while ");
      if (type == "string,") state += Reply({"GET", key});
      // Field by field, because they have no order.
      if (type == "hash,") {
        state += Reply({"HLEN", key}) + Reply({"HMGET", key, "f", "g", "n", kLong});
        for (const std::string& field : {std::string("f"), std::string("g"), kLong}) {
          const bool expires = Reply({"HTTL", key, "FIELDS", "1", field}).find('-') == state.npos;
          state += expires ? " expires" : " stays";
        }
      }
      if (type == "stream,") state += StreamState(key);
      if (type == "list,") state += Reply({"LRANGE", key, "0", "-1"});
      if (type == "set,") {
        state += Reply({"SCARD", key}) + Reply({"SMISMEMBER", key, "a", "b", "x", kLong, kVeryLong,
                                                "1", "2", "3", "70000"});
      }
      if (type == "zset,") state += Reply({"ZRANGE", key, "0", "-1", "WITHSCORES"});
    }
    return state + Reply({"DBSIZE"});
  }
  void Reopen() {
    kontor_db_free(db_);
    Open();
  }

  uint64_t ListLength(const char* key) {
    uint64_t length = 0;
    EXPECT_EQ(kontor_list_length(db_, key, 1, &length, error_), KONTOR_OK);
    return length;
  }

  TemporaryDirectory directory_;
  kontor_db* db_ = nullptr;
  kontor_error* error_ = nullptr;
};

inline std::string NameOfPlace(const ::testing::TestParamInfo<const char*>& place) {
  return std::string(place.param) == "on disk" ? "OnDisk" : "InMemory";
}

}  // namespace kontor::no_memory

#endif  // KONTOR_TESTS_CAPI_NO_MEMORY_FIXTURE_H_
