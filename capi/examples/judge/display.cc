#include "display.h"

#include <unistd.h>

#include <cstdio>

namespace judge {
namespace {

using namespace std::chrono_literals;

constexpr auto kLiveInterval = 100ms;
constexpr auto kPlainInterval = 2s;
constexpr int kBarWidth = 24;
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

Display::Display(uint64_t submissions)
    : submissions_(static_cast<int64_t>(submissions)),
      live_(isatty(STDOUT_FILENO) == 1),
      start_(Clock::now()),
      next_(start_) {}

void Display::Say(const std::string& text) {
  std::printf("%s%s\n", live_ ? kClearLine : "", text.c_str());
  std::fflush(stdout);
}

std::string Display::Line(int64_t judged, const Report& report) const {
  const double share = static_cast<double>(judged) / static_cast<double>(submissions_);
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = static_cast<double>(judged) / seconds;
  std::string bar(kBarWidth, '-');
  bar.replace(0, static_cast<size_t>(share * kBarWidth),
              std::string(static_cast<size_t>(share * kBarWidth), '#'));
  char line[160];
  std::snprintf(line, sizeof line, "[%s] %3.0f %%  %lld judged  %.0f/s  %lld waiting  %s",
                bar.c_str(), 100 * share, static_cast<long long>(judged), rate,
                static_cast<long long>(report["ready"]),
                judged == 0 ? ""
                            : (std::to_string(static_cast<int64_t>(
                                   static_cast<double>(submissions_ - judged) / rate + 0.5)) +
                               " s left")
                                  .c_str());
  return line;
}

void Display::Show(const Report& report) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  const std::string line = Line(report["judged"], report);
  if (live_) {
    std::printf("%s%s", kClearLine, line.c_str());
    std::fflush(stdout);
    next_ = now + kLiveInterval;
  } else {
    Say(line);
    next_ = now + kPlainInterval;
  }
}

}  // namespace judge
