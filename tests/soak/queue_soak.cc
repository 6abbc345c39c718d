// Many messages through one queue of one process, whose memory and files must stay as they are:
// soak_queue_soak [messages] (4000000). Fails where one is lost, comes twice, or memory grows.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <kontor/kontor.hpp>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

constexpr int kProducers = 2;
constexpr int kConsumers = 2;
constexpr size_t kBatch = 100;
constexpr int64_t kMaxLength = 20'000;
constexpr int64_t kMostGrowthBytes = int64_t{24}
                                     << 20;  // what allocators keep, and a snapshot takes
constexpr uint64_t kMostFileBytes = uint64_t{256} << 20;  // 4 million make more than twice that
constexpr int64_t kCompressBytes = 1000;

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  file >> all_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

uint64_t FileBytes(const std::string& directory) {
  uint64_t bytes = 0;
  std::error_code gone;  // a file of an earlier generation may go meanwhile
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const uint64_t size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

// Of every message another one, which tells its number; a few are large.
std::string BodyOf(uint64_t number) {
  const size_t filling = number % 500 == 0 ? 5000 : number * 7919 % 200;
  return std::to_string(number) + std::string(filling, static_cast<char>('a' + number % 26));
}

// What came and what was sent, of all numbers from 0 on: their count and sum are enough to know
// that none is missing and none came twice, but for two mistakes that hide each other.
struct Tally {
  void Count(uint64_t number) {
    count.fetch_add(1, std::memory_order_relaxed);
    sum.fetch_add(number * number, std::memory_order_relaxed);
  }
  std::atomic<uint64_t> count{0};
  std::atomic<uint64_t> sum{0};
};

class Soak {
 public:
  Soak(const std::string& directory, uint64_t messages)
      : messages_(messages), directory_(directory), db_(Options(directory)) {
    kontor::QueueOptions options;
    options.SetMaxLength(kMaxLength).SetCompress(kCompressBytes);
    queue_ = std::make_unique<kontor::Queue>(db_, "soak", options);
  }

  bool Run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < kProducers; ++i)
      threads.emplace_back([this, i] { Try(&Soak::Produce, i); });
    for (int i = 0; i < kConsumers; ++i)
      threads.emplace_back([this, i] { Try(&Soak::Consume, i); });
    const bool flat = Watch();
    for (std::thread& thread : threads) thread.join();
    return !failed_ && flat && Complete();
  }

 private:
  static kontor::Options Options(const std::string& directory) {
    kontor::Options options;
    options.SetDirectory(directory).SetDurability(kontor::Durability::kAsync);
    return options;
  }

  void Try(void (Soak::*work)(int), int seed) {
    try {
      (this->*work)(seed);
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "queue_soak: %s\n", failure.what());
      failed_.store(true);
    }
  }
  bool Over() const { return failed_.load() || taken_.count.load() >= messages_; }

  // In batches; a few with a delay, a group, a priority. Where the queue is full, it waits.
  void Produce(int seed) {
    std::mt19937 random(static_cast<uint32_t>(seed));
    while (!failed_.load()) {
      const uint64_t first = next_.fetch_add(kBatch);
      if (first >= messages_) return;
      std::vector<std::string> bodies;
      for (uint64_t i = first; i < std::min(first + kBatch, messages_); ++i) {
        bodies.push_back(BodyOf(i));
        sent_.Count(i);
      }
      kontor::EnqueueOptions options;
      options.SetPriority(static_cast<uint32_t>(random() % 3));
      if (random() % 20 == 0) options.SetDelay(milliseconds(static_cast<int64_t>(random() % 100)));
      if (random() % 50 == 0) options.SetGroup("group " + std::to_string(random() % 1000));
      Send({bodies.begin(), bodies.end()}, options);
    }
  }

  void Send(const std::vector<std::string_view>& bodies, const kontor::EnqueueOptions& options) {
    while (!failed_.load()) {
      try {
        queue_->EnqueueMany(bodies, options);
        return;
      } catch (const kontor::Error& error) {
        if (error.code() != KONTOR_FULL) throw;
        std::this_thread::sleep_for(milliseconds(1));
      }
    }
  }

  // Some come back, or are buried and sent again.
  void Consume(int seed) {
    std::mt19937 random(static_cast<uint32_t>(seed));
    while (!Over()) {
      std::vector<kontor::Message> messages = queue_->TakeMany(kBatch, milliseconds(50));
      for (size_t i = 0; i < messages.size();) {
        if (random() % 10 != 0) {
          ++i;
          continue;
        }
        GiveBack(messages[i], random() % 5 == 0);
        std::swap(messages[i], messages.back());
        messages.pop_back();
      }
      if (queue_->AcknowledgeMany(messages) != messages.size()) stale_.store(true);
      for (const kontor::Message& message : messages) {
        const uint64_t number = std::strtoull(std::string(message.body()).c_str(), nullptr, 10);
        if (message.body() != BodyOf(number)) damaged_.store(true);
        taken_.Count(number);
      }
    }
  }

  void GiveBack(const kontor::Message& message, bool buried) {
    if (!buried)
      return queue_->Return(message, milliseconds(static_cast<int64_t>(message.id() % 20)));
    queue_->Bury(message, "a bad day");
    queue_->Revive(message.id());
  }

  // The largest of the second half beside that of the first, without its beginning.
  bool Watch() {
    int64_t before = 0;
    int64_t after = 0;
    uint64_t files = 0;
    uint64_t told = 0;
    while (!Over()) {
      std::this_thread::sleep_for(milliseconds(50));
      const uint64_t done = taken_.count.load();
      const int64_t resident = ResidentBytes();
      if (done > messages_ / 10)
        (done < messages_ / 2 ? before : after) =
            std::max(done < messages_ / 2 ? before : after, resident);
      files = std::max(files, FileBytes(directory_));
      if (done * 10 / messages_ == told) continue;
      told = done * 10 / messages_;
      std::printf("%" PRIu64 " messages, %" PRId64 " KiB resident, %" PRIu64 " KiB of files\n",
                  done, resident >> 10, FileBytes(directory_) >> 10);
      std::fflush(stdout);
    }
    std::printf("the most: %" PRId64 " KiB in the first half, %" PRId64
                " KiB in the second; %" PRIu64 " KiB of files\n",
                before >> 10, after >> 10, files >> 10);
    return after - before <= kMostGrowthBytes && files <= kMostFileBytes;
  }

  bool Complete() {
    const kontor::QueueFigures figures = queue_->Figures();
    const bool empty = figures.ready + figures.delayed + figures.leased + figures.dead == 0;
    const bool equal = sent_.count == taken_.count && sent_.sum == taken_.sum;
    std::printf("sent %" PRIu64 ", acknowledged %" PRIu64 "%s%s%s\n", sent_.count.load(),
                taken_.count.load(), equal ? "" : ", others than were sent",
                empty ? "" : ", and some are left", stale_ ? ", some by a stale receipt" : "");
    if (damaged_) std::printf("some had another body\n");
    return equal && empty && !stale_ && !damaged_ && FilesAgree();
  }

  // What the files tell is an empty queue, whose ids go on.
  bool FilesAgree() {
    const uint64_t last = queue_->Enqueue("last");
    queue_.reset();
    db_ = kontor::Database();
    db_ = kontor::Database(Options(directory_));
    queue_ = std::make_unique<kontor::Queue>(db_, "soak");
    const std::vector<kontor::Message> left = queue_->TakeMany(10, milliseconds(0));
    const bool agree = left.size() == 1 && left[0].id() == last && left[0].body() == "last" &&
                       queue_->Enqueue("next") == last + 1;
    if (!agree) std::printf("the files tell of something else\n");
    return agree;
  }

  const uint64_t messages_;
  const std::string directory_;
  kontor::Database db_;
  std::unique_ptr<kontor::Queue> queue_;
  std::atomic<uint64_t> next_{0};
  Tally sent_;
  Tally taken_;
  std::atomic<bool> stale_{false};
  std::atomic<bool> damaged_{false};
  std::atomic<bool> failed_{false};
};

}  // namespace

int main(int count, char** arguments) {
  const uint64_t messages =
      count > 1 ? std::max<uint64_t>(1000, std::strtoull(arguments[1], nullptr, 10)) : 4'000'000;
  const std::string directory = "queue_soak." + std::to_string(getpid());
  bool passed = false;
  try {
    passed = Soak(directory, messages).Run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "queue_soak: %s\n", failure.what());
  }
  std::filesystem::remove_all(directory);
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
