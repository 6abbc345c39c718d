#ifndef KONTOR_PERSIST_RECOVERY_H_
#define KONTOR_PERSIST_RECOVERY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "os/file_system.h"
#include "persist/data_directory.h"
#include "persist/manifest.h"

namespace kontor {

// What reading a data directory found out, and hence what Mend has to do.
struct Recovery {
  bool is_new = false;  // nothing was ever committed to here; there is no manifest
  Manifest manifest;
  Lsn next_lsn = 1;
  uint64_t journal_bytes = 0;             // of the segments past the snapshot
  std::string last_segment;               // its name; empty if there is none
  uint64_t last_segment_bytes = 0;        // what of it is valid
  bool last_segment_must_be_cut = false;  // it goes on after what is valid
  bool last_segment_has_records = false;
};

// Reads everything and changes nothing on disk: hands every effect to `replay`, and either
// classifies all damage as a torn tail or refuses (kCorrupt, kNewerFormat). Fills the counters of
// `report`.
Result<Recovery> ReadDirectory(FileSystem* file_system, const std::string& directory,
                               const EffectHandler& replay, RecoveryReport* report);

// Makes true on disk what was read: cuts what is behind the last whole frame, syncs the last
// segment, removes what is left over. To be called before the journal continues in a new segment.
Status Mend(FileSystem* file_system, const std::string& directory, const Recovery& recovery);

// Removes temporary files, and the segments and snapshots that this manifest does not need.
Status RemoveObsolete(FileSystem* file_system, const std::string& directory,
                      const Manifest& manifest);

}  // namespace kontor

#endif  // KONTOR_PERSIST_RECOVERY_H_
