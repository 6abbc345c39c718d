#include "db/slow_log.h"

#include <algorithm>
#include <utility>

namespace kontor {
namespace {

std::vector<std::string> Cut(absl::Span<const Bytes> arguments) {
  constexpr size_t kMostArguments = 32;
  constexpr size_t kMostBytes = 128;
  std::vector<std::string> cut;
  for (const Bytes argument : arguments) {
    const size_t left = arguments.size() - cut.size();
    if (left > 1 && cut.size() == kMostArguments - 1) {
      cut.push_back("... (" + std::to_string(left) + " more arguments)");
      break;
    }
    cut.emplace_back(argument.substr(0, kMostBytes));
    if (argument.size() > kMostBytes) {
      cut.back() += "... (" + std::to_string(argument.size() - kMostBytes) + " more bytes)";
    }
  }
  return cut;
}

}  // namespace

void SlowLog::set_capacity(uint64_t entries) {
  const MutexLock lock(&mutex_);
  capacity_ = entries;
  if (entries_.size() > capacity_) entries_.resize(capacity_);
}

uint64_t SlowLog::capacity() const {
  const MutexLock lock(&mutex_);
  return capacity_;
}

void SlowLog::Add(Entry entry, absl::Span<const Bytes> arguments) {
  entry.arguments = Cut(arguments);
  const MutexLock lock(&mutex_);
  if (capacity_ == 0) return;
  entry.id = next_id_;
  entries_.push_front(std::move(entry));
  ++next_id_;
  if (entries_.size() > capacity_) entries_.pop_back();
}

std::vector<SlowLog::Entry> SlowLog::Newest(uint64_t count) const {
  const MutexLock lock(&mutex_);
  const auto wanted = static_cast<ptrdiff_t>(std::min<uint64_t>(count, entries_.size()));
  return {entries_.begin(), entries_.begin() + wanted};
}

uint64_t SlowLog::size() const {
  const MutexLock lock(&mutex_);
  return entries_.size();
}

void SlowLog::Clear() {
  const MutexLock lock(&mutex_);
  entries_.clear();
}

}  // namespace kontor
