#include "persist/append_buffer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/striped_counters.h"
#include "persist/journal_format.h"

namespace kontor {

// ---- What was taken out. ----

size_t AppendBuffer::Part::bytes() const {
  size_t bytes = 0;
  for (const std::string& lane : lanes) bytes += lane.size();
  return bytes;
}

size_t AppendBuffer::Part::capacity() const {
  size_t bytes = 0;
  for (const std::string& lane : lanes) bytes += lane.capacity();
  return bytes;
}

void AppendBuffer::Part::ReserveLanes() {
  for (std::string& lane : lanes) lane.reserve(kLaneBytes);
}

Status AppendBuffer::Part::VisitInOrder(absl::FunctionRef<Status(Bytes)> write) const {
  constexpr uint64_t kNoMore = UINT64_MAX;
  std::array<Bytes, kLanes> rest;
  std::array<FrameHeader, kLanes> next;  // the first frame of each rest
  const auto look = [&](size_t lane) {
    next[lane] = rest[lane].empty() ? FrameHeader{.lsn = kNoMore} : DecodeFrameHeader(rest[lane]);
  };
  for (size_t lane = 0; lane < kLanes; ++lane) {
    rest[lane] = lanes[lane];
    look(lane);
  }
  while (true) {
    size_t lane = 0;
    for (size_t other = 1; other < kLanes; ++other) {
      if (next[other].lsn < next[lane].lsn) lane = other;
    }
    if (next[lane].lsn == kNoMore) return Ok();
    // As many as follow each other in this lane.
    const Bytes from_here = rest[lane];
    uint64_t lsn = next[lane].lsn;
    for (; next[lane].lsn == lsn; ++lsn) {
      rest[lane].remove_prefix(kFrameHeaderBytes + next[lane].payload_bytes);
      look(lane);
    }
    KONTOR_RETURN_IF_ERROR(write(from_here.substr(0, from_here.size() - rest[lane].size())));
  }
}

size_t AppendBuffer::Parts::bytes() const {
  size_t bytes = last.bytes();
  for (const Part& part : sealed) bytes += part.bytes();
  return bytes;
}

size_t AppendBuffer::Parts::capacity() const {
  size_t bytes = last.capacity();
  for (const Part& part : sealed) bytes += part.capacity();
  return bytes;
}

void AppendBuffer::Parts::Recycle(size_t kept_lane_bytes) {
  sealed.clear();
  last.begins_segment = false;
  for (std::string& lane : last.lanes) {
    lane.clear();
    if (lane.capacity() <= kept_lane_bytes) continue;
    try {
      std::string smaller;
      smaller.reserve(kLaneBytes);
      lane.swap(smaller);
    } catch (const std::bad_alloc&) {
      continue;  // then the large one stays
    }
  }
}

// ---- The lanes. ----

class ABSL_SCOPED_LOCKABLE AppendBuffer::AllLanes {
 public:
  // The analysis cannot follow locks in a loop; whoever touches a lane asserts that it is held.
  explicit AllLanes(AppendBuffer* buffer)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(buffer->sealing_) ABSL_NO_THREAD_SAFETY_ANALYSIS
      : buffer_(buffer) {
    buffer_->sealing_.Lock();
    for (Lane& lane : buffer_->lanes_) lane.mutex.Lock();
  }
  ~AllLanes() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (Lane& lane : buffer_->lanes_) lane.mutex.Unlock();
    buffer_->sealing_.Unlock();
  }
  AllLanes(const AllLanes&) = delete;
  AllLanes& operator=(const AllLanes&) = delete;

 private:
  AppendBuffer* const buffer_;
};

AppendBuffer::AppendBuffer(uint64_t next_lsn, uint64_t salt)
    : next_lsn_(next_lsn), salt_(salt), segment_first_lsn_(next_lsn) {
  for (Lane& lane : lanes_) {
    const MutexLock lock(&lane.mutex);
    lane.frames.reserve(kLaneBytes);
  }
}

void AppendBuffer::set_budget(MemoryBudget* budget) {
  for (Lane& lane : lanes_) {
    const MutexLock lock(&lane.mutex);
    lane.memory.set_budget(budget);
    lane.memory.Set(static_cast<int64_t>(lane.frames.capacity()));
  }
}

AppendBuffer::Place AppendBuffer::Append(Bytes payload, uint64_t payload_hash) {
  const size_t frame_bytes = kFrameHeaderBytes + payload.size();
  Lane& lane = lanes_[ThreadStripe() % kLanes];
  const MutexLock lock(&lane.mutex);
  if (stopped_.load(std::memory_order_relaxed)) return {.lsn = next_lsn_.fetch_add(1)};
  const size_t needed_bytes = lane.frames.size() + frame_bytes;
  if (needed_bytes > lane.frames.capacity()) {
    lane.frames.reserve(std::max(needed_bytes, 2 * lane.frames.capacity()));
    lane.memory.Set(static_cast<int64_t>(lane.frames.capacity()));
  }
  const uint64_t lsn = next_lsn_.fetch_add(1);
  AppendFrame(&lane.frames, salt_.load(std::memory_order_relaxed), lsn, payload, payload_hash);
  return {.lsn = lsn, .pending_bytes = pending_bytes_.fetch_add(frame_bytes) + frame_bytes};
}

uint64_t AppendBuffer::Swap(Parts* parts) {
  KONTOR_CHECK(parts->bytes() == 0 && parts->sealed.empty());
  const AllLanes all(this);
  parts->sealed.swap(sealed_);
  parts->last.begins_segment = std::exchange(begins_segment_, false);
  parts->last.salt = salt_.load(std::memory_order_relaxed);
  parts->last.first_lsn = segment_first_lsn_;
  for (size_t i = 0; i < kLanes; ++i) {
    Lane& lane = lanes_[i];
    lane.mutex.AssertHeld();
    lane.frames.swap(parts->last.lanes[i]);
    lane.memory.Set(static_cast<int64_t>(lane.frames.capacity()));
  }
  pending_bytes_.store(0);
  sealed_bytes_.store(0);
  return next_lsn() - 1;
}

uint64_t AppendBuffer::BeginSegment(uint64_t salt) {
  Part part;
  part.ReserveLanes();
  const AllLanes all(this);
  sealed_.reserve(sealed_.size() + 1);
  part.begins_segment = std::exchange(begins_segment_, true);
  part.salt = salt_.load(std::memory_order_relaxed);
  part.first_lsn = std::exchange(segment_first_lsn_, next_lsn());
  for (size_t i = 0; i < kLanes; ++i) {
    Lane& lane = lanes_[i];
    lane.mutex.AssertHeld();
    lane.frames.swap(part.lanes[i]);
    lane.memory.Set(static_cast<int64_t>(lane.frames.capacity()));
  }
  sealed_bytes_.store(sealed_bytes_.load() + part.bytes());
  sealed_.push_back(std::move(part));
  salt_.store(salt, std::memory_order_relaxed);
  return segment_first_lsn_;
}

void AppendBuffer::Stop() {
  const AllLanes all(this);
  stopped_.store(true, std::memory_order_relaxed);
  sealed_.clear();
  for (Lane& lane : lanes_) {
    lane.mutex.AssertHeld();
    std::string().swap(lane.frames);
    lane.memory.Set(0);
  }
  pending_bytes_.store(0);
  sealed_bytes_.store(0);
}

}  // namespace kontor
