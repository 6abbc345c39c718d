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
// What of a file is written ahead with zeros: as much as there is already, within these limits. Not
// where fewer flushes than that would fit.
constexpr uint64_t kLeastZeroedBytes = uint64_t{64} << 10;
constexpr uint64_t kMostZeroedBytes = uint64_t{1} << 20;
constexpr uint64_t kFlushesAhead = 16;

Status Forked() {
  return Status(Code::kForked,
                "the process was forked: only the parent may write; open the database anew in the "
                "child, from another directory");
}

}  // namespace

void Journal::State::Flush(FlushKind kind) {
  KONTOR_CHECK(!flushing);
  flushing = true;
  // Told before it is taken out, or it would for a moment count as written.
  flushing_bytes.store(buffer.pending_bytes());
  const Lsn last_lsn = buffer.Swap(&writing);
  flushing_bytes.store(writing.bytes());
  const uint64_t taken_items = last_lsn + rotations;
  segment_flushed_bytes += writing.last.bytes();
  memory.Set(static_cast<int64_t>(writing.capacity()));
  const size_t kept_bytes = budget_bytes.load() / kKeptParts / AppendBuffer::kLanes;
  mutex.Unlock();
  Status status = WriteFlush(kind, last_lsn);
  writing.Recycle(std::max(kept_bytes, AppendBuffer::kLaneBytes));
  mutex.Lock();
  flushing = false;
  flushing_bytes.store(0);
  memory.Set(static_cast<int64_t>(writing.capacity()));
  if (status.ok()) {
    written_items = taken_items;
    if (kind != FlushKind::kWrite) {
      synced_items = taken_items;
      durable_lsn.store(last_lsn, std::memory_order_release);
    }
    UpdateAttention();
  } else {
    Stop(std::move(status));
  }
  // Sequentially consistent: libstdc++ asks next, by such a load, whether anybody waits.
  flushes.fetch_add(1);
  flushes.notify_all();
  flushed.NotifyAll();
}

Status Journal::State::WriteBytes(Bytes bytes) {
  KONTOR_RETURN_IF_ERROR(file->WriteAt(file_offset, bytes));
  file_offset += bytes.size();
  return Ok();
}

Status Journal::State::WritePart(const AppendBuffer::Part& part) {
  if (part.begins_segment) {
    // In this order no segment but the last can ever have a torn tail.
    KONTOR_RETURN_IF_ERROR(EndSegment());
    KONTOR_ASSIGN_OR_RETURN(file, CreateSegment(file_system, directory, part.first_lsn, part.salt));
    file_salt = part.salt;
    file_offset = kSegmentHeaderBytes;
    marked_lsn = part.first_lsn - 1;  // that there is this segment tells it
  }
  merged.clear();
  if (part.bytes() != 0) MarkWhatIsSynced();
  const Status gathered = part.VisitInOrder([this](Bytes frames) -> Status {
    if (merged.size() + frames.size() > merged.capacity()) {
      if (!merged.empty()) KONTOR_RETURN_IF_ERROR(WriteBytes(merged));
      merged.clear();
      if (frames.size() > merged.capacity()) return WriteBytes(frames);
    }
    merged.append(frames);
    return Ok();
  });
  return !gathered.ok() || merged.empty() ? gathered : WriteBytes(merged);
}

void Journal::State::MarkWhatIsSynced() {
  const Lsn synced_lsn = durable_lsn.load(std::memory_order_relaxed);  // changed by flushes only
  if (synced_lsn <= marked_lsn) return;
  AppendSyncMark(&merged, file_salt, written_lsn + 1, synced_lsn);
  marked_lsn = synced_lsn;
}

