#include <zstd.h>

#include <algorithm>

#include "base/codec.h"
#include "persist/snapshot.h"
#include "persist/snapshot_format.h"

namespace kontor {
namespace {

// One pass over a snapshot file.
class SnapshotReader {
 public:
  SnapshotReader(std::unique_ptr<File> file, std::string path, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Status Read(Lsn expected_cut, const EffectHandler& handler) {
    KONTOR_RETURN_IF_ERROR(ReadHeader(expected_cut));
    while (true) {
      Decoder header(Bytes{});
      std::string raw_header;
      KONTOR_RETURN_IF_ERROR(ReadExactly(kBlockHeaderBytes, &raw_header));
      header = Decoder(raw_header);
      uint32_t raw_bytes = 0;
      uint32_t compressed_bytes = 0;
      uint64_t checksum = 0;
      if (!header.GetFixed32(&raw_bytes) || !header.GetFixed32(&compressed_bytes) ||
          !header.GetFixed64(&checksum)) {
        return Corrupt("a block has no header");
      }
      if (raw_bytes == 0) return ReadFooter();
      KONTOR_RETURN_IF_ERROR(ReadBlock(raw_bytes, compressed_bytes, checksum));
      KONTOR_RETURN_IF_ERROR(Replay(handler));
      offset_ += kBlockHeaderBytes + compressed_bytes;
      ++blocks_;
    }
  }

 private:
  Status Corrupt(const std::string& what) const { return CorruptAt(path_, offset_, what); }

  // Reads at offset_ + skip, or says that the file ends too early.
  Status ReadExactly(uint64_t size, std::string* out, uint64_t skip = 0) {
    if (size_ - offset_ < skip || size_ - offset_ - skip < size) {
      return Corrupt("the file ends too early");
    }
    KONTOR_RETURN_IF_ERROR(file_->ReadAt(offset_ + skip, size, out));
    return out->size() == size ? Ok() : Corrupt("the file became shorter while it was read");
  }

  Status ReadHeader(Lsn expected_cut) {
    std::string header;
    KONTOR_RETURN_IF_ERROR(ReadExactly(kPreludeBytes, &header));
    KONTOR_RETURN_IF_ERROR(CheckPrelude(header, kSnapshotMagic, path_));
    KONTOR_RETURN_IF_ERROR(ReadExactly(kSnapshotHeaderBytes, &header));
    Decoder decoder(Bytes(header).substr(kPreludeBytes));
    uint64_t cut = 0;
    if (!decoder.GetFixed64(&salt_) || !decoder.GetFixed64(&cut) ||
        header != EncodeSnapshotHeader(salt_, cut)) {
      return Corrupt("the checksum of the header does not hold");
    }
    if (cut != expected_cut) {
      return Corrupt("the snapshot is cut at record " + std::to_string(cut) + ", not at record " +
                     std::to_string(expected_cut));
    }
    offset_ = kSnapshotHeaderBytes;
    return Ok();
  }

  // Leaves the block's effects in raw_.
  Status ReadBlock(uint32_t raw_bytes, uint32_t compressed_bytes, uint64_t checksum) {
    if (raw_bytes > kBlockBytesLimit || raw_bytes / kMostRawBytesPerByte > compressed_bytes) {
      return Corrupt("a block claims an impossible size");
    }
    KONTOR_RETURN_IF_ERROR(ReadExactly(compressed_bytes, &compressed_, kBlockHeaderBytes));
    if (checksum != BlockChecksum(salt_, blocks_, raw_bytes, compressed_)) {
      return Corrupt("the checksum of the block does not hold");
    }
    raw_.resize(raw_bytes);
    const size_t size =
        ZSTD_decompress(raw_.data(), raw_.size(), compressed_.data(), compressed_.size());
    if (ZSTD_isError(size) != 0 || size != raw_bytes) {
      return Corrupt("the block does not decompress to its size");
    }
    return Ok();
  }

  Status Replay(const EffectHandler& handler) {
    Decoder decoder(raw_);
    while (!decoder.empty()) {
      Effect effect = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
      if (!DecodeEffect(&decoder, &effect)) return Corrupt("the block holds what is no effect");
      Status status = handler(effect);
      if (!status.ok()) {
        return Status(status.code(), "cannot restore from '" + path_ + "', block at byte " +
                                         std::to_string(offset_) + ": " + status.message());
      }
      ++effects_;
    }
    return Ok();
  }

  Status ReadFooter() {
    std::string footer;
    KONTOR_RETURN_IF_ERROR(ReadExactly(kSnapshotFooterBytes, &footer));
    if (footer != EncodeSnapshotFooter(salt_, blocks_, effects_)) {
      return Corrupt("the footer does not match the blocks before it");
    }
    offset_ += kSnapshotFooterBytes;
    if (offset_ != size_) return Corrupt("bytes follow the footer");
    return Ok();
  }

  const std::unique_ptr<File> file_;
  const std::string path_;
  const uint64_t size_;
  uint64_t salt_ = 0;
  uint64_t offset_ = 0;
  uint64_t blocks_ = 0;
  uint64_t effects_ = 0;
  std::string compressed_;
  std::string raw_;
};

}  // namespace

Status ReadSnapshot(FileSystem* file_system, const std::string& path, Lsn expected_cut,
                    const EffectHandler& handler) {
  Result<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kRead);
  if (file.code() == Code::kNotFound) return CorruptAt(path, 0, "the file is missing");
  if (!file.ok()) return file.status();
  KONTOR_ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
  return SnapshotReader(*std::move(file), path, size).Read(expected_cut, handler);
}

}  // namespace kontor
