#ifndef KONTOR_BENCH_REDIS_PEER_H_
#define KONTOR_BENCH_REDIS_PEER_H_

#include <hiredis/hiredis.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// One client of a redis-server that report.py started; its Unix socket is named by an environment
// variable.
class Redis {
 public:
  explicit Redis(const char* variable) {
    const char* const path = std::getenv(variable);
    if (path == nullptr) throw std::runtime_error(std::string(variable) + " names no redis socket");
    context_.reset(redisConnectUnix(path));
    if (context_ == nullptr || context_->err != 0)
      throw std::runtime_error("no connection to redis");
  }

  // Sends one command and waits for its reply; an error reply ends the benchmark.
  std::unique_ptr<redisReply, void (*)(void*)> Run(const std::vector<std::string_view>& arguments) {
    Append(arguments);
    return Reply();
  }
  void Append(const std::vector<std::string_view>& arguments) {
    pointers_.clear();
    lengths_.clear();
    for (const std::string_view argument : arguments) {
      pointers_.push_back(argument.data());
      lengths_.push_back(argument.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(arguments.size()), pointers_.data(),
                           lengths_.data());
  }
  // Sends what was appended, without waiting for replies.
  void Flush() {
    int done = 0;
    while (done == 0) {
      if (redisBufferWrite(context_.get(), &done) != REDIS_OK) {
        throw std::runtime_error("redis went away");
      }
    }
  }
  std::unique_ptr<redisReply, void (*)(void*)> Reply() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK)
      throw std::runtime_error("redis went away");
    std::unique_ptr<redisReply, void (*)(void*)> owned(static_cast<redisReply*>(reply),
                                                       freeReplyObject);
    if (owned->type == REDIS_REPLY_ERROR) throw std::runtime_error(owned->str);
    return owned;
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
  std::vector<const char*> pointers_;
  std::vector<size_t> lengths_;
};

}  // namespace bench

#endif  // KONTOR_BENCH_REDIS_PEER_H_
