#include "persist/journal.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "persist/journal_format.h"
#include "persist/journal_state.h"

namespace kontor {
namespace {

// What may be appended and not written yet before CheckWritable makes writers wait.
constexpr size_t kBudgetBytes = size_t{64} << 20;
constexpr int64_t kShareOfLimit = 16;
// The background thread is woken once this much waits.
constexpr size_t kWakeBytes = size_t{256} << 10;

Status Poisoned(Code code, const Status& reason) {
  return Status(code,
                "the journal failed and the engine is read-only until it is closed and "
                "opened again: " +
                    reason.message());
}

// Why a record that was applied already cannot be written. Saying so may not fail: where there is
// no memory for the words there is still the code.
Status TooLarge(size_t payload_bytes) noexcept {
  try {
    return Status(Code::kTooLarge, "one commit of " + std::to_string(payload_bytes) +
                                       " bytes is over the journal's limit of " +
                                       std::to_string(limits::kJournalRecordBytes));
  } catch (const std::bad_alloc&) {
    return Status(Code::kTooLarge);
  }
}

Status NoMemory(size_t payload_bytes) noexcept {
  try {
    return Status(Code::kNoMemory,
                  "no memory for a record of " + std::to_string(payload_bytes) + " bytes");
  } catch (const std::bad_alloc&) {
    return Status(Code::kNoMemory);
  }
}

}  // namespace

Journal::State::State(FileSystem* system, std::string where, Lsn next, int64_t interval_ms)
    : file_system(system),
      directory(std::move(where)),
      sync_interval_ms(std::max<int64_t>(interval_ms, 1)),
      random(Random::SystemSeed()),
      durable_lsn(next - 1),
      next_lsn(next),
      budget_bytes(kBudgetBytes),
      segment_first_lsn(next) {
  writing.last.bytes.reserve(kBufferBytes);
  pending.last.bytes.reserve(kBufferBytes);
}

void Journal::State::UpdateAttention() {
  attention.store(!stopped.ok() || pending.bytes() + flushing_bytes > budget_bytes,
                  std::memory_order_release);
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Journal>> Journal::Create(FileSystem* file_system, std::string directory,
                                                 Lsn next_lsn, int64_t sync_interval_ms) {
  auto state =
      std::make_unique<State>(file_system, std::move(directory), next_lsn, sync_interval_ms);
  State* const raw_state = state.get();
  const uint64_t salt = raw_state->random.Next();
  KONTOR_ASSIGN_OR_RETURN(raw_state->file,
                          CreateSegment(file_system, raw_state->directory, next_lsn, salt));
  raw_state->file_offset = kSegmentHeaderBytes;
  {
    MutexLock lock(&raw_state->mutex);
    raw_state->salt = salt;
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(state)));
  const Status started =
      raw_state->flusher.Start("journal", [raw_state] { raw_state->FlushBehind(); });
  if (!started.ok()) return started;
  return journal;
}

Journal::~Journal() {
  if (state_->fork_guard.InForkedChild()) {
    // The thread to join is not in this process, and the mutex may be held by one that is not
    // either.
    static_cast<void>(state_.release());
    return;
  }
  // Close keeps its error for whoever calls it first; who wanted to know has called it.
  static_cast<void>(Close());
}

void Journal::CountIn(MemoryBudget* budget) {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  state.memory.set_budget(budget);
  state.CountMemory();
  state.budget_bytes = kBudgetBytes;
  if (budget != nullptr && budget->limited()) {
    const auto share = static_cast<size_t>(budget->limit_bytes() / kShareOfLimit);
    state.budget_bytes = std::clamp(share, State::kBufferBytes, kBudgetBytes);
  }
  state.UpdateAttention();
}

Status Journal::CheckWritable() {
  State& state = *state_;
  if (state.fork_guard.InForkedChild()) {
    return Status(Code::kForked, "the process was forked: only the parent may write");
  }
  if (!state.attention.load(std::memory_order_acquire)) return Ok();
  MutexLock lock(&state.mutex);
  while (state.stopped.ok() && state.pending.bytes() + state.flushing_bytes > state.budget_bytes) {
    if (state.flushing) {
      state.flushed.Wait(&state.mutex);
    } else {
      state.Flush(false);
    }
  }
  if (state.stopped.ok() || state.stopped.code() == Code::kClosed) return state.stopped;
  return Poisoned(Code::kReadOnly, state.stopped);
}

Lsn Journal::Append(Bytes payload) {
  State& state = *state_;
  KONTOR_CHECK(!payload.empty());
  const uint64_t payload_hash = Xxh3(payload);
  const size_t frame_bytes = kFrameHeaderBytes + payload.size();
  MutexLock lock(&state.mutex);
  const bool too_large = payload.size() > limits::kJournalRecordBytes;
  const bool has_room = !too_large && state.MakeRoom(frame_bytes);
  const Lsn lsn = state.next_lsn++;
  ++state.appended_items;
  if (!state.stopped.ok()) return lsn;
  if (!has_room) {
    state.Stop(too_large ? TooLarge(payload.size()) : NoMemory(payload.size()));
    return lsn;
  }
  const size_t before = state.pending.bytes();
  AppendFrame(&state.pending.last.bytes, state.salt, lsn, payload, payload_hash);
  const size_t after = before + frame_bytes;
  if (after + state.flushing_bytes > state.budget_bytes) state.UpdateAttention();
  if (state.flusher_idle || (before < kWakeBytes && after >= kWakeBytes)) {
    state.flusher_idle = false;  // told; the next record need not tell it again
    state.work.NotifyOne();
  }
  return lsn;
}

Status Journal::WaitDurable(Lsn lsn) {
  State& state = *state_;
  if (lsn <= state.durable_lsn.load(std::memory_order_acquire)) return Ok();
  MutexLock lock(&state.mutex);
  KONTOR_CHECK(lsn < state.next_lsn);
  while (lsn > state.durable_lsn.load(std::memory_order_relaxed)) {
    if (state.stopped.code() == Code::kClosed) return state.stopped;
    if (!state.stopped.ok()) return Poisoned(Code::kIo, state.stopped);
    if (state.flushing) {
      state.flushed.Wait(&state.mutex);
    } else {
      state.Flush(true);
    }
  }
  return Ok();
}

Status Journal::Sync() {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  Status status = state.SyncUpTo(state.appended_items);
  if (status.ok() || status.code() == Code::kClosed) return status;
  return Poisoned(Code::kIo, status);
}

Result<Lsn> Journal::Rotate() {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  if (state.stopped.code() == Code::kClosed) return state.stopped;
  if (!state.stopped.ok()) return Poisoned(Code::kReadOnly, state.stopped);
  const Lsn last = state.next_lsn - 1;
  if (state.next_lsn == state.segment_first_lsn) return last;
  State::Buffer& pending = state.pending;
  pending.sealed.push_back(std::move(pending.last));
  pending.sealed_bytes += pending.sealed.back().bytes.size();
  state.salt = state.random.Next();
  pending.last = {
      .begins_segment = true, .salt = state.salt, .first_lsn = state.next_lsn, .bytes = {}};
  state.segment_first_lsn = state.next_lsn;
  state.segment_flushed_bytes = 0;
  ++state.appended_items;
  return last;
}

Status Journal::Close() {
  State& state = *state_;
  {
    MutexLock lock(&state.mutex);
    if (!state.closed) {
      state.closed = true;
      Status status;
      // A loop, because a flush lets others append meanwhile.
      while (status.ok() && state.synced_items < state.appended_items) {
        status = state.SyncUpTo(state.appended_items);
      }
      if (!status.ok()) state.close_status = Poisoned(Code::kIo, status);
      // Short enough to need no memory: a journal can always be closed.
      state.Stop(Status(Code::kClosed, "it is closed"));
    }
    state.flusher_must_end = true;
    state.work.NotifyAll();
  }
  state.flusher.Join();
  MutexLock lock(&state.mutex);
  return state.close_status;
}

Lsn Journal::last_lsn() const {
  MutexLock lock(&state_->mutex);
  return state_->next_lsn - 1;
}

uint64_t Journal::bytes_since_rotation() const {
  MutexLock lock(&state_->mutex);
  return state_->segment_flushed_bytes + state_->pending.last.bytes.size();
}

}  // namespace kontor
