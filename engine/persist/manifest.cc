#include "persist/manifest.h"

#include "base/codec.h"
#include "base/hash.h"
#include "persist/file_format.h"

namespace kontor {
namespace {

// Prelude, cut, size of the snapshot, first LSN of the journal, checksum of these.
constexpr size_t kManifestBytes = kPreludeBytes + 8 + 8 + 8 + 8;
// What a later version may at most have; only its prelude is looked at.
constexpr size_t kManifestBytesLimit = size_t{1} << 20;

std::string Encode(const Manifest& manifest) {
  std::string raw;
  PutPrelude(&raw, kManifestMagic);
  PutFixed64(&raw, manifest.snapshot_cut);
  PutFixed64(&raw, manifest.snapshot_bytes);
  PutFixed64(&raw, manifest.first_journal_lsn());
  PutFixed64(&raw, Xxh3(raw));
  return raw;
}

}  // namespace

Result<Manifest> ReadManifest(FileSystem* file_system, const std::string& directory) {
  const std::string path = directory + "/" + std::string(kManifestName);
  KONTOR_ASSIGN_OR_RETURN(const std::string raw,
                          ReadWholeFile(file_system, path, kManifestBytesLimit));
  if (raw.size() < kPreludeBytes) return CorruptAt(path, raw.size(), "the file ends too early");
  KONTOR_RETURN_IF_ERROR(CheckPrelude(raw, kManifestMagic, path));
  if (raw.size() != kManifestBytes) {
    return CorruptAt(path, raw.size(),
                     "the file should have " + std::to_string(kManifestBytes) + " bytes");
  }
  Manifest manifest;
  Decoder decoder(Bytes(raw).substr(kPreludeBytes));
  if (!decoder.GetFixed64(&manifest.snapshot_cut) ||
      !decoder.GetFixed64(&manifest.snapshot_bytes) || Encode(manifest) != raw) {
    return CorruptAt(path, kPreludeBytes, "the checksum does not hold");
  }
  if (manifest.first_journal_lsn() == 0 ||
      (!manifest.has_snapshot() && manifest.snapshot_cut != 0)) {
    return CorruptAt(path, kPreludeBytes, "its numbers contradict each other");
  }
  return manifest;
}

Status WriteManifest(FileSystem* file_system, const std::string& directory,
                     const Manifest& manifest) {
  return ReplaceFile(file_system, directory, std::string(kManifestName), Encode(manifest));
}

}  // namespace kontor
