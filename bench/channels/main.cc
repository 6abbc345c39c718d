// Channels and mailboxes beside what else there is, as a report in Markdown.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "channels/measures.h"
#include "server_process.h"
#include "temporary_folder.h"

namespace bench {

std::vector<double> MedianNanoseconds(const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> seen(contenders.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const uint64_t count = contenders[i].slice();
      const std::chrono::duration<double, std::nano> took =
          std::chrono::steady_clock::now() - begin;
      if (round >= 0) seen[i].push_back(took.count() / static_cast<double>(count));
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& each : seen) {
    std::nth_element(each.begin(), each.begin() + static_cast<int>(each.size() / 2), each.end());
    medians.push_back(each[each.size() / 2]);
  }
  return medians;
}

void PrintTarget(const std::string& what, const std::string& kontor, const std::string& peer,
                 double ratio, double target_ratio) {
  std::printf("| %s | %s | %s | %.2f x | ", what.c_str(), kontor.c_str(), peer.c_str(), ratio);
  if (target_ratio == 0) {
    std::printf("(none) |\n");
  } else {
    std::printf(">= %g x, %s |\n", target_ratio, ratio >= target_ratio ? "met" : "**missed**");
  }
  std::fflush(stdout);
}

std::string Time(double nanoseconds) {
  char text[32];
  if (nanoseconds < 1e3) {
    std::snprintf(text, sizeof(text), "%.1f ns", nanoseconds);
  } else if (nanoseconds < 1e6) {
    std::snprintf(text, sizeof(text), "%.2f us", nanoseconds / 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%.2f ms", nanoseconds / 1e6);
  }
  return text;
}

std::string Rate(double nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f M/s", 1e3 / nanoseconds);
  return text;
}

namespace {

// A redis-server of its own at a Unix socket, named by the variable.
class RedisServer {
 public:
  RedisServer() {
    setenv(kRedisVariable, socket_.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }

 private:
  TemporaryFolder folder_;
  const std::string socket_ = folder_.path() + "/socket";
  ServerProcess server_{{"redis-server", "--port", "0", "--unixsocket", socket_, "--save", "",
                         "--appendonly", "no", "--logfile", "/dev/null", "--dir", folder_.path(),
                         "--client-output-buffer-limit", "pubsub 0 0 0"},
                        socket_};
};

int Run(int rounds) {
  const RedisServer server;
  std::printf("# Channels and mailboxes beside peers\n\n");
  std::printf("Medians of %d interleaved rounds; Redis at a Unix socket.\n\n", rounds);
  std::printf("| figure | Kontor | peer | ratio | target |\n|---|---|---|---|---|\n");
  MeasureTags(rounds);
  MeasureFanOut(rounds);
  MeasurePatterns(rounds);
  std::printf(
      "\n| 1 million tags, in one mailbox | bytes a subscription, of the heap | counted | "
      "target |\n|---|---|---|---|\n");
  MeasureMemory();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

// kontor_channels [rounds]
int main(int count, char** arguments) {
  try {
    return bench::Run(count > 1 ? std::max(1, std::atoi(arguments[1])) : 21);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "kontor_channels: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
