#include "persist/data_directory.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/check.h"
#include "base/mutex.h"
#include "persist/file_format.h"
#include "persist/manifest.h"
#include "persist/recovery.h"

namespace kontor {

struct DataDirectory::State {
  FileSystem* file_system = nullptr;
  std::string path;
  uint64_t snapshot_min_journal_bytes = 0;
  uint32_t snapshot_growth_percent = 0;

  // Destroyed last: the directory stays locked until the journal is closed.
  std::unique_ptr<DirectoryLock> lock;
  std::unique_ptr<Journal> journal;

  mutable Mutex mutex;
  Manifest manifest ABSL_GUARDED_BY(mutex);
  // The newest snapshot that is whole on disk; differs from `manifest` after a manifest could not
  // be written.
  Manifest finished ABSL_GUARDED_BY(mutex);
  // In segments past the snapshot, other than the one that is appended to.
  uint64_t older_journal_bytes ABSL_GUARDED_BY(mutex) = 0;
};

DataDirectory::DataDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}
DataDirectory::~DataDirectory() = default;

Result<std::unique_ptr<DataDirectory>> DataDirectory::Open(const DataDirectoryOptions& options,
                                                           const EffectHandler& replay,
                                                           RecoveryReport* report) {
  RecoveryReport unread;
  if (report == nullptr) report = &unread;
  *report = RecoveryReport();
  auto state = std::make_unique<State>();
  FileSystem* const file_system =
      options.file_system != nullptr ? options.file_system : FileSystem::Posix();
  const std::string& path = options.path;
  state->file_system = file_system;
  state->path = path;
  state->snapshot_min_journal_bytes = options.snapshot_min_journal_bytes;
  state->snapshot_growth_percent = options.snapshot_growth_percent;
  KONTOR_RETURN_IF_ERROR(file_system->CreateDirectory(path));
  KONTOR_ASSIGN_OR_RETURN(state->lock, file_system->Lock(path + "/" + std::string(kLockName)));
  KONTOR_ASSIGN_OR_RETURN(const Recovery recovery,
                          ReadDirectory(file_system, path, replay, report));
  KONTOR_RETURN_IF_ERROR(Mend(file_system, path, recovery));
  KONTOR_ASSIGN_OR_RETURN(state->journal, Journal::Create(file_system, path, recovery.next_lsn,
                                                          options.sync_interval_ms));
  if (recovery.is_new) {
    KONTOR_RETURN_IF_ERROR(WriteManifest(file_system, path, recovery.manifest));
  }
  {
    MutexLock lock(&state->mutex);
    state->manifest = state->finished = recovery.manifest;
    state->older_journal_bytes = recovery.journal_bytes;
  }
  return std::unique_ptr<DataDirectory>(new DataDirectory(std::move(state)));
}

Journal* DataDirectory::journal() { return state_->journal.get(); }

Result<std::unique_ptr<SnapshotWriter>> DataDirectory::BeginSnapshot() {
  KONTOR_RETURN_IF_ERROR(CheckSnapshotRoom(state_->file_system, state_->path, 1));
  const uint64_t segment_bytes = state_->journal->bytes_since_rotation();
  KONTOR_ASSIGN_OR_RETURN(const Lsn cut, state_->journal->Rotate());
  {
    MutexLock lock(&state_->mutex);
    state_->older_journal_bytes += segment_bytes;
  }
  return SnapshotWriter::Create(state_->file_system, state_->path, cut);
}

Status DataDirectory::CommitSnapshot(std::unique_ptr<SnapshotWriter> writer) {
  State& state = *state_;
  // A manifest that names the snapshot of this cut may be on disk already, with its size. That file
  // must stay as it is, and it says the same: the cut is the state.
  Manifest manifest;
  {
    MutexLock lock(&state.mutex);
    manifest = state.finished;
  }
  if (!manifest.has_snapshot() || manifest.snapshot_cut != writer->cut()) {
    KONTOR_RETURN_IF_ERROR(writer->Finish());
    manifest = {.snapshot_cut = writer->cut(), .snapshot_bytes = writer->bytes_written()};
    MutexLock lock(&state.mutex);
    state.finished = manifest;
  }
  writer.reset();
  // Past the cut the journal may hold what the snapshot's queues already contain; and the segment
  // that the manifest is going to name must exist.
  KONTOR_RETURN_IF_ERROR(state.journal->Sync());
  // If this fails, nobody knows which manifest survives a power loss: the files of both must stay.
  KONTOR_RETURN_IF_ERROR(WriteManifest(state.file_system, state.path, manifest));
  {
    MutexLock lock(&state.mutex);
    state.manifest = manifest;
    state.older_journal_bytes = 0;
  }
  const Status removed = RemoveObsolete(state.file_system, state.path, manifest);
  if (removed.ok()) return Ok();
  return Status(removed.code(),
                "the snapshot is in place, but a file it replaces could not be removed (the next "
                "snapshot or the next start tries again): " +
                    removed.message());
}

bool DataDirectory::SnapshotDue() const {
  MutexLock lock(&state_->mutex);
  const uint64_t journal_bytes =
      state_->older_journal_bytes + state_->journal->bytes_since_rotation();
  const uint64_t grown_bytes =
      state_->manifest.snapshot_bytes / 100 * state_->snapshot_growth_percent;
  return journal_bytes > state_->snapshot_min_journal_bytes && journal_bytes > grown_bytes;
}

bool DataDirectory::SnapshotIsCurrent() const {
  MutexLock lock(&state_->mutex);
  return state_->manifest.snapshot_cut == state_->journal->last_lsn();
}

Status DataDirectory::Close() {
  Status status = state_->journal->Close();
  state_->lock.reset();
  return status;
}

}  // namespace kontor
