#include "persist/recovery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/codec.h"
#include "persist/file_format.h"
#include "persist/journal_format.h"
#include "persist/journal_reader.h"
#include "persist/snapshot.h"

namespace kontor {
namespace {

class DirectoryReader {
 public:
  DirectoryReader(FileSystem* file_system, std::string directory, const EffectHandler& replay,
                  RecoveryReport* report)
      : file_system_(file_system),
        directory_(std::move(directory)),
        replay_(replay),
        report_(report) {}

  Result<Recovery> Read() {
    KONTOR_ASSIGN_OR_RETURN(names_, file_system_->List(directory_));
    Result<Manifest> manifest = ReadManifest(file_system_, directory_);
    if (manifest.code() == Code::kNotFound) {
      KONTOR_RETURN_IF_ERROR(CheckNew());
      recovery_.is_new = report_->created = true;
      return recovery_;
    }
    if (!manifest.ok()) return manifest.status();
    recovery_.manifest = *manifest;
    KONTOR_RETURN_IF_ERROR(ReadTheSnapshot());
    KONTOR_RETURN_IF_ERROR(ReadJournal());
    return recovery_;
  }

 private:
  std::string PathOf(const std::string& name) const { return directory_ + "/" + name; }

  // Without a manifest the directory is new, or its creation was interrupted: then there is at most
  // the first segment, and no record in it.
  Status CheckNew() {
    for (const std::string& name : names_) {
      if (ParseSnapshotName(name).has_value()) return ManifestMissing(name);
      const std::optional<uint64_t> first_lsn = ParseJournalName(name);
      if (!first_lsn.has_value()) continue;
      KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                              file_system_->Open(PathOf(name), OpenMode::kRead));
      KONTOR_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
      if (*first_lsn != 1 || size > kSegmentHeaderBytes) return ManifestMissing(name);
    }
    return Ok();
  }

  Status ManifestMissing(const std::string& name) const {
    return CorruptAt(PathOf(std::string(kManifestName)), 0,
                     "the file is missing, and '" + name + "' shows that data was here");
  }

  Status ReadTheSnapshot() {
    const Manifest& manifest = recovery_.manifest;
    recovery_.next_lsn = manifest.first_journal_lsn();
    if (!manifest.has_snapshot()) return Ok();
    const std::string path = PathOf(SnapshotName(manifest.snapshot_cut));
    Result<std::unique_ptr<File>> file = file_system_->Open(path, OpenMode::kRead);
    if (file.ok()) {
      KONTOR_ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
      if (size != manifest.snapshot_bytes) {
        return CorruptAt(path, std::min(size, manifest.snapshot_bytes),
                         "the file has " + std::to_string(size) + " bytes, the manifest says " +
                             std::to_string(manifest.snapshot_bytes));
      }
    }
    return ReadSnapshot(file_system_, path, manifest.snapshot_cut, [this](const Effect& effect) {
      ++report_->snapshot_effects;
      return replay_(effect);
    });
  }

  Status ReadJournal() {
    const Lsn first = recovery_.manifest.first_journal_lsn();
    std::vector<Lsn> segments;
    for (const std::string& name : names_) {
      const std::optional<uint64_t> first_lsn = ParseJournalName(name);
      if (first_lsn.has_value() && *first_lsn >= first) segments.push_back(*first_lsn);
    }
    // The names sort as their numbers do.
    if (segments.empty() || segments.front() != first) {
      return CorruptAt(PathOf(JournalName(first)), 0, "the file is missing");
    }
    for (size_t i = 0; i < segments.size(); ++i) {
      if (segments[i] != recovery_.next_lsn) {
        return CorruptAt(
            PathOf(JournalName(recovery_.next_lsn)), 0,
            "the file is missing: the next one begins with record " + std::to_string(segments[i]));
      }
      KONTOR_RETURN_IF_ERROR(ReadSegment(segments[i], i + 1 == segments.size()));
    }
    return Ok();
  }

  Status ReadSegment(Lsn first_lsn, bool last) {
    KONTOR_ASSIGN_OR_RETURN(
        const std::unique_ptr<JournalReader> reader,
        JournalReader::Open(file_system_, PathOf(JournalName(first_lsn)), first_lsn));
    while (true) {
      Bytes payload;
      const Lsn lsn = reader->next_lsn();
      KONTOR_ASSIGN_OR_RETURN(const JournalReader::Outcome outcome, reader->Next(&payload));
      if (outcome == JournalReader::Outcome::kEnd) break;
      if (outcome == JournalReader::Outcome::kBad) {
        KONTOR_RETURN_IF_ERROR(ClassifyDamage(reader.get(), last));
        break;
      }
      KONTOR_RETURN_IF_ERROR(ReplayRecord(*reader, lsn, payload));
    }
    recovery_.next_lsn = reader->next_lsn();
    recovery_.journal_bytes += reader->offset();
    recovery_.last_segment = JournalName(first_lsn);
    recovery_.last_segment_bytes = reader->offset();
    recovery_.last_segment_has_records = reader->next_lsn() != first_lsn;
    return Ok();
  }

