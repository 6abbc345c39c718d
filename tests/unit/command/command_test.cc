#include "command/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/letter_case.h"
#include "base/limits.h"

namespace kontor {
namespace {

std::string ErrorOf(const std::vector<Bytes>& arguments) {
  const Command* command = nullptr;
  return CheckCommand(arguments, &command).message();
}

// The keys, one after the other.
std::string KeysIn(const std::vector<Bytes>& arguments) {
  const Command* command = nullptr;
  EXPECT_TRUE(CheckCommand(arguments, &command).ok());
  std::string all;
  for (const Bytes key : KeysOf(*command, arguments)) all.append(key).append(";");
  return all;
}

constexpr const char* kPromised[] = {
    "SET GET MGET MSET MSETNX GETSET GETDEL GETEX SETNX SETEX PSETEX APPEND STRLEN GETRANGE "
    "SUBSTR SETRANGE INCR DECR INCRBY DECRBY INCRBYFLOAT LCS",
    "SETBIT GETBIT BITCOUNT BITPOS BITOP BITFIELD BITFIELD_RO PFADD PFCOUNT PFMERGE PFDEBUG "
    "PFSELFTEST",
    "HSET HGET HDEL HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSETNX HINCRBY HINCRBYFLOAT "
    "HSTRLEN HSCAN HRANDFIELD HMSET",
    "LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LINSERT LREM LTRIM LPOS "
    "LMOVE RPOPLPUSH LMPOP BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP",
    "SADD SREM SCARD SISMEMBER SMISMEMBER SMEMBERS SMOVE SINTER SUNION SDIFF SINTERSTORE "
    "SUNIONSTORE SDIFFSTORE SINTERCARD SPOP SRANDMEMBER SSCAN",
    "ZADD ZINCRBY ZREM ZCARD ZSCORE ZMSCORE ZRANK ZREVRANK ZCOUNT ZLEXCOUNT ZRANGE "
    "ZRANGESTORE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZREVRANGE "
    "ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZPOPMIN ZPOPMAX ZMPOP BZPOPMIN BZPOPMAX "
    "BZMPOP ZUNION ZINTER ZDIFF ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZINTERCARD ZRANDMEMBER "
    "ZSCAN",
    "DEL UNLINK EXISTS TYPE EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL EXPIRETIME PEXPIRETIME "
    "PERSIST RENAME RENAMENX COPY KEYS SCAN RANDOMKEY TOUCH DBSIZE FLUSHDB FLUSHALL SELECT "
    "SWAPDB MOVE",
    "PING ECHO COMMAND TIME SAVE BGSAVE LASTSAVE INFO PUBLISH PUBSUB SUBSCRIBE PSUBSCRIBE "
    "UNSUBSCRIBE PUNSUBSCRIBE QUIT RESET HELLO AUTH CLIENT MULTI EXEC DISCARD WATCH UNWATCH"};

TEST(CommandTableTest, EveryRowIsComplete) {
  ASSERT_FALSE(AllCommands().empty());
  for (const Command* command : AllCommands()) {
    const std::string name(command->name);
    EXPECT_EQ(name, ToUpperCase(name));
    EXPECT_NE(command->arity, 0) << name;
    EXPECT_NE(command->handler, nullptr) << name;
    EXPECT_FALSE(command->group.empty()) << name;
    ASSERT_FALSE(command->summary.empty()) << name;
    EXPECT_EQ(command->summary.back(), '.') << name;
    const int words = name.find('|') == std::string::npos ? 1 : 2;
    EXPECT_EQ(command->syntax.empty(), command->arity == words || name == "QUIT") << name;
    // Whoever touches keys says which, and whoever names keys says why.
    const bool has_keys = NamesKeys(*command) || (command->flags & kAllKeys) != 0;
    EXPECT_EQ(has_keys, (command->flags & (kReads | kWrites)) != 0) << name;
    EXPECT_EQ(FindCommand(name), command);
    EXPECT_EQ(FindCommand(ToLowerCase(name)), command);
  }
}

TEST(CommandTableTest, NothingIsMissing) {
  for (const char* const family : kPromised) {
    std::istringstream names(family);
    for (std::string name; names >> name;) EXPECT_NE(FindCommand(name), nullptr) << name;
  }
}

TEST(CommandTableTest, IsInOrderWithoutDoubles) {
  const auto& all = AllCommands();
  const auto not_less = [](const Command* a, const Command* b) { return a->name >= b->name; };
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end(), not_less), all.end());
}

