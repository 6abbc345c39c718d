// What a million subscriptions take, by what the heap grows and by what the engine counts.

#include <malloc.h>

#include <cstdio>
#include <functional>
#include <kontor/kontor.hpp>
#include <string>

#include "channels/measures.h"

namespace bench {
namespace {

constexpr uint64_t kTags = 1'000'000;

double HeapBytes() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks) + static_cast<double>(heap.hblkhd);
}

void Measure(const char* what, uint64_t subscriptions_per_tag,
             const std::function<std::string(uint64_t tag, uint64_t nth)>& channel) {
  kontor::Database db;
  kontor::Mailbox mailbox(db);
  mailbox.Subscribe("warm", UINT64_MAX);
  const double before = HeapBytes();
  const auto counted_before = db.Figure(KONTOR_FIGURE_MEMORY_MAILBOXES_BYTES);
  for (uint64_t tag = 0; tag < kTags; ++tag) {
    for (uint64_t nth = 0; nth < subscriptions_per_tag; ++nth) {
      mailbox.Subscribe(channel(tag, nth), tag);
    }
  }
  const double count = static_cast<double>(kTags * subscriptions_per_tag);
  const double bytes = (HeapBytes() - before) / count;
  const double counted =
      static_cast<double>(db.Figure(KONTOR_FIGURE_MEMORY_MAILBOXES_BYTES) - counted_before) / count;
  std::printf("| %s | %.1f | %.1f | <= 64, %s |\n", what, bytes, counted,
              bytes <= 64 ? "met" : "**missed**");
  std::fflush(stdout);
}

}  // namespace

void MeasureMemory() {
  Measure("on one channel", 1, [](uint64_t, uint64_t) { return std::string("all"); });
  Measure("over 1,000 channels", 1,
          [](uint64_t tag, uint64_t) { return "room:" + std::to_string(tag % 1000); });
  Measure("on a channel of its own each", 1,
          [](uint64_t tag, uint64_t) { return "user:" + std::to_string(tag); });
  Measure("on 3 of 10,000 topics each", 3, [](uint64_t tag, uint64_t nth) {
    return "topic:" + std::to_string((tag * 7919 + nth * 3331) % 10'000);
  });
}

}  // namespace bench