  Status ClassifyDamage(JournalReader* reader, bool last) {
    const uint64_t bad_bytes = reader->size() - reader->offset();
    const std::string record = "record " + std::to_string(reader->next_lsn());
    if (!last) {
      return CorruptAt(reader->path(), reader->offset(),
                       record + " cannot be read, with " + std::to_string(bad_bytes) +
                           " bytes left in the file and newer files after it");
    }
    if (reader->offset() == 0) {
      return CorruptAt(reader->path(), 0,
                       "the file has " + std::to_string(bad_bytes) +
                           " bytes, less than the header that is written whole before a segment "
                           "gets its name");
    }
    recovery_.last_segment_must_be_cut = true;
    KONTOR_ASSIGN_OR_RETURN(const bool unused, reader->RestIsZero());
    if (unused) return Ok();
    KONTOR_ASSIGN_OR_RETURN(const bool was_durable, reader->RecordWasDurable());
    if (was_durable) {
      return CorruptAt(reader->path(), reader->offset(),
                       record + " cannot be read, and the " + std::to_string(bad_bytes) +
                           " bytes to the end of the file tell that it was once synced");
    }
    report_->torn_bytes = bad_bytes;
    report_->torn_file = reader->path();
    return Ok();
  }

  Status ReplayRecord(const JournalReader& reader, Lsn lsn, Bytes payload) {
    Decoder decoder(payload);
    SharedBytes last_body;  // of a put, for those that follow it with the same
    while (!decoder.empty()) {
      Effect effect = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
      if (!DecodeEffect(&decoder, &effect)) {
        return CorruptAt(reader.path(), reader.offset() - decoder.rest().size(),
                         "record " + std::to_string(lsn) + " holds what is no effect");
      }
      auto* const put = std::get_if<QueueEffect>(&effect);
      if (put != nullptr && put->kind == QueueEffectKind::kMessagePut) {
        if (!put->has_body_of_last_put) {
          last_body = SharedBytes();
        } else if (!last_body.has_value()) {
          return CorruptAt(
              reader.path(), reader.offset() - decoder.rest().size(),
              "record " + std::to_string(lsn) + " repeats a body that it does not have");
        }
        put->shared_body = &last_body;
      }
      Status status = replay_(effect);
      if (!status.ok()) {
        return Status(status.code(), "cannot replay record " + std::to_string(lsn) + " of '" +
                                         reader.path() + "', which ends at byte " +
                                         std::to_string(reader.offset()) + ": " + status.message());
      }
      ++report_->journal_effects;
    }
    ++report_->journal_records;
    return Ok();
  }

  FileSystem* const file_system_;
  const std::string directory_;
  const EffectHandler& replay_;
  RecoveryReport* const report_;
  std::vector<std::string> names_;
  Recovery recovery_;
};

}  // namespace

Result<Recovery> ReadDirectory(FileSystem* file_system, const std::string& directory,
                               const EffectHandler& replay, RecoveryReport* report) {
  return DirectoryReader(file_system, directory, replay, report).Read();
}

Status Mend(FileSystem* file_system, const std::string& directory, const Recovery& recovery) {
  // A killed process may have renamed the manifest that was read without syncing the directory; the
  // files of the one before may go only once it cannot come back.
  KONTOR_RETURN_IF_ERROR(file_system->SyncDirectory(directory));
  KONTOR_RETURN_IF_ERROR(RemoveObsolete(file_system, directory, recovery.manifest));
  // A last segment without records is replaced by the one the journal continues in.
  if (!recovery.last_segment_has_records) return Ok();
  KONTOR_ASSIGN_OR_RETURN(
      const std::unique_ptr<File> file,
      file_system->Open(directory + "/" + recovery.last_segment, OpenMode::kReadWrite));
  if (recovery.last_segment_must_be_cut) {
    KONTOR_RETURN_IF_ERROR(file->Truncate(recovery.last_segment_bytes));
  }
  // What a killed process wrote may still be unsynced, and from now on this is no longer the last
  // segment.
  return file->Sync();
}

Status RemoveObsolete(FileSystem* file_system, const std::string& directory,
                      const Manifest& manifest) {
  KONTOR_ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system->List(directory));
  for (const std::string& name : names) {
    const std::optional<uint64_t> journal = ParseJournalName(name);
    const std::optional<uint64_t> snapshot = ParseSnapshotName(name);
    const bool obsolete =
        IsTemporaryName(name) || (journal.has_value() && *journal < manifest.first_journal_lsn()) ||
        (snapshot.has_value() && (!manifest.has_snapshot() || *snapshot != manifest.snapshot_cut));
    if (obsolete) KONTOR_RETURN_IF_ERROR(file_system->Remove(absl::StrCat(directory, "/", name)));
  }
  return Ok();
}

}  // namespace kontor
