#ifndef KONTOR_PERSIST_FILE_FORMAT_H_
#define KONTOR_PERSIST_FILE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// What all files of a data directory have in common (persist/FORMAT.md): their names, and the first
// 16 bytes, which keep this meaning in every later version, so that an old library can say "newer"
// instead of "damaged".
inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kPreludeBytes = 16;

inline constexpr std::string_view kManifestMagic = "KNTRMANI";
inline constexpr std::string_view kJournalMagic = "KNTRJRNL";
inline constexpr std::string_view kSnapshotMagic = "KNTRSNAP";

// Appends magic, format version, and a check of both.
void PutPrelude(std::string* out, std::string_view magic);
// Examines the first bytes of the file `path` (at least kPreludeBytes). kCorrupt, or kNewerFormat
// if a later version wrote it.
Status CheckPrelude(Bytes head, std::string_view magic, const std::string& path);

// kCorrupt, naming the file and the offset; `what` completes the sentence.
Status CorruptAt(const std::string& path, uint64_t offset, const std::string& what);

inline constexpr std::string_view kManifestName = "MANIFEST";
inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

// "journal-" or "snapshot-" and 16 hexadecimal digits of the segment's first LSN or the snapshot's
// cut.
std::string JournalName(uint64_t first_lsn);
std::string SnapshotName(uint64_t cut);
std::optional<uint64_t> ParseJournalName(std::string_view name);
std::optional<uint64_t> ParseSnapshotName(std::string_view name);
// True for the temporary files this library makes (of MANIFEST, journals and snapshots), and for no
// others.
bool IsTemporaryName(std::string_view name);

}  // namespace kontor

#endif  // KONTOR_PERSIST_FILE_FORMAT_H_
