#ifndef KONTOR_PERSIST_APPEND_BUFFER_H_
#define KONTOR_PERSIST_APPEND_BUFFER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"

namespace kontor {

// Where records get their place in the log, and wait to be written. Thread-safe.
//
// One buffer under one lock would be the one thing that all writers of an engine fetch from each
// other. So threads append to lanes, of which each has its lock and its memory, and share nothing
// but the counter that numbers the records. A lane's numbers rise but are not continuous; all lanes
// together are: a number is taken with the lane locked, and Swap locks all of them, so what it
// takes is everything up to one number and nothing beyond. Whoever writes it merges the lanes by
// number.
//
// Two records that concern the same data are appended under a lock of that data, so their numbers
// have its order. The counters are atomics, and the lanes' locks order everything else.
class AppendBuffer {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
 public:
  static constexpr size_t kLanes = 8;
  // What a lane has from the beginning.
  static constexpr size_t kLaneBytes = size_t{16} << 10;

  // Frames of one segment.
  struct Part {
    bool begins_segment = false;
    uint64_t salt = 0;       // of the segment that it begins
    uint64_t first_lsn = 0;  // of the segment that it begins
    std::array<std::string, kLanes> lanes;

    size_t bytes() const;
    size_t capacity() const;
    // Throws std::bad_alloc.
    void ReserveLanes();
    // Hands over the frames in the order of their LSNs, some that lie together at a time, until
    // `write` fails.
    Status VisitInOrder(absl::FunctionRef<Status(Bytes)> write) const;
  };
  // Parts in their order: those that are complete, and one that nothing has ended yet.
  struct Parts {
    std::vector<Part> sealed;
    Part last;

    size_t bytes() const;
    size_t capacity() const;
    // Leaves one empty part and its memory, unless a lane of it is larger than that.
    void Recycle(size_t kept_lane_bytes);
  };

  // Throws std::bad_alloc.
  AppendBuffer(uint64_t next_lsn, uint64_t salt);

  // Who counts its memory; must outlive this.
  void set_budget(MemoryBudget* budget);

  struct Place {
    uint64_t lsn = 0;
    size_t pending_bytes = 0;  // of all that wait now, this record included; 0: it was dropped
  };
  // The next place in the log. Throws std::bad_alloc, and then none was taken.
  Place Append(Bytes payload, uint64_t payload_hash);

  // Takes everything so far out into *parts, which must be empty and whose memory is used from now.
  // Answers the last LSN.
  uint64_t Swap(Parts* parts);
  // The records from now on, the first of which is answered, are of another segment. Throws
  // std::bad_alloc, and then nothing was done.
  uint64_t BeginSegment(uint64_t salt);
  // Drops what is there, and whatever comes: it still gets a number.
  void Stop();

  uint64_t next_lsn() const { return next_lsn_.load(); }
  // Of records that wait; and of those the ones of the last segment.
  size_t pending_bytes() const { return pending_bytes_.load(); }
  size_t pending_segment_bytes() const { return pending_bytes() - sealed_bytes_.load(); }

 private:
  struct alignas(64) Lane {
    Mutex mutex;
    std::string frames ABSL_GUARDED_BY(mutex);
    CountedMemory memory ABSL_GUARDED_BY(mutex){MemoryPurpose::kJournal};
  };
  class AllLanes;

  // What every Append changes. The order of all accesses is the total one: a thread that appends
  // and then asks whether the flusher sleeps, and a flusher that goes to sleep and then asks for
  // new records, must not both be told no.
  alignas(64) std::atomic<uint64_t> next_lsn_;
  std::atomic<size_t> pending_bytes_{0};
  // What it reads; written with all lanes locked.
  alignas(64) std::atomic<uint64_t> salt_;
  std::atomic<bool> stopped_{false};
  std::atomic<size_t> sealed_bytes_{0};

  std::array<Lane, kLanes> lanes_;
  Mutex sealing_;  // taken before all lanes are
  std::vector<Part> sealed_ ABSL_GUARDED_BY(sealing_);
  // Of the part that the lanes are.
  bool begins_segment_ ABSL_GUARDED_BY(sealing_) = false;
  uint64_t segment_first_lsn_ ABSL_GUARDED_BY(sealing_);
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_APPEND_BUFFER_H_
