#include "versus/alone.h"

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <kontor/kontor.hpp>
#include <string>

#include "temporary_folder.h"
#include "versus/questions.h"

namespace bench {
namespace {

constexpr size_t kBatch = 64;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "versus: %s\n", what);
  std::exit(1);
}

void Set(kontor_db* db, const BinaryKey& key, std::string_view value) {
  if (kontor_set(db, key.view().data(), kKeyBytes, value.data(), value.size(), nullptr) !=
      KONTOR_OK) {
    Fail("a set failed");
  }
}

void Fill(kontor_db* db, uint64_t keys) {
  OwnValue value;
  for (uint64_t number = 0; number < keys; ++number) Set(db, BinaryKey(number), value.Of(number));
}

void GetOne(kontor_db* db, uint64_t number) {
  char buffer[kValueBytes];
  size_t length = 0;
  const BinaryKey key(number);
  if (kontor_get(db, key.view().data(), kKeyBytes, buffer, sizeof(buffer), &length, nullptr) !=
          KONTOR_OK ||
      !IsValueOf(number, buffer)) {
    Fail("a key was lost or mixed up");
  }
}

// The keys of one batch, drawn anew each time.
class Batch {
 public:
  Batch(uint64_t keys, uint64_t seed) : keys_(keys), random_(seed) {}
  void Draw() {
    for (size_t i = 0; i < kBatch; ++i) {
      numbers_[i] = Uniform(random_.Next(), keys_);
      names_[i] = BinaryKey(numbers_[i]);
      name_bytes_[i] = {names_[i].view().data(), kKeyBytes};
    }
  }
  void GetEach(kontor_db* db) {
    for (const uint64_t number : numbers_) GetOne(db, number);
  }
  void GetTogether(kontor_db* db) {
    if (kontor_mget(db, name_bytes_.data(), kBatch, buffer_.data(), buffer_.size(), values_.data(),
                    nullptr, nullptr) != KONTOR_OK) {
      Fail("a batch of gets failed");
    }
    for (size_t i = 0; i < kBatch; ++i) {
      if (!IsValueOf(numbers_[i], values_[i].data)) Fail("a key was lost or mixed up");
    }
  }
  void SetEach(kontor_db* db) {
    for (size_t i = 0; i < kBatch; ++i) Set(db, names_[i], texts_[i].Of(numbers_[i]));
  }
  void SetTogether(kontor_db* db) {
    for (size_t i = 0; i < kBatch; ++i) {
      const std::string_view text = texts_[i].Of(numbers_[i]);
      values_[i] = {text.data(), text.size()};
    }
    if (kontor_mset(db, name_bytes_.data(), values_.data(), kBatch, nullptr) != KONTOR_OK) {
      Fail("a batch of sets failed");
    }
  }

 private:
  const uint64_t keys_;
  Random random_;
  std::array<uint64_t, kBatch> numbers_ = {};
  std::array<BinaryKey, kBatch> names_;
  std::array<OwnValue, kBatch> texts_;
  std::array<kontor_bytes, kBatch> name_bytes_ = {};
  std::array<kontor_bytes, kBatch> values_ = {};
  std::array<char, kBatch* kValueBytes> buffer_ = {};
};

struct Slices {
  double seconds;
  int rounds;
};

using Slice = std::function<double()>;  // one slice: a rate

// Medians of two configurations whose slices alternate.
void PrintRatio(const char* what, const Slices& slices, const Slice& one, const Slice& other) {
  std::fprintf(stderr, "%s\n", what);
  std::vector<double> rates, other_rates;
  for (int round = 0; round < slices.rounds; ++round) {
    rates.push_back(one() / 1e6);
    other_rates.push_back(other() / 1e6);
  }
  const double rate = Median(rates);
  const double other_rate = Median(other_rates);
  std::printf("| %s | %.2f | %.2f | %.2f × |\n", what, rate, other_rate, rate / other_rate);
  std::fflush(stdout);
}

Slice BatchSlice(kontor_db* db, uint64_t keys, int threads, const Slices& slices,
                 void (Batch::*ask)(kontor_db*)) {
  return [=] {
    return RateOf(threads, slices.seconds, [=](int thread) {
      return [batch = Batch(keys, SeedOfThread(thread)), db, ask]() mutable {
        batch.Draw();
        (batch.*ask)(db);
        return kBatch;
      };
    });
  };
}

void MeasureBatches(kontor_db* db, uint64_t keys, const Slices& slices) {
  for (const int threads : {1, 2}) {
    const std::string suffix = std::to_string(threads) + " thread(s)";
    PrintRatio(("64 keys by kontor_mget; by kontor_get, " + suffix).c_str(), slices,
               BatchSlice(db, keys, threads, slices, &Batch::GetTogether),
               BatchSlice(db, keys, threads, slices, &Batch::GetEach));
    PrintRatio(("64 keys by kontor_mset; by kontor_set, " + suffix).c_str(), slices,
               BatchSlice(db, keys, threads, slices, &Batch::SetTogether),
               BatchSlice(db, keys, threads, slices, &Batch::SetEach));
  }
}