// A file that grows makes every sync write what the file system knows of it, too, and wait for that
// once more: 140 us instead of 95 on the machine of our measurements. It may fail, for this segment
// once, and costs no more than that then: nothing is in these bytes.
void Journal::State::ZeroAhead() {
  if (file_offset <= zeroed_until || writing.bytes() > kMostZeroedBytes / kFlushesAhead) return;
  const uint64_t end = file_offset + std::clamp(file_offset, kLeastZeroedBytes, kMostZeroedBytes);
  merged.assign(kLeastZeroedBytes, '\0');
  zeroed_until = file_offset;
  while (zeroed_until < end) {
    const bool written = file->WriteAt(zeroed_until, merged).ok();
    zeroed_until = written ? zeroed_until + merged.size() : UINT64_MAX;
  }
}

Status Journal::State::WriteFlush(FlushKind kind, Lsn last_lsn) try {
  if (fork_guard.InForkedChild()) return Forked();
  for (const AppendBuffer::Part& part : writing.sealed) KONTOR_RETURN_IF_ERROR(WritePart(part));
  KONTOR_RETURN_IF_ERROR(WritePart(writing.last));
  written_lsn = last_lsn;
  if (kind == FlushKind::kWrite) return Ok();
  if (kind == FlushKind::kSyncMore) ZeroAhead();
  return file->Sync();
} catch (const std::bad_alloc&) {
  return Status(Code::kNoMemory, "no memory to write the journal");
}

Status Journal::State::EndSegment() {
  if (zeroed_until != 0) KONTOR_RETURN_IF_ERROR(file->Truncate(file_offset));
  zeroed_until = 0;
  return file->Sync();
}

Status Journal::State::EndFile() try {
  merged.clear();
  MarkWhatIsSynced();
  if (merged.empty() && zeroed_until == 0) return Ok();
  KONTOR_RETURN_IF_ERROR(WriteBytes(merged));
  return EndSegment();
} catch (const std::bad_alloc&) {
  return Status(Code::kNoMemory, "no memory to end the journal");
}

Status Journal::State::SyncUpTo(uint64_t item) {
  while (synced_items < item) {
    if (!stopped.ok()) return stopped;
    if (flushing) {
      flushed.Wait(&mutex);
    } else {
      Flush(FlushKind::kSync);
    }
  }
  return Ok();
}

void Journal::State::Stop(Status reason) {
  if (stopped.ok()) stopped = std::move(reason);
  buffer.Stop();
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
    const uint64_t seen_items = items();
    const bool unwritten = written_items < seen_items;
    const bool unsynced = synced_items < seen_items;
    const bool sync = unsynced && now_ms >= sync_due_ms;
    const bool write =
        unwritten && (now_ms >= write_due_ms || buffer.pending_bytes() >= kWriteBytes);
    if ((sync || write) && flushing) {
      flushed.Wait(&mutex);
    } else if (sync || write) {
      Flush(sync ? FlushKind::kSync : FlushKind::kWrite);
      if (sync) sync_due_ms = clock->MonotonicMs() + sync_interval_ms;
      write_due_ms = clock->MonotonicMs() + kWriteDelayMs;
    } else if (unwritten) {
      work.WaitFor(&mutex, std::min(write_due_ms, sync_due_ms) - now_ms);
    } else {
      SleepUntilAppend(unsynced ? sync_due_ms - now_ms : -1, seen_items);
      write_due_ms = clock->MonotonicMs() + kWriteDelayMs;
      if (!unsynced) sync_due_ms = clock->MonotonicMs() + sync_interval_ms;
    }
  }
}

// In the one order of all accesses either the record comes before this look, or the flag before the
// look of whoever appended it, who then waits for the mutex, and so until this sleeps.
void Journal::State::SleepUntilAppend(int64_t timeout_ms, uint64_t seen_items) {
  flusher_idle.store(true);
  if (items() != seen_items) {
    flusher_idle.store(false);
    return;
  }
  if (timeout_ms < 0) {
    work.Wait(&mutex);
  } else {
    work.WaitFor(&mutex, timeout_ms);
  }
  flusher_idle.store(false);
}

}  // namespace kontor
