#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "persist/journal_format.h"
#include "persist/journal_state.h"

namespace kontor {
namespace {

// The background thread writes when this much waits, or the first of it has waited that long.
constexpr size_t kWriteBytes = size_t{256} << 10;
constexpr int64_t kWriteDelayMs = 10;
// Memory of a written chunk that is worth keeping: this part of what may wait.
constexpr size_t kKeptParts = 8;

Status Forked() {
  return Status(Code::kForked,
                "the process was forked: only the parent may write; open the database anew in the "
                "child, from another directory");
}

}  // namespace

bool Journal::State::MakeRoom(size_t frame_bytes) {
  while (stopped.ok()) {
    std::string& bytes = pending.last.bytes;
    if (bytes.capacity() - bytes.size() >= frame_bytes) return true;
    try {
      bytes.reserve(std::max(bytes.size() + frame_bytes, 2 * bytes.capacity()));
      CountMemory();
      return true;
    } catch (const std::bad_alloc&) {
      if (bytes.empty()) return false;
    }
    // Engine locks are held, and this waits for the disk: better than to lose the record.
    if (flushing) {
      flushed.Wait(&mutex);
    } else {
      Flush(false);
    }
  }
  return true;  // nothing is kept any more
}

size_t Journal::State::Buffer::capacity() const {
  size_t bytes = last.bytes.capacity();
  for (const Chunk& chunk : sealed) bytes += chunk.bytes.capacity();
  return bytes;
}

void Journal::State::CountMemory() {
  memory.Set(static_cast<int64_t>(pending.capacity() + writing_capacity));
}

void Journal::State::Buffer::Recycle(size_t kept_bytes) {
  sealed.clear();
  sealed_bytes = 0;
  last.begins_segment = false;
  last.bytes.clear();
  if (last.bytes.capacity() <= kept_bytes) return;
  try {
    std::string smaller;
    smaller.reserve(kBufferBytes);
    last.bytes.swap(smaller);
  } catch (const std::bad_alloc&) {
    return;  // then the large one stays
  }
}

void Journal::State::Flush(bool sync) {
  KONTOR_CHECK(!flushing);
  flushing = true;
  flushing_bytes = pending.bytes();
  segment_flushed_bytes += pending.last.bytes.size();
  std::swap(writing, pending);
  const uint64_t items = appended_items;
  const Lsn last_lsn = next_lsn - 1;
  const size_t kept_bytes = std::max(kBufferBytes, budget_bytes / kKeptParts);
  writing_capacity = writing.capacity();
  mutex.Unlock();
  Status status = WriteBuffer(writing);
  writing.Recycle(kept_bytes);
  if (status.ok() && sync) status = SyncFile();
  mutex.Lock();
  flushing = false;
  flushing_bytes = 0;
  writing_capacity = writing.capacity();
  CountMemory();
  if (status.ok()) {
    written_items = items;
    if (sync) {
      synced_items = items;
      durable_lsn.store(last_lsn, std::memory_order_release);
    }
    UpdateAttention();
  } else {
    Stop(std::move(status));
  }
  flushed.NotifyAll();
}

Status Journal::State::WriteChunk(const Chunk& chunk) {
  if (chunk.begins_segment) {
    // In this order no segment but the last can ever have a torn tail.
    KONTOR_RETURN_IF_ERROR(file->Sync());
    KONTOR_ASSIGN_OR_RETURN(file,
                            CreateSegment(file_system, directory, chunk.first_lsn, chunk.salt));
    file_offset = kSegmentHeaderBytes;
  }
  if (chunk.bytes.empty()) return Ok();
  KONTOR_RETURN_IF_ERROR(file->WriteAt(file_offset, chunk.bytes));
  file_offset += chunk.bytes.size();
  return Ok();
}

Status Journal::State::WriteBuffer(const Buffer& buffer) try {
  if (fork_guard.InForkedChild()) return Forked();
  for (const Chunk& chunk : buffer.sealed) KONTOR_RETURN_IF_ERROR(WriteChunk(chunk));
  return WriteChunk(buffer.last);
} catch (const std::bad_alloc&) {
  return Status(Code::kNoMemory, "no memory to write the journal");
}

Status Journal::State::SyncFile() try { return file->Sync(); } catch (const std::bad_alloc&) {
  return Status(Code::kNoMemory, "no memory to sync the journal");
}

Status Journal::State::SyncUpTo(uint64_t item) {
  while (synced_items < item) {
    if (!stopped.ok()) return stopped;
    if (flushing) {
      flushed.Wait(&mutex);
    } else {
      Flush(true);
    }
  }
  return Ok();
}

void Journal::State::Stop(Status reason) {
  if (stopped.ok()) stopped = std::move(reason);
  segment_flushed_bytes += pending.last.bytes.size();
  pending = Buffer();
  UpdateAttention();
  work.NotifyAll();
}

void Journal::State::FlushBehind() {
  Clock* const clock = Clock::System();
  int64_t sync_due_ms = clock->MonotonicMs() + sync_interval_ms;
  int64_t write_due_ms = clock->MonotonicMs() + kWriteDelayMs;
  MutexLock lock(&mutex);
  while (!flusher_must_end && stopped.ok()) {
    const int64_t now_ms = clock->MonotonicMs();
    const bool unwritten = written_items < appended_items;
    const bool unsynced = synced_items < appended_items;
    const bool sync = unsynced && now_ms >= sync_due_ms;
    const bool write = unwritten && (now_ms >= write_due_ms || pending.bytes() >= kWriteBytes);
    if ((sync || write) && flushing) {
      flushed.Wait(&mutex);
    } else if (sync || write) {
      Flush(sync);
      if (sync) sync_due_ms = clock->MonotonicMs() + sync_interval_ms;
      write_due_ms = clock->MonotonicMs() + kWriteDelayMs;
    } else if (unwritten) {
      work.WaitFor(&mutex, std::min(write_due_ms, sync_due_ms) - now_ms);
    } else {
      SleepUntilAppend(unsynced ? sync_due_ms - now_ms : -1);
      write_due_ms = clock->MonotonicMs() + kWriteDelayMs;
      if (!unsynced) sync_due_ms = clock->MonotonicMs() + sync_interval_ms;
    }
  }
}

void Journal::State::SleepUntilAppend(int64_t timeout_ms) {
  flusher_idle = true;
  if (timeout_ms < 0) {
    work.Wait(&mutex);
  } else {
    work.WaitFor(&mutex, timeout_ms);
  }
  flusher_idle = false;
}

}  // namespace kontor