Slice HalfWrites(kontor_db* db, uint64_t keys, int threads, const Slices& slices) {
  return [=] {
    return RateOf(threads, slices.seconds, [=](int thread) {
      return [=, random = Random(SeedOfThread(thread)), value = OwnValue()]() mutable {
        constexpr uint64_t kAtOnce = 256;
        for (uint64_t i = 0; i < kAtOnce; ++i) {
          const uint64_t draw = random.Next();
          const uint64_t number = Uniform(draw, keys);
          (draw & 1) != 0 ? Set(db, BinaryKey(number), value.Of(number)) : GetOne(db, number);
        }
        return kAtOnce;
      };
    });
  };
}

void MeasureJournal(kontor_db* in_memory, uint64_t keys, const Slices& slices) {
  const TemporaryFolder folder;
  kontor::Options options;
  options.SetDirectory(folder.path()).SetDurability(kontor::Durability::kAsync);
  options.SetNumber(KONTOR_OPTION_SNAPSHOT_AT_CLOSE, 0);
  // What a snapshot costs is another figure.
  options.SetNumber(KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES, int64_t{1} << 40);
  const kontor::Database on_disk(options);
  Fill(on_disk.handle(), keys);
  for (const int threads : {1, 2}) {
    const std::string what = "50 % writes with a journal (async); without files, " +
                             std::to_string(threads) + " thread(s)";
    PrintRatio(what.c_str(), slices, HalfWrites(on_disk.handle(), keys, threads, slices),
               HalfWrites(in_memory, keys, threads, slices));
  }
}

void PrintFigure(const char* what, double value, const char* unit) {
  std::printf("| %s | %.1f %s | | |\n", what, value, unit);
  std::fflush(stdout);
}

double ProcessorSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The deadlines lie evenly in a span of time; in the middle of it, while nobody asks for anything,
// whatever the process does is to remove what expires.
void MeasureExpiry(uint64_t keys) {
  std::fprintf(stderr, "expiry\n");
  constexpr int64_t kSpanMs = 100'000;
  constexpr double kWatchedSeconds = 15;
  const kontor::Database db;
  OwnValue value;
  const auto begin = Clock::now();
  for (uint64_t number = 0; number < keys; ++number) {
    const auto passed_ms = static_cast<int64_t>(SecondsSince(begin) * 1000);
    const auto share =
        static_cast<double>(Uniform(Random(~number).Next(), keys)) / static_cast<double>(keys);
    const int64_t ttl_ms =
        30'000 + static_cast<int64_t>(share * static_cast<double>(kSpanMs)) - passed_ms;
    const std::string_view text = value.Of(number);
    if (kontor_set_with(db.handle(), BinaryKey(number).view().data(), kKeyBytes, text.data(),
                        text.size(), 0, std::max<int64_t>(ttl_ms, 1), nullptr) != KONTOR_OK) {
      Fail("a set failed");
    }
  }
  const double wait_seconds = 40 - SecondsSince(begin);
  if (wait_seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(wait_seconds));
  const double processor_before = ProcessorSeconds();
  const int64_t expired_before = db.Figure(KONTOR_FIGURE_EXPIRED_KEYS);
  std::this_thread::sleep_for(std::chrono::duration<double>(kWatchedSeconds));
  const double processor = (ProcessorSeconds() - processor_before) / kWatchedSeconds;
  const auto expired = static_cast<double>(db.Figure(KONTOR_FIGURE_EXPIRED_KEYS) - expired_before);
  PrintFigure("keys that expire", expired / kWatchedSeconds / 1000, "thousand/s");
  PrintFigure("what removing them takes", 100 * processor, "% of one core");
}

void MeasureReturnedMemory(uint64_t keys) {
  std::fprintf(stderr, "memory given back\n");
  const auto to_mib = [](uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  const uint64_t before = ResidentBytes();
  kontor::Database db;
  Fill(db.handle(), keys);
  PrintFigure("resident with all keys", to_mib(ResidentBytes() - before), "MiB");
  for (uint64_t number = 0; number < keys; ++number) db.Delete(BinaryKey(number).view());
  PrintFigure("resident after each was deleted", to_mib(ResidentBytes() - before), "MiB");
}

}  // namespace

void MeasureAlone(uint64_t keys, double slice_seconds, int rounds) {
  const Slices slices{slice_seconds, rounds};
  std::printf("\n| kontor alone, %llu keys | M/s | M/s | ratio |\n|---|---|---|---|\n",
              static_cast<unsigned long long>(keys));
  {
    const kontor::Database db;
    Fill(db.handle(), keys);
    MeasureBatches(db.handle(), keys, slices);
    MeasureJournal(db.handle(), keys, slices);
  }
  MeasureReturnedMemory(keys);
  MeasureExpiry(keys);
}

}  // namespace bench
