#ifndef KONTOR_PERSIST_JOURNAL_READER_H_
#define KONTOR_PERSIST_JOURNAL_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "os/file_system.h"
#include "persist/journal_format.h"

namespace kontor {

// Reads one segment front to back in bounded memory: a window of the file, and at most one record.
// Changes nothing. Not thread-safe.
class JournalReader {
 public:
  enum class Outcome {
    kRecord,
    kEnd,  // the file ends after a whole frame
    kBad,  // the bytes at offset() are not the frame of next_lsn(); nothing can be read past them
  };

  // kCorrupt or kNewerFormat if the header is; a file too short for one reads as kBad at offset 0.
  static Result<std::unique_ptr<JournalReader>> Open(FileSystem* file_system, std::string path,
                                                     uint64_t first_lsn);

  // On kRecord, *payload stays valid until the next call. kNewerFormat for a frame type of a later
  // version.
  Result<Outcome> Next(Bytes* payload);
  // After kBad: is there nothing but zeros from here on? Then no write has come here.
  Result<bool> RestIsZero();
  // After kBad: was the record of next_lsn() durable once, as a mark tells that comes behind it? Or
  // is in its place a whole frame of another? Then the bad bytes are damage and not the end of an
  // interrupted write.
  Result<bool> RecordWasDurable();

  // Where the next frame begins.
  uint64_t offset() const { return offset_; }
  uint64_t size() const { return size_; }
  uint64_t next_lsn() const { return next_lsn_; }
  const std::string& path() const { return path_; }

 private:
  JournalReader(std::unique_ptr<File> file, std::string path, uint64_t first_lsn, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size), next_lsn_(first_lsn) {}

  Status ReadHeader();
  Status NewerFrame(uint8_t type) const;
  // Makes [offset, offset + size) readable at *bytes; the caller checked that the file is that
  // long.
  Status View(uint64_t offset, uint64_t size, Bytes* bytes);
  Result<bool> HoldsFrame(uint64_t offset, const FrameHeader& header);
  // Whether the bytes at `offset` are a mark that says so of next_lsn().
  Result<bool> MarksRecord(uint64_t offset, const FrameHeader& header);

  const std::unique_ptr<File> file_;
  const std::string path_;
  const uint64_t size_;
  uint64_t salt_ = 0;
  uint64_t offset_ = 0;
  uint64_t next_lsn_;
  uint64_t window_offset_ = 0;
  std::string window_;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_JOURNAL_READER_H_
