#include "persist/journal_reader.h"

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"

namespace kontor {
namespace {

constexpr uint64_t kWindowBytes = uint64_t{1} << 20;
// A record holds at least one byte.
constexpr uint64_t kSmallestFrameBytes = kFrameHeaderBytes + 1;

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::Open(FileSystem* file_system,
                                                           std::string path, uint64_t first_lsn) {
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, file_system->Open(path, OpenMode::kRead));
  KONTOR_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  std::unique_ptr<JournalReader> reader(
      new JournalReader(std::move(file), std::move(path), first_lsn, size));
  if (size >= kSegmentHeaderBytes) KONTOR_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Status JournalReader::ReadHeader() {
  Bytes raw;
  KONTOR_RETURN_IF_ERROR(View(0, kSegmentHeaderBytes, &raw));
  KONTOR_ASSIGN_OR_RETURN(const SegmentHeader header, DecodeSegmentHeader(raw, path_));
  if (header.first_lsn != next_lsn_) {
    return CorruptAt(path_, kPreludeBytes,
                     "the segment begins with record " + std::to_string(header.first_lsn) +
                         ", its name says record " + std::to_string(next_lsn_));
  }
  salt_ = header.salt;
  offset_ = kSegmentHeaderBytes;
  return Ok();
}

Status JournalReader::View(uint64_t offset, uint64_t size, Bytes* bytes) {
  const uint64_t window_end = window_offset_ + window_.size();
  if (offset < window_offset_ || offset + size > window_end) {
    const uint64_t wanted = std::min(std::max(size, kWindowBytes), size_ - offset);
    KONTOR_RETURN_IF_ERROR(file_->ReadAt(offset, wanted, &window_));
    window_offset_ = offset;
    if (window_.size() < size) {
      return Status(Code::kIo, "'" + path_ +
                                   "' became shorter while it was read: does another "
                                   "program write into the directory?");
    }
  }
  *bytes = Bytes(window_).substr(offset - window_offset_, size);
  return Ok();
}

// True if the frame with this header at `offset` is whole and its checksum holds.
Result<bool> JournalReader::HoldsFrame(uint64_t offset, const FrameHeader& header) {
  const uint64_t payload_offset = offset + kFrameHeaderBytes;
  if (header.payload_bytes == 0 || header.payload_bytes > limits::kJournalRecordBytes ||
      header.payload_bytes > size_ - payload_offset) {
    return false;
  }
  Bytes payload;
  KONTOR_RETURN_IF_ERROR(View(payload_offset, header.payload_bytes, &payload));
  return header.checksum == FrameChecksum(salt_, header, Xxh3(payload));
}

Result<JournalReader::Outcome> JournalReader::Next(Bytes* payload) {
  if (offset_ == 0) return Outcome::kBad;
  while (offset_ != size_) {
    if (size_ - offset_ < kFrameHeaderBytes) return Outcome::kBad;
    Bytes raw;
    KONTOR_RETURN_IF_ERROR(View(offset_, kFrameHeaderBytes, &raw));
    const FrameHeader header = DecodeFrameHeader(raw);
    if (header.lsn != next_lsn_) return Outcome::kBad;
    KONTOR_ASSIGN_OR_RETURN(const bool holds, HoldsFrame(offset_, header));
    if (!holds) return Outcome::kBad;
    const uint64_t payload_offset = offset_ + kFrameHeaderBytes;
    if (header.type == static_cast<uint8_t>(FrameType::kSyncMark)) {
      offset_ = payload_offset + header.payload_bytes;
      continue;
    }
    if (header.type != static_cast<uint8_t>(FrameType::kRecord)) return NewerFrame(header.type);
    KONTOR_RETURN_IF_ERROR(View(payload_offset, header.payload_bytes, payload));
    offset_ = payload_offset + header.payload_bytes;
    ++next_lsn_;
    return Outcome::kRecord;
  }
  return Outcome::kEnd;
}

Status JournalReader::NewerFrame(uint8_t type) const {
  return Status(Code::kNewerFormat, "'" + path_ + "' holds at byte " + std::to_string(offset_) +
                                        " a frame of type " + std::to_string(type) +
                                        ", which only a newer library reads; nothing was changed");
}

Result<bool> JournalReader::RestIsZero() {
  for (uint64_t at = offset_; at < size_;) {
    const uint64_t part = std::min(kWindowBytes, size_ - at);
    Bytes raw;
    KONTOR_RETURN_IF_ERROR(View(at, part, &raw));
    if (raw.find_first_not_of('\0') != Bytes::npos) return false;
    at += part;
  }
  return true;
}

Result<bool> JournalReader::MarksRecord(uint64_t offset, const FrameHeader& header) {
  // What spares nearly every checksum comes first. A mark comes before its record, so one of a
  // later record alone can tell of this one.
  if (header.type != static_cast<uint8_t>(FrameType::kSyncMark) ||
      header.payload_bytes != kSyncMarkPayloadBytes || header.lsn <= next_lsn_) {
    return false;
  }
  KONTOR_ASSIGN_OR_RETURN(const bool holds, HoldsFrame(offset, header));
  if (!holds) return false;
  Bytes payload;
  KONTOR_RETURN_IF_ERROR(View(offset + kFrameHeaderBytes, kSyncMarkPayloadBytes, &payload));
  uint64_t synced_lsn = 0;
  KONTOR_CHECK(Decoder(payload).GetFixed64(&synced_lsn));
  return synced_lsn >= next_lsn_;
}

Result<bool> JournalReader::RecordWasDurable() {
  if (offset_ == 0) return false;  // without the header's salt no frame can be told from chance
  for (uint64_t at = offset_; size_ - at >= kSmallestFrameBytes; ++at) {
    Bytes raw;
    KONTOR_RETURN_IF_ERROR(View(at, kFrameHeaderBytes, &raw));
    const FrameHeader header = DecodeFrameHeader(raw);
    KONTOR_ASSIGN_OR_RETURN(const bool damaged,
                            at == offset_ ? HoldsFrame(at, header) : MarksRecord(at, header));
    if (damaged) return true;
  }
  return false;
}

}  // namespace kontor
