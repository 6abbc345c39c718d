// Measures one thing of every Redis type in this process, and prints it as one line of JSON. Each
// measurement has a process of its own, so that none finds what another left of the heap.
// types_versus_redis.py runs them beside redis-server, and says what came of it.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "redis_types/measures.h"
#include "redis_types/store.h"

namespace bench {
namespace {

[[noreturn]] void Usage() {
  std::fprintf(stderr,
               "usage: kontor_redis_types memory TYPE KEYS ELEMENTS-PER-KEY [key-by-key]\n"
               "       kontor_redis_types fill-redis TYPE KEYS ELEMENTS-PER-KEY [key-by-key]\n"
               "       kontor_redis_types calls SERVER-PID SLICE-SECONDS ROUNDS\n"
               "       kontor_redis_types throughput OPERATIONS RANGE COMMAND...\n"
               "       kontor_redis_types growth TYPE MEMBERS\n"
               "%s names the Unix socket of a redis-server where one is asked.\n",
               kRedisVariable);
  std::exit(2);
}

uint64_t Number(const std::string& text) {
  char* end = nullptr;
  const uint64_t number = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || number == 0) Usage();
  return number;
}

void Run(const std::vector<std::string>& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const bool key_by_key = arguments.size() == 5 && arguments[4] == "key-by-key";
  if ((what == "memory" || what == "fill-redis") && (arguments.size() == 4 || key_by_key)) {
    const Collections collections{arguments[1], Number(arguments[2]), Number(arguments[3]),
                                  key_by_key};
    what == "memory" ? MeasureMemory(collections) : FillRedis(collections);
  } else if (what == "calls" && arguments.size() == 4) {
    MeasureCalls({.server_pid = static_cast<int>(Number(arguments[1])),
                  .slice_seconds = std::atof(arguments[2].c_str()),
                  .rounds = static_cast<int>(Number(arguments[3]))});
  } else if (what == "throughput" && arguments.size() > 3) {
    MeasureThroughput(Number(arguments[1]), Number(arguments[2]), std::span(arguments).subspan(3));
  } else if (what == "growth" && arguments.size() == 3) {
    MeasureGrowth(arguments[1], Number(arguments[2]));
  } else {
    Usage();
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    bench::Run({argv + 1, argv + argc});
  } catch (const std::exception& failure) {
    bench::Fail(failure.what());
  }
  return 0;
}