TEST(CommandTableTest, WhatCannotBeTakenBackStaysOutOfTransactions) {
  for (const Bytes name : {"FLUSHDB", "FLUSHALL", "SWAPDB", "SAVE", "BGSAVE", "SELECT", "PUBLISH",
                           "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "QUIT"}) {
    ASSERT_NE(FindCommand(name), nullptr) << name;
    EXPECT_NE(FindCommand(name)->flags & kNotInTransaction, 0u) << name;
  }
}

TEST(CommandTableTest, UnknownNames) {
  EXPECT_EQ(FindCommand(""), nullptr);
  EXPECT_EQ(FindCommand("GE"), nullptr);
  EXPECT_EQ(FindCommand("GETT"), nullptr);
  EXPECT_EQ(FindCommand(Bytes("GET\0", 4)), nullptr);
  EXPECT_EQ(FindCommand(std::string(1000, 'G')), nullptr);
}

TEST(CheckCommandTest, Limits) {
  EXPECT_EQ(ErrorOf({}), "empty command: the first argument is a command's name");
  std::vector<Bytes> many(limits::kArguments, "k");
  many[0] = "DEL";
  EXPECT_EQ(ErrorOf(many), "");
  many.push_back("k");
  EXPECT_EQ(ErrorOf(many), "a command has at most 1048576 arguments");
  // Lengths are looked at before bytes are: these arguments overlap nothing that exists.
  const std::string some = "x";
  const Bytes half(some.data(), limits::kCommandBytes / 2);
  EXPECT_EQ(ErrorOf({"MGET", half, half}),
            "the arguments of a command have at most 1073741824 bytes together");
  EXPECT_EQ(ErrorOf({"MGET", Bytes(some.data(), SIZE_MAX), Bytes(some.data(), SIZE_MAX)}),
            "the arguments of a command have at most 1073741824 bytes together");
}

TEST(CheckCommandTest, UnknownCommandEndsEchoesAtNul) {
  EXPECT_EQ(ErrorOf({Bytes("fo\0o", 4), Bytes("a\0b", 3)}),
            "unknown command 'fo', with args beginning with: 'a' ");
}

TEST(KeysOfTest, Positions) {
  EXPECT_EQ(KeysIn({"PING"}), "");
  EXPECT_EQ(KeysIn({"KEYS", "*"}), "");
  EXPECT_EQ(KeysIn({"GET", "a"}), "a;");
  EXPECT_EQ(KeysIn({"SET", "a", "b", "EX", "1"}), "a;");
  EXPECT_EQ(KeysIn({"RENAME", "a", "b"}), "a;b;");
  EXPECT_EQ(KeysIn({"COPY", "a", "b", "DB", "1"}), "a;b;");
  EXPECT_EQ(KeysIn({"DEL", "a", "b", "a"}), "a;b;a;");
  EXPECT_EQ(KeysIn({"MSET", "a", "1", "b", "2"}), "a;b;");
  EXPECT_EQ(KeysIn({"MSET", "a", "1", "b"}), "a;b;");
  EXPECT_EQ(KeysIn({"BLPOP", "a", "b", "0"}), "a;b;");
}

TEST(KeysOfTest, CountedKeys) {
  EXPECT_EQ(KeysIn({"LMPOP", "2", "a", "b", "LEFT"}), "a;b;");
  EXPECT_EQ(KeysIn({"LMPOP", "1", "a", "LEFT", "COUNT", "2"}), "a;");
  EXPECT_EQ(KeysIn({"BLMPOP", "0", "1", "a", "LEFT"}), "a;");
  EXPECT_EQ(KeysIn({"ZUNIONSTORE", "to", "2", "a", "b", "WEIGHTS", "1", "2"}), "to;a;b;");
  // The handler says what is wrong with these.
  EXPECT_EQ(KeysIn({"ZUNIONSTORE", "to", "3", "a", "b"}), "");
  EXPECT_EQ(KeysIn({"LMPOP", "3", "a", "LEFT"}), "");
  for (const Bytes count :
       {"0", "-1", "abc", "", "1.5", "-9223372036854775808", "9223372036854775808", "-2147483648",
        "9223372036854775807", "4294967297", "2147483648"}) {
    EXPECT_EQ(KeysIn({"LMPOP", count, "a", "LEFT"}), "") << count;
  }
}

TEST(AccessOfTest, FollowsTheFlagsUnlessACallDoesLess) {
  const auto access = [](const std::vector<Bytes>& arguments) {
    return AccessOf(*FindCommand(arguments[0]), arguments);
  };
  EXPECT_EQ(access({"GET", "k"}), Access::kRead);
  EXPECT_EQ(access({"DEL", "k"}), Access::kRelease);
  EXPECT_EQ(access({"SET", "k", "v"}), Access::kWrite);
  EXPECT_EQ(access({"PFCOUNT", "k"}), Access::kRelease);
  EXPECT_EQ(access({"PFCOUNT", "k", "l"}), Access::kRead);
  EXPECT_EQ(access({"BITFIELD", "k"}), Access::kRead);
  EXPECT_EQ(access({"BITFIELD", "k", "GET", "u8", "0"}), Access::kRead);
  EXPECT_EQ(access({"BITFIELD", "k", "GET", "u8", "0", "set", "u8", "0", "1"}), Access::kWrite);
  EXPECT_EQ(access({"BITFIELD", "k", "incrby", "u8", "0", "1"}), Access::kWrite);
}

TEST(ErrorTextTest, PrefixesAndOneLine) {
  EXPECT_EQ(ErrorText(Status(Code::kInvalid, "syntax error")), "ERR syntax error");
  EXPECT_EQ(ErrorText(Status(Code::kNotFound, "no such key")), "ERR no such key");
  EXPECT_EQ(ErrorText(WrongType()),
            "WRONGTYPE Operation against a key holding the wrong kind of value");
  EXPECT_EQ(ErrorText(Status(Code::kReadOnly, "why")), "READONLY why");
  EXPECT_EQ(ErrorText(Status(Code::kNoMemory, "why")), "OOM why");
  EXPECT_EQ(ErrorText(Status(Code::kIo, "why")), "MISCONF why");
  EXPECT_EQ(ErrorText(Status(Code::kCorrupt, "why")), "INVALIDOBJ why");
  EXPECT_EQ(ErrorText(Status(Code::kInvalid, "a\r\nb\r\n")), "ERR a  b");
  EXPECT_EQ(ErrorText(Status(Code::kUnsupported)), "ERR UNSUPPORTED");
}

}  // namespace
}  // namespace kontor
