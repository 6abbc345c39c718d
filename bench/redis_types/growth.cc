#include <atomic>
#include <cstdio>
#include <thread>

#include "redis_types/elements.h"
#include "redis_types/measures.h"
#include "versus/questions.h"

namespace bench {
namespace {

constexpr std::string_view kCollection = "collection";
constexpr uint64_t kOtherKeys = 10'000;

double MicrosecondsBetween(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

// How long somebody was held up.
struct Stalls {
  void Add(double us) {
    longest_us = std::max(longest_us, us);
    if (us > 100) ++over_100_us;
  }
  void Print(const char* name, const char* behind) const {
    std::printf("\"%s\": {\"longest_us\": %.0f, \"over_100_us\": %llu}%s", name, longest_us,
                static_cast<unsigned long long>(over_100_us), behind);
  }
  double longest_us = 0;
  uint64_t over_100_us = 0;
};

struct Seen {
  void Print(const char* name, const char* behind) const {
    std::printf("\"%s\": {", name);
    strings.Print("strings", ", ");
    finds.Print("finds", ", ");
    empty.Print("empty", "}");
    std::printf("%s", behind);
  }
  Stalls strings;  // GET and SET of other keys
  Stalls finds;    // what looks something up in the collection
  Stalls empty;    // an empty loop of the same thread, for as long as it asked
};

enum Phase : size_t { kQuiet, kGrowth, kDeletion, kDone };

// Asks all the time, of other keys and now and then of the collection, while another thread grows
// it and deletes it.
class Bystander {
 public:
  Bystander(KontorStore* store, std::string_view type) : store_(store), elements_(type) {
    for (uint64_t number = 0; number < kOtherKeys; ++number) Set(number);
  }
  void Start() {
    thread_ = std::thread([this] { Watch(); });
  }
  void Enter(Phase phase) {
    phase_.store(phase, std::memory_order_relaxed);
    if (phase == kDone) thread_.join();
  }
  void SetMembers(uint64_t members) { members_.store(members, std::memory_order_relaxed); }
  // Once it is done.
  const Seen& seen(Phase phase) const { return seen_[phase]; }

 private:
  void Watch() {
    constexpr uint64_t kFindsOneOf = 64;
    for (uint64_t i = 0;; ++i) {
      const size_t phase = phase_.load(std::memory_order_relaxed);
      if (phase == kDone) return;
      const bool finds = i % kFindsOneOf == 0;
      const auto begin = Clock::now();
      finds ? Find() : i % 2 == 0 ? Get(random_.Next()) : Set(random_.Next());
      const auto end = Clock::now();
      const double took_us = MicrosecondsBetween(begin, end);
      (finds ? seen_[phase].finds : seen_[phase].strings).Add(took_us);
      Idle(std::min(took_us, 100.0), end, &seen_[phase].empty);
    }
  }
  static void Idle(double us, Clock::time_point begin, Stalls* empty) {
    auto last = begin;
    while (MicrosecondsBetween(begin, last) < us) {
      const auto now = Clock::now();
      empty->Add(MicrosecondsBetween(last, now));
      last = now;
    }
  }
  void Find() {
    const uint64_t members = members_.load(std::memory_order_relaxed);
    store_->Run(elements_.Find(kCollection, members == 0 ? 0 : random_.Next() % members));
  }
  void Get(uint64_t draw) {
    const Key key(Uniform(draw, kOtherKeys));
    const std::array<std::string_view, 2> command = {"GET", key.view()};
    store_->Run(command);
  }
  void Set(uint64_t draw) {
    const Key key(Uniform(draw, kOtherKeys));
    const std::array<std::string_view, 3> command = {"SET", key.view(), Value()};
    store_->Run(command);
  }

  KontorStore* const store_;
  Elements elements_;
  Random random_{SeedOfThread(1)};
  std::atomic<size_t> phase_{kQuiet};
  std::atomic<uint64_t> members_{0};
  std::array<Seen, kDone> seen_;
  std::thread thread_;
};

// Keeps this core as busy as the growth will.
void Spin(double seconds) {
  for (const auto begin = Clock::now(); SecondsSince(begin) < seconds;) continue;
}

// The longest insert.
double Grow(KontorStore* store, std::string_view type, uint64_t members, Bystander* bystander) {
  constexpr uint64_t kBetweenNews = 1024;
  Elements elements(type);
  double longest_us = 0;
  auto last = Clock::now();
  for (uint64_t number = 0; number < members; ++number) {
    if (number % kBetweenNews == 0) bystander->SetMembers(number);
    store->Run(elements.Insert(kCollection, number));
    const auto now = Clock::now();
    longest_us = std::max(longest_us, MicrosecondsBetween(last, now));
    last = now;
  }
  return longest_us;
}

struct Deletion {
  double command_us = 0;
  double seconds = 0;  // until all memory was given back
};

Deletion Delete(KontorStore* store) {
  constexpr double kLongestSeconds = 60;
  Deletion deletion;
  const std::array<std::string_view, 2> command = {"DEL", kCollection};
  const auto begin = Clock::now();
  store->Run(command);
  deletion.command_us = MicrosecondsBetween(begin, Clock::now());
  while (store->Figure(KONTOR_FIGURE_MEMORY_COLLECTIONS_BYTES) != 0) {
    if (SecondsSince(begin) > kLongestSeconds) Fail("a collection is not given back");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  deletion.seconds = SecondsSince(begin);
  return deletion;
}

}  // namespace

void MeasureGrowth(std::string_view type, uint64_t members) {
  constexpr double kQuietSeconds = 2;
  KontorStore store;
  Bystander bystander(&store, type);
  bystander.Start();
  Spin(kQuietSeconds);
  bystander.Enter(kGrowth);
  const auto begin = Clock::now();
  const double longest_insert_us = Grow(&store, type, members, &bystander);
  const double growth_seconds = SecondsSince(begin);
  const uint64_t resident = ResidentBytes();
  bystander.Enter(kDeletion);
  const Deletion deletion = Delete(&store);
  bystander.Enter(kDone);
  std::printf("{\"growth_seconds\": %.2f, \"longest_insert_us\": %.0f, \"resident_bytes\": %llu, ",
              growth_seconds, longest_insert_us, static_cast<unsigned long long>(resident));
  std::printf("\"delete_us\": %.0f, \"free_seconds\": %.2f, ", deletion.command_us,
              deletion.seconds);
  bystander.seen(kQuiet).Print("quiet", ", ");
  bystander.seen(kGrowth).Print("growth", ", ");
  bystander.seen(kDeletion).Print("deletion", "}\n");
}

}  // namespace bench
