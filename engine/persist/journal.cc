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
constexpr size_t kLeastBudgetBytes = size_t{128} << 10;
constexpr int64_t kShareOfLimit = 16;
// The background thread is woken once this much waits.
constexpr size_t kWakeBytes = size_t{256} << 10;
// Records are gathered for the file in so much.
constexpr size_t kMergedBytes = size_t{128} << 10;

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

Journal::State::State(FileSystem* system, std::string where, Lsn next, uint64_t salt,
                      int64_t interval_ms)
    : file_system(system),
      directory(std::move(where)),
      sync_interval_ms(std::max<int64_t>(interval_ms, 1)),
      random(Random::SystemSeed()),
      buffer(next, salt),
      file_salt(salt),
      written_lsn(next - 1),
      marked_lsn(next - 1),
      budget_bytes(kBudgetBytes),
      durable_lsn(next - 1),
      segment_first_lsn(next),
      written_items(next - 1),
      synced_items(next - 1) {
  writing.last.ReserveLanes();
  merged.reserve(kMergedBytes);
}

void Journal::State::UpdateAttention() {
  attention.store(!stopped.ok() || OverBudget(), std::memory_order_release);
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Journal>> Journal::Create(FileSystem* file_system, std::string directory,
                                                 Lsn next_lsn, int64_t sync_interval_ms) {
  const uint64_t salt = Random(Random::SystemSeed()).Next();
  auto state =
      std::make_unique<State>(file_system, std::move(directory), next_lsn, salt, sync_interval_ms);
  State* const raw_state = state.get();
  KONTOR_ASSIGN_OR_RETURN(raw_state->file,
                          CreateSegment(file_system, raw_state->directory, next_lsn, salt));
  raw_state->file_offset = kSegmentHeaderBytes;
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
  state.buffer.set_budget(budget);
  state.memory.set_budget(budget);
  size_t budget_bytes = kBudgetBytes;
  if (budget != nullptr && budget->limited()) {
    const auto share = static_cast<size_t>(budget->limit_bytes() / kShareOfLimit);
    budget_bytes = std::clamp(share, kLeastBudgetBytes, kBudgetBytes);
  }
  state.budget_bytes.store(budget_bytes);
  state.UpdateAttention();
}

Status Journal::CheckWritable() {
  State& state = *state_;
  if (state.fork_guard.InForkedChild()) {
    return Status(Code::kForked, "the process was forked: only the parent may write");
  }
  if (!state.attention.load(std::memory_order_acquire)) return Ok();
  MutexLock lock(&state.mutex);
  while (state.stopped.ok() && state.OverBudget()) {
    if (state.flushing) {
      state.flushed.Wait(&state.mutex);
    } else {
      state.Flush(FlushKind::kWrite);
    }
  }
  if (state.stopped.ok() || state.stopped.code() == Code::kClosed) return state.stopped;
  return Poisoned(Code::kReadOnly, state.stopped);
}

Lsn Journal::Append(Bytes payload) {
  State& state = *state_;
  KONTOR_CHECK(!payload.empty());
  if (payload.size() > limits::kJournalRecordBytes) {
    MutexLock lock(&state.mutex);
    state.Stop(TooLarge(payload.size()));
  }
  const uint64_t payload_hash = Xxh3(payload);
  while (true) {
    try {
      const AppendBuffer::Place place = state.buffer.Append(payload, payload_hash);
      state.NoteAppended(place, kFrameHeaderBytes + payload.size());
      return place.lsn;
    } catch (const std::bad_alloc&) {
      state.MakeRoom(payload.size());
    }
  }
}

void Journal::State::NoteAppended(const AppendBuffer::Place& place, size_t frame_bytes) {
  if (place.pending_bytes == 0) return;
  if (OverBudget() && !attention.load(std::memory_order_relaxed)) {
    MutexLock lock(&mutex);
    UpdateAttention();
  }
  const size_t before_bytes = place.pending_bytes - frame_bytes;
  const bool enough = before_bytes < kWakeBytes && place.pending_bytes >= kWakeBytes;
  if (!enough && !flusher_idle.load()) return;
  MutexLock lock(&mutex);
  flusher_idle.store(false);  // told; the next record need not tell it again
  work.NotifyOne();
}

void Journal::State::MakeRoom(size_t payload_bytes) {
  MutexLock lock(&mutex);
  if (!stopped.ok()) return;
  // Engine locks are held, and this waits for the disk: better than to lose the record.
  if (flushing) {
    flushed.Wait(&mutex);
  } else if (buffer.pending_bytes() != 0) {
    Flush(FlushKind::kWrite);
  } else {
    Stop(NoMemory(payload_bytes));
  }
}

// Whoever finds no flush under way does it for all who have appended by then. The others sleep
// without the mutex, which all of them would want at once when they are woken.
Status Journal::WaitDurable(Lsn lsn) {
  State& state = *state_;
  while (lsn > state.durable_lsn.load(std::memory_order_acquire)) {
    uint32_t flushes = 0;
    {
      MutexLock lock(&state.mutex);
      KONTOR_CHECK(lsn < state.buffer.next_lsn());
      if (lsn <= state.durable_lsn.load(std::memory_order_relaxed)) return Ok();
      if (state.stopped.code() == Code::kClosed) return state.stopped;
      if (!state.stopped.ok()) return Poisoned(Code::kIo, state.stopped);
      if (!state.flushing) {
        state.Flush(FlushKind::kSyncMore);
        continue;
      }
      flushes = state.flushes.load(std::memory_order_relaxed);
    }
    state.flushes.wait(flushes, std::memory_order_relaxed);
  }
  return Ok();
}

Status Journal::Sync() {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  Status status = state.SyncUpTo(state.items());
  if (status.ok() || status.code() == Code::kClosed) return status;
  return Poisoned(Code::kIo, status);
}

Result<Lsn> Journal::Rotate() {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  if (state.stopped.code() == Code::kClosed) return state.stopped;
  if (!state.stopped.ok()) return Poisoned(Code::kReadOnly, state.stopped);
  if (state.buffer.next_lsn() == state.segment_first_lsn) return state.segment_first_lsn - 1;
  state.segment_first_lsn = state.buffer.BeginSegment(state.random.Next());
  state.segment_flushed_bytes = 0;
  ++state.rotations;
  return state.segment_first_lsn - 1;
}

Status Journal::Close() {
  State& state = *state_;
  bool ends_file = false;
  {
    MutexLock lock(&state.mutex);
    if (!state.closed) {
      state.closed = true;
      Status status;
      // A loop, because a flush lets others append meanwhile.
      while (status.ok() && state.synced_items < state.items()) {
        status = state.SyncUpTo(state.items());
      }
      if (!status.ok()) state.close_status = Poisoned(Code::kIo, status);
      ends_file = state.stopped.ok();
      // Short enough to need no memory: a journal can always be closed.
      state.Stop(Status(Code::kClosed, "it is closed"));
    }
    state.flusher_must_end = true;
    state.work.NotifyAll();
  }
  state.flusher.Join();
  MutexLock lock(&state.mutex);
  while (state.flushing) state.flushed.Wait(&state.mutex);
  if (ends_file) state.close_status = state.EndFile();
  return state.close_status;
}

Lsn Journal::last_lsn() const { return state_->buffer.next_lsn() - 1; }

uint64_t Journal::bytes_since_rotation() const {
  MutexLock lock(&state_->mutex);
  return state_->segment_flushed_bytes + state_->buffer.pending_segment_bytes();
}

}  // namespace kontor
