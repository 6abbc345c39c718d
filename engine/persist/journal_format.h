#ifndef KONTOR_PERSIST_JOURNAL_FORMAT_H_
#define KONTOR_PERSIST_JOURNAL_FORMAT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "os/file_system.h"
#include "persist/file_format.h"

namespace kontor {

// The bytes of a journal segment (persist/FORMAT.md): a header, then frames without gaps.

// Prelude, salt, first LSN, checksum of these.
inline constexpr size_t kSegmentHeaderBytes = kPreludeBytes + 8 + 8 + 8;
// Length of the payload, type, LSN, checksum.
inline constexpr size_t kFrameHeaderBytes = 4 + 1 + 8 + 8;
// Payload of a sync mark: an LSN.
inline constexpr size_t kSyncMarkPayloadBytes = 8;

enum class FrameType : uint8_t {
  kRecord = 1,            // the effects of one commit
  kCompressedRecord = 2,  // reserved: the same, compressed with zstd
  kSyncMark = 3,          // no record: up to which one all were durable when this was written
};

struct FrameHeader {
  uint32_t payload_bytes = 0;
  uint8_t type = 0;
  uint64_t lsn = 0;
  uint64_t checksum = 0;
};

struct SegmentHeader {
  uint64_t salt = 0;
  uint64_t first_lsn = 0;
};

// Covers every byte of the frame and the salt, so that a frame of another segment, or one inside of
// a value, is none of this segment. Takes the payload's XXH3-64, which a writer computes before it
// takes the journal's lock.
uint64_t FrameChecksum(uint64_t salt, const FrameHeader& header, uint64_t payload_hash);

// Appends a whole frame of type kRecord.
void AppendFrame(std::string* out, uint64_t salt, uint64_t lsn, Bytes payload,
                 uint64_t payload_hash);
// Appends a whole frame of type kSyncMark before the record `next_lsn`.
void AppendSyncMark(std::string* out, uint64_t salt, uint64_t next_lsn, uint64_t synced_lsn);
// `raw` holds at least kFrameHeaderBytes. Trusts nothing, checks nothing.
FrameHeader DecodeFrameHeader(Bytes raw);

// `raw` holds at least kSegmentHeaderBytes of `path`. kCorrupt or kNewerFormat.
Result<SegmentHeader> DecodeSegmentHeader(Bytes raw, const std::string& path);

// Makes the segment that begins with `first_lsn`, whole and durable under its name: temp -> write
// -> sync -> rename -> sync directory. Replaces a segment of that name, which must not hold any
// record.
Result<std::unique_ptr<File>> CreateSegment(FileSystem* file_system, const std::string& directory,
                                            uint64_t first_lsn, uint64_t salt);

}  // namespace kontor

#endif  // KONTOR_PERSIST_JOURNAL_FORMAT_H_
