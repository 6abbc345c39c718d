// What becomes of keys is told by the same events, in the same order, as by a real redis-server
// (notify-keyspace-events).

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "interop/peers.h"

namespace interop {
namespace {

// Each does what its family announces, and what it does not.
constexpr const char* kCommands[] = {
    "SET s x",
    "SET s y EX 100",
    "SET s z KEEPTTL",
    "SET s z PX 100000 XX",
    "SET nx z NX",
    "SET s z NX",
    "SETEX s 100 x",
    "PSETEX s 100000 x",
    "SETNX s x",
    "SETNX s2 x",
    "GETSET s x",
    "MSET a 1 b 2",
    "MSETNX a 1 c 2",
    "MSETNX d 1 e 2",
    "APPEND s abc",
    "APPEND s \"\"",
    "APPEND new abc",
    "SETRANGE s 3 x",
    "SETRANGE s 3 \"\"",
    "INCR a",
    "INCRBY a 5",
    "DECR a",
    "INCRBYFLOAT a 1.5",
    "GETDEL a",
    "GETDEL a",
    "GETEX b EX 100",
    "GETEX b PERSIST",
    "GETEX b PERSIST",
    "GETEX b PXAT 1",
    "SETBIT bit 5 1",
    "SETBIT bit 5 1",
    "BITFIELD bit SET u8 0 5",
    "BITFIELD bit GET u8 0",
    "BITOP AND res bit s",
    "BITOP AND res nokey",
    "BITOP AND res nokey",
    "PFADD hll a b",
    "PFADD hll a",
    "PFMERGE hll2 hll",
    "DEL hll hll2 nokey",
    "UNLINK bit",
    "LPUSH l a b c",
    "RPUSH l d",
    "LPUSHX l e",
    "LPUSHX nokey e",
    "RPUSHX l e",
    "LINSERT l BEFORE a x",
    "LINSERT l BEFORE zz x",
    "LSET l 0 q",
    "LPOP l",
    "RPOP l 2",
    "LREM l 0 zz",
    "LREM l 0 a",
    "LTRIM l 0 1",
    "LTRIM l 5 9",
    "LTRIM l 0 1",
    "LPUSH l a b",
    "LMOVE l l2 LEFT RIGHT",
    "RPOPLPUSH l l2",
    "LMOVE l2 l2 LEFT LEFT",
    "LMOVE l2 l2 LEFT RIGHT",
    "BLPOP l2 0.01",
    "BLMOVE l2 l3 LEFT LEFT 0.01",
    "LMPOP 1 l3 LEFT",
    "BLMPOP 0.01 1 l3 LEFT",
    "SADD t a b c",
    "SADD t a",
    "SREM t zz",
    "SREM t a",
    "SMOVE t t2 b",
    "SMOVE t t2 zz",
    "SMOVE t2 t2 b",
    "SPOP t",
    "SADD t a b c",
    "SPOP t 2",
    "SPOP t 5",
    "SADD t a b c",
    "SADD u b c d",
    "SINTERSTORE v t u",
    "SUNIONSTORE v t u",
    "SDIFFSTORE v t u",
    "SINTERSTORE v t nokey",
    "SINTERSTORE v t nokey",
    "SMOVE t u a",
    "SREM t b c",
    "ZADD z 1 a 2 b 3 c",
    "ZADD z 1 a",
    "ZADD z INCR 1 a",
    "ZADD z XX CH 5 a",
    "ZINCRBY z 1 a",
    "ZINCRBY z 0 a",
    "ZREM z zz",
    "ZREM z a",
    "ZADD z 1 a 2 b 3 c 4 d 5 e 6 f",
    "ZREMRANGEBYRANK z 0 0",
    "ZREMRANGEBYSCORE z 2 2",
    "ZREMRANGEBYLEX z [c [c",
    "ZREMRANGEBYRANK z 9 10",
    "ZPOPMIN z",
    "ZPOPMAX z",
    "ZMPOP 1 z MIN",
    "BZPOPMIN z 0.01",
    "ZADD z 1 a 2 b",
    "BZMPOP 0.01 1 z MAX",
    "BZPOPMAX z 0.01",
    "ZADD z 1 a 2 b",
    "ZADD y 1 a 3 c",
    "ZUNIONSTORE w 2 z y",
    "ZINTERSTORE w 2 z y",
    "ZDIFFSTORE w 2 z y",
    "ZRANGESTORE w z 0 -1",
    "ZRANGESTORE w z 9 10",
    "ZRANGESTORE w z 9 10",
    "ZINTERSTORE w 2 z nokey",
    "GEOADD g 13.4 38.1 a",
    "GEOSEARCHSTORE g2 g FROMMEMBER a BYRADIUS 1 km",
    "GEORADIUSBYMEMBER g a 1 km STORE g3",
    "GEOSEARCHSTORE g2 g FROMLONLAT 0 0 BYRADIUS 1 km",
    "HSET h a 1 b 2",
    "HSET h a 1",
    "HSETNX h a 1",
    "HSETNX h c 1",
    "HMSET h d 4",
    "HINCRBY h a 5",
    "HINCRBYFLOAT h a 5.5",
    "HDEL h zz",
    "HDEL h a zz",
    "HDEL h b c d",
    "XADD x 1-1 f v",
    "XADD x MAXLEN 1 2-1 f v",
    "XADD x NOMKSTREAM 3-1 f v",
    "XADD nox NOMKSTREAM 3-1 f v",
    "XTRIM x MAXLEN 1",
    "XTRIM x MAXLEN 1",
    "XDEL x 3-1",
    "XDEL x 3-1",
    "XGROUP CREATE x g1 0",
    "XGROUP CREATE mk g1 0 MKSTREAM",
    "XGROUP CREATECONSUMER x g1 c1",
    "XGROUP CREATECONSUMER x g1 c1",
    "XADD x 4-1 f v",
    "XREADGROUP GROUP g1 c2 STREAMS x >",
    "XREADGROUP GROUP g1 c2 STREAMS x >",
    "XCLAIM x g1 c3 0 4-1",
    "XAUTOCLAIM x g1 c4 0 0",
    "XACK x g1 4-1",
    "XGROUP SETID x g1 0",
    "XGROUP DELCONSUMER x g1 c1",
    "XGROUP DESTROY x g1",
    "XSETID x 9-9",
    "EXPIRE s 100",
    "EXPIRE s 100 NX",
    "PEXPIRE s 100000",
    "PERSIST s",
    "PERSIST s",
    "EXPIRE s -1",
    "EXPIRE s 100",
    "SET s x",
    "RENAME s s9",
    "RENAMENX s9 u",
    "RENAMENX s9 s",
    "RENAME s s",
    "COPY s copy",
    "COPY s copy",
    "COPY s copy REPLACE",
    "COPY s copy DB 2",
    "MOVE s 3",
    "SORT u ALPHA STORE sorted",
    "SORT nokey STORE sorted",
    "SORT nokey STORE sorted",
    "RPUSH d1 3 1 2",
    "DUMP d1",
    "SET exp x PX 1",
    "GET nokey",
    "APPEND exp y",
    "HGET nokey f",
    "MULTI",
    "SET m1 x",
    "INCR m1",
    "LPUSH m2 a",
    "EXEC",
    "MULTI",
    "SET m3 x",
    "DISCARD",
    "FLUSHDB",
    "SWAPDB 0 1",
    "TOUCH s",
    "DEL s",
};

std::vector<std::string> WordsOf(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// A server, somebody who listens to its events, and somebody who says where they end.
struct Watched {
  explicit Watched(Peer* peer)
      : server(peer), listener(peer->Another()), publisher(peer->Another()) {}

  void Begin(const std::string& classes) {
    // What has expired is told by the write that comes upon it (of Kontor, no read tells it).
    server->Run({{"FLUSHALL"},
                 {"DEBUG", "SET-ACTIVE-EXPIRE", "0"},
                 {"CONFIG", "SET", "notify-keyspace-events", classes}});
    EXPECT_EQ(server->Run(WordsOf("CONFIG GET notify-keyspace-events")).values.at(1).text.size(),
              classes.size());
    listener->Run(WordsOf("PSUBSCRIBE __key*__:*"));
  }

  // Runs the command; answers the channels and messages it led to.
  std::string EventsOf(const std::string& line) {
    server->Run(WordsOf(line));
    publisher->Run(WordsOf("PUBLISH __keyend__: end"));
    std::string events;
    while (true) {
      const RespValue message = listener->Receive();
      if (message.values.size() != 4) return events + "(broken)";
      if (message.values[3].text == "end") return events;
      events += message.values[2].text + " " + message.values[3].text + "\n";
    }
  }

  Peer* server;
  std::unique_ptr<Peer> listener;
  std::unique_ptr<Peer> publisher;
};

TEST(EventsTest, AreThoseOfRedisInTheirOrder) {
  const std::unique_ptr<RedisServer> redis = RedisServer::Start();
  ASSERT_NE(redis, nullptr);
  KontorSession kontor;
  for (const char* classes : {"AKE", "AK", "hlE", "gE"}) {
    Watched theirs(redis.get());
    Watched ours(&kontor);
    theirs.Begin(classes);
    ours.Begin(classes);
    size_t events = 0;
    for (const std::string line : kCommands) {
      if (line == "APPEND exp y") std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const std::string expected = theirs.EventsOf(line);
      EXPECT_EQ(ours.EventsOf(line), expected) << line << " with " << classes;
      events += expected.size();
    }
    EXPECT_GT(events, 500u);
  }
}

}  // namespace
}  // namespace interop
