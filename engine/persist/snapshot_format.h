#ifndef KONTOR_PERSIST_SNAPSHOT_FORMAT_H_
#define KONTOR_PERSIST_SNAPSHOT_FORMAT_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "persist/file_format.h"

namespace kontor {

// The bytes of a snapshot (persist/FORMAT.md): a header, blocks, a footer, and nothing after it.

// Prelude, salt, cut, checksum of these.
inline constexpr size_t kSnapshotHeaderBytes = kPreludeBytes + 8 + 8 + 8;
// Raw size, compressed size, checksum.
inline constexpr size_t kBlockHeaderBytes = 4 + 4 + 8;
// A block header of two zero sizes without checksum, then blocks, effects, checksum.
inline constexpr size_t kSnapshotFooterBytes = 4 + 4 + 8 + 8 + 8;

// A block is closed once it holds this much; one effect is never divided, so it may hold more.
inline constexpr size_t kBlockTargetBytes = size_t{1} << 20;
inline constexpr size_t kBlockBytesLimit = (size_t{2} << 30) - 1;
// zstd stores a run in no less than one byte per 32 KiB: what claims to hold more is a lie, found
// before memory is taken.
inline constexpr uint64_t kMostRawBytesPerByte = uint64_t{32} << 10;

std::string EncodeSnapshotHeader(uint64_t salt, uint64_t cut);
// Covers the place of the block in its file, so that blocks neither swap, nor go missing, nor come
// from elsewhere.
uint64_t BlockChecksum(uint64_t salt, uint64_t index, uint32_t raw_bytes, Bytes compressed);
std::string EncodeSnapshotFooter(uint64_t salt, uint64_t blocks, uint64_t effects);

}  // namespace kontor

#endif  // KONTOR_PERSIST_SNAPSHOT_FORMAT_H_
