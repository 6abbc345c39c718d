#include "db/latency_history.h"

#include <algorithm>

namespace kontor {

void LatencyHistory::Add(Bytes event, Sample sample) {
  const MutexLock lock(&mutex_);
  History& history = histories_[std::string(event)];
  history.worst_ms = std::max(history.worst_ms, sample.latency_ms);
  if (history.count > 0 && history.latest().unix_seconds == sample.unix_seconds) {
    int64_t& latency_ms = history.latest().latency_ms;
    latency_ms = std::max(latency_ms, sample.latency_ms);
    return;
  }
  ++history.count;
  history.latest() = sample;
}

std::vector<LatencyHistory::Event> LatencyHistory::Events() const {
  const MutexLock lock(&mutex_);
  std::vector<Event> events;
  for (const auto& [name, history] : histories_) {
    events.push_back({name, history.latest(), history.worst_ms});
  }
  return events;
}

std::vector<LatencyHistory::Sample> LatencyHistory::SamplesOf(Bytes event) const {
  const MutexLock lock(&mutex_);
  std::vector<Sample> samples;
  const auto found = histories_.find(event);
  if (found == histories_.end()) return samples;
  const History& history = found->second;
  for (size_t i = history.count - std::min(history.count, kSamples); i < history.count; ++i) {
    samples.push_back(history.ring[i % kSamples]);
  }
  return samples;
}

bool LatencyHistory::Forget(Bytes event) {
  const MutexLock lock(&mutex_);
  const auto found = histories_.find(event);
  if (found == histories_.end()) return false;
  histories_.erase(found);
  return true;
}

}  // namespace kontor
