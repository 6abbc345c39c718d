// 64 bytes to 100 readers. One thread publishes and reads all of them, so that what is compared is
// the work, not who sleeps when.

#ifdef KONTOR_BENCH_ZMQ
#include <zmq.h>
#endif

#include <cstdio>
#include <kontor/kontor.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "channels/measures.h"
#include "redis_peer.h"

namespace bench {
namespace {

constexpr int kReaders = 100;
constexpr int kMessages = 200;  // published before they are read
const std::string kBody(64, 'b');

struct KontorReaders {
  KontorReaders() {
    for (int i = 0; i < kReaders; ++i) {
      mailboxes.emplace_back(db);
      mailboxes.back().Subscribe("news");
    }
  }
  uint64_t Slice() {
    for (int i = 0; i < kMessages; ++i) db.Publish("news", kBody);
    uint64_t received = 0;
    for (kontor::Mailbox& mailbox : mailboxes) {
      while (mailbox.NextMany(std::chrono::milliseconds(0), kMessages, &deliveries)) {
        for (size_t i = 0; i < deliveries.size(); ++i) {
          if (deliveries[i].body().size() == kBody.size()) ++received;
        }
        if (deliveries.size() < kMessages) break;
      }
    }
    if (received != uint64_t{kMessages} * kReaders) throw std::runtime_error("messages are lost");
    return received;
  }

  kontor::Database db;
  std::vector<kontor::Mailbox> mailboxes;
  kontor::Deliveries deliveries;
};

#ifdef KONTOR_BENCH_ZMQ
struct ZmqReaders {
  ZmqReaders() : context(zmq_ctx_new()), publisher(zmq_socket(context, ZMQ_PUB)) {
    const int no_limit = 0;
    zmq_setsockopt(publisher, ZMQ_SNDHWM, &no_limit, sizeof(no_limit));
    zmq_bind(publisher, "inproc://news");
    for (int i = 0; i < kReaders; ++i) {
      void* const reader = zmq_socket(context, ZMQ_SUB);
      zmq_setsockopt(reader, ZMQ_RCVHWM, &no_limit, sizeof(no_limit));
      zmq_connect(reader, "inproc://news");
      zmq_setsockopt(reader, ZMQ_SUBSCRIBE, "", 0);
      readers.push_back(reader);
    }
  }
  ~ZmqReaders() {
    for (void* reader : readers) zmq_close(reader);
    zmq_close(publisher);
    zmq_ctx_term(context);
  }
  uint64_t Slice() {
    for (int i = 0; i < kMessages; ++i) zmq_send(publisher, kBody.data(), kBody.size(), 0);
    uint64_t received = 0;
    char buffer[128];
    for (void* reader : readers) {
      for (int i = 0; i < kMessages; ++i) {
        if (zmq_recv(reader, buffer, sizeof(buffer), 0) == static_cast<int>(kBody.size())) {
          ++received;
        }
      }
    }
    return received;
  }

  void* context;
  void* publisher;
  std::vector<void*> readers;
};
#endif

struct RedisReaders {
  RedisReaders() : publisher(kRedisVariable) {
    for (int i = 0; i < kReaders; ++i) {
      readers.push_back(std::make_unique<Redis>(kRedisVariable));
      readers.back()->Run({"SUBSCRIBE", "news"});
    }
  }
  uint64_t Slice() {
    for (int i = 0; i < kMessages; ++i) publisher.Append({"PUBLISH", "news", kBody});
    for (int i = 0; i < kMessages; ++i) publisher.Reply();
    for (const auto& reader : readers) {
      for (int i = 0; i < kMessages; ++i) reader->Reply();
    }
    return uint64_t{kMessages} * kReaders;
  }

  Redis publisher;
  std::vector<std::unique_ptr<Redis>> readers;
};

}  // namespace

void MeasureFanOut(int rounds) {
  const std::string what = "64 bytes to 100 mailboxes, deliveries";
  KontorReaders kontor;
  RedisReaders redis;
  std::vector<Contender> contenders = {{"kontor", [&] { return kontor.Slice(); }},
                                       {"redis", [&] { return redis.Slice(); }}};
#ifdef KONTOR_BENCH_ZMQ
  ZmqReaders zmq;
  contenders.push_back({"zmq", [&] { return zmq.Slice(); }});
#endif
  const auto ns = MedianNanoseconds(contenders, rounds);
  PrintTarget(what, Rate(ns[0]), "Redis PUBLISH, pipelined: " + Rate(ns[1]), ns[1] / ns[0], 1);
  if (ns.size() > 2) {
    PrintTarget(what, Rate(ns[0]), "ZeroMQ inproc: " + Rate(ns[2]), ns[2] / ns[0], 2);
  } else {
    std::printf("| %s | %s | ZeroMQ inproc: not installed (libzmq3-dev) | | >= 2 x |\n",
                what.c_str(), Rate(ns[0]).c_str());
  }
}

}  // namespace bench
