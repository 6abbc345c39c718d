#ifndef KONTOR_BENCH_REDIS_TYPES_STORE_H_
#define KONTOR_BENCH_REDIS_TYPES_STORE_H_

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <kontor/kontor.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "redis_peer.h"

// Who is asked: an engine in this process, or a redis-server at a Unix socket.

namespace bench {

// Its name and its arguments, borrowed.
using Command = std::span<const std::string_view>;

[[noreturn]] inline void Fail(const char* what) {
  std::fprintf(stderr, "kontor_redis_types: %s\n", what);
  std::exit(1);
}

// Runs a command by kontor_exec; an error ends the program. Answers the type of the reply.
inline uint32_t Execute(kontor_db* db, Command command) {
  constexpr size_t kMostArguments = 64;
  std::array<const void*, kMostArguments> pointers;
  std::array<size_t, kMostArguments> lengths;
  if (command.size() > kMostArguments) Fail("too many arguments");
  for (size_t i = 0; i < command.size(); ++i) {
    pointers[i] = command[i].data();
    lengths[i] = command[i].size();
  }
  kontor_reply* reply = nullptr;
  const int32_t code =
      kontor_exec(db, command.size(), pointers.data(), lengths.data(), nullptr, &reply, nullptr);
  const uint32_t type = kontor_reply_type(reply);
  if (code != KONTOR_OK || type == KONTOR_REPLY_ERROR) Fail("kontor refused a command");
  kontor_reply_free(reply);
  return type;
}

class Store {
 public:
  virtual ~Store() = default;
  virtual void Run(Command command) = 0;
  // Everything that was run is done.
  virtual void Finish() {}
};

class KontorStore : public Store {
 public:
  void Run(Command command) override { Execute(db_.handle(), command); }
  int64_t Figure(uint32_t figure) { return db_.Figure(figure); }
  kontor_db* handle() const { return db_.handle(); }

 private:
  kontor::Database db_;
};

// Sends many commands before it reads their replies.
class RedisStore : public Store {
 public:
  explicit RedisStore(const char* variable) : redis_(variable) {}
  void Run(Command command) override {
    redis_.Append(std::vector<std::string_view>(command.begin(), command.end()));
    if (++waiting_ == kPipelined) Finish();
  }
  void Finish() override {
    for (; waiting_ > 0; --waiting_) redis_.Reply();
  }

 private:
  static constexpr int kPipelined = 200;
  Redis redis_;
  int waiting_ = 0;
};

}  // namespace bench

#endif  // KONTOR_BENCH_REDIS_TYPES_STORE_H_
