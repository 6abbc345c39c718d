#ifndef KONTOR_PERSIST_MANIFEST_H_
#define KONTOR_PERSIST_MANIFEST_H_

#include <cstdint>
#include <string>

#include "base/status.h"
#include "os/file_system.h"

namespace kontor {

// What a data directory consists of: the snapshot, and the journal from the record after its cut.
struct Manifest {
  uint64_t snapshot_cut = 0;
  uint64_t snapshot_bytes = 0;  // 0: there is no snapshot, and the cut is 0

  bool has_snapshot() const { return snapshot_bytes != 0; }
  uint64_t first_journal_lsn() const { return snapshot_cut + 1; }
};

// kNotFound if there is none, kCorrupt, kNewerFormat.
Result<Manifest> ReadManifest(FileSystem* file_system, const std::string& directory);
// Replaces the manifest atomically and durably. After a failure either one may be there after a
// power loss.
Status WriteManifest(FileSystem* file_system, const std::string& directory,
                     const Manifest& manifest);

}  // namespace kontor

#endif  // KONTOR_PERSIST_MANIFEST_H_
