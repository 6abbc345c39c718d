#include "persist/journal_reader.h"

#include <algorithm>

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
  if (offset_ == size_) return Outcome::kEnd;
  if (size_ - offset_ < kFrameHeaderBytes) return Outcome::kBad;
  Bytes raw;
  KONTOR_RETURN_IF_ERROR(View(offset_, kFrameHeaderBytes, &raw));
  const FrameHeader header = DecodeFrameHeader(raw);
  if (header.lsn != next_lsn_) return Outcome::kBad;
  KONTOR_ASSIGN_OR_RETURN(const bool holds, HoldsFrame(offset_, header));
  if (!holds) return Outcome::kBad;
  if (header.type != static_cast<uint8_t>(FrameType::kRecord)) {
    return Status(Code::kNewerFormat,
                  "'" + path_ + "' holds at byte " + std::to_string(offset_) + " a frame of type " +
                      std::to_string(header.type) +
                      ", which only a newer library reads; nothing was changed");
  }
  KONTOR_RETURN_IF_ERROR(View(offset_ + kFrameHeaderBytes, header.payload_bytes, payload));
  offset_ += kFrameHeaderBytes + header.payload_bytes;
  ++next_lsn_;
  return Outcome::kRecord;
}

Result<bool> JournalReader::RecordFollowsDamage() {
  if (offset_ == 0) return false;  // without the header's salt no frame can be told from chance
  for (uint64_t at = offset_; size_ - at >= kSmallestFrameBytes; ++at) {
    Bytes raw;
    KONTOR_RETURN_IF_ERROR(View(at, kFrameHeaderBytes, &raw));
    const FrameHeader header = DecodeFrameHeader(raw);
    // Only as many records as fit between can have been there: a test that spares nearly every
    // checksum. A whole frame in the very place of the expected one, but with another number, is no
    // interrupted write either.
    const uint64_t most_skipped = (at - offset_) / kSmallestFrameBytes;
    const bool plausible =
        at == offset_ || (header.lsn > next_lsn_ && header.lsn - next_lsn_ <= most_skipped + 1);
    if (!plausible) continue;
    KONTOR_ASSIGN_OR_RETURN(const bool holds, HoldsFrame(at, header));
    if (holds) return true;
  }
  return false;
}

}  // namespace kontor
