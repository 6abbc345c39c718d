#include <cstdio>
#include <cstring>

#include "redis_types/measures.h"
#include "redis_types/store.h"
#include "versus/questions.h"

namespace bench {
namespace {

// A command whose __rand_int__ are drawn anew each time, where they stand.
class Drawn {
 public:
  Drawn(const std::string& text, uint64_t range) : text_(text), range_(range) {
    for (size_t begin = 0; begin < text_.size();) {
      const size_t end = std::min(text_.find(' ', begin), text_.size());
      words_.emplace_back(text_.data() + begin, end - begin);
      begin = end + 1;
    }
    for (size_t at = 0; (at = text_.find(kPlace, at)) != std::string::npos; at += kPlace.size()) {
      places_.push_back(text_.data() + at);
    }
  }
  Drawn(const Drawn&) = delete;
  Drawn& operator=(const Drawn&) = delete;

  Command Draw(Random* random) {
    for (char* const place : places_) {
      uint64_t number = Uniform(random->Next(), range_);
      for (size_t i = kPlace.size(); i-- > 0; number /= 10) {
        place[i] = static_cast<char>('0' + number % 10);
      }
    }
    return words_;
  }

 private:
  static constexpr std::string_view kPlace = "__rand_int__";
  std::string text_;
  const uint64_t range_;
  std::vector<std::string_view> words_;
  std::vector<char*> places_;
};

}  // namespace

void MeasureThroughput(uint64_t operations, uint64_t range, std::span<const std::string> commands) {
  const kontor::Database db;
  Random random(SeedOfThread(0));
  const char* before = "[";
  for (const std::string& text : commands) {
    Drawn command(text, range);
    const auto begin = Clock::now();
    const double processor_begin = ThreadProcessorSeconds();
    for (uint64_t i = 0; i < operations; ++i) Execute(db.handle(), command.Draw(&random));
    const auto count = static_cast<double>(operations);
    std::printf("%s[%.0f, %.1f]", before, count / SecondsSince(begin),
                (ThreadProcessorSeconds() - processor_begin) * 1e9 / count);
    before = ", ";
  }
  std::printf("]\n");
}

}  // namespace bench
