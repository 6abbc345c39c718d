#include "persist/journal_format.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"

namespace kontor {
namespace {

static_assert(std::endian::native == std::endian::little, "the file formats are little-endian");
static_assert(limits::kJournalRecordBytes <= UINT32_MAX, "a frame's length has 32 bits");

void AppendFrameOf(FrameType type, std::string* out, uint64_t salt, uint64_t lsn, Bytes payload,
                   uint64_t payload_hash) {
  KONTOR_CHECK(!payload.empty() && payload.size() <= limits::kJournalRecordBytes);
  const FrameHeader header{.payload_bytes = static_cast<uint32_t>(payload.size()),
                           .type = static_cast<uint8_t>(type),
                           .lsn = lsn};
  const uint64_t checksum = FrameChecksum(salt, header, payload_hash);
  PutFixed32(out, header.payload_bytes);
  out->push_back(static_cast<char>(header.type));
  PutFixed64(out, header.lsn);
  PutFixed64(out, checksum);
  out->append(payload);
}

}  // namespace

uint64_t FrameChecksum(uint64_t salt, const FrameHeader& header, uint64_t payload_hash) {
  // In place: this runs under the journal's lock.
  char covered[8 + 4 + 1 + 8 + 8];
  std::memcpy(covered, &salt, 8);
  std::memcpy(covered + 8, &header.payload_bytes, 4);
  std::memcpy(covered + 12, &header.type, 1);
  std::memcpy(covered + 13, &header.lsn, 8);
  std::memcpy(covered + 21, &payload_hash, 8);
  return Xxh3(Bytes(covered, sizeof(covered)));
}

void AppendFrame(std::string* out, uint64_t salt, uint64_t lsn, Bytes payload,
                 uint64_t payload_hash) {
  AppendFrameOf(FrameType::kRecord, out, salt, lsn, payload, payload_hash);
}

void AppendSyncMark(std::string* out, uint64_t salt, uint64_t next_lsn, uint64_t synced_lsn) {
  char payload[kSyncMarkPayloadBytes];
  std::memcpy(payload, &synced_lsn, sizeof(payload));
  const Bytes bytes(payload, sizeof(payload));
  AppendFrameOf(FrameType::kSyncMark, out, salt, next_lsn, bytes, Xxh3(bytes));
}

FrameHeader DecodeFrameHeader(Bytes raw) {
  FrameHeader header;
  Decoder decoder(raw);
  KONTOR_CHECK(decoder.GetFixed32(&header.payload_bytes) && decoder.GetFixed8(&header.type) &&
               decoder.GetFixed64(&header.lsn) && decoder.GetFixed64(&header.checksum));
  return header;
}

Result<SegmentHeader> DecodeSegmentHeader(Bytes raw, const std::string& path) {
  KONTOR_RETURN_IF_ERROR(CheckPrelude(raw, kJournalMagic, path));
  SegmentHeader header;
  uint64_t checksum = 0;
  Decoder decoder(raw.substr(kPreludeBytes));
  if (!decoder.GetFixed64(&header.salt) || !decoder.GetFixed64(&header.first_lsn) ||
      !decoder.GetFixed64(&checksum) ||
      checksum != Xxh3(raw.substr(0, kSegmentHeaderBytes - sizeof(checksum)))) {
    return CorruptAt(path, kPreludeBytes, "the checksum of the segment's header does not hold");
  }
  return header;
}

Result<std::unique_ptr<File>> CreateSegment(FileSystem* file_system, const std::string& directory,
                                            uint64_t first_lsn, uint64_t salt) {
  std::string header;
  PutPrelude(&header, kJournalMagic);
  PutFixed64(&header, salt);
  PutFixed64(&header, first_lsn);
  PutFixed64(&header, Xxh3(header));
  const std::string path = directory + "/" + JournalName(first_lsn);
  const std::string temporary = path + std::string(kTemporarySuffix);
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, CreateAnew(file_system, temporary));
  KONTOR_RETURN_IF_ERROR(file->WriteAt(0, header));
  KONTOR_RETURN_IF_ERROR(file->Sync());
  KONTOR_RETURN_IF_ERROR(file_system->Rename(temporary, path));
  KONTOR_RETURN_IF_ERROR(file_system->SyncDirectory(directory));
  return file;
}

}  // namespace kontor
