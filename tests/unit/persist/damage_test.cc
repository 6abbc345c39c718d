// Every way in which the bytes of a data directory can be wrong, tried exhaustively on small ones:
// what an interrupted write explains is cut off and reported, everything else is refused, and then
// no byte on disk has changed.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "os/memory_file_system.h"
#include "persist/data_directory.h"
#include "persist/journal_format.h"
#include "unit/persist/persist_testing.h"

namespace kontor {
namespace {

using namespace persist_testing;  // NOLINT(google-build-using-namespace)

constexpr uint64_t kRecords = 6;

struct Frame {
  FrameType type = FrameType::kRecord;
  uint64_t lsn = 0;
  size_t begin = 0;
  size_t end = 0;
};

// Those of a sound segment, up to its end or its zeros.
std::vector<Frame> FramesOf(const std::string& segment) {
  std::vector<Frame> frames;
  for (size_t at = kSegmentHeaderBytes; segment.size() - at > kFrameHeaderBytes;) {
    const FrameHeader header = DecodeFrameHeader(Bytes(segment).substr(at, kFrameHeaderBytes));
    if (header.payload_bytes == 0) break;
    const size_t end = at + kFrameHeaderBytes + header.payload_bytes;
    frames.push_back({static_cast<FrameType>(header.type), header.lsn, at, end});
    at = end;
  }
  return frames;
}

Frame FrameOf(const std::string& segment, uint64_t lsn, FrameType type = FrameType::kRecord) {
  for (const Frame& frame : FramesOf(segment)) {
    if (frame.lsn == lsn && frame.type == type) return frame;
  }
  ADD_FAILURE() << "no such frame of record " << lsn;
  return {};
}

Files WithoutZeros(Files files) {
  std::string& segment = files.at("journal-" + Hex(1));
  segment.resize(FramesOf(segment).back().end);
  return files;
}

// A directory of one segment with kRecords records, each synced by itself, as a kill would leave
// it, less the zeros behind them.
Files OneSegment() {
  MemoryFileSystem disk;
  Opened opened = OpenDirectory(&disk);
  AppendUpTo(opened.directory.get(), kRecords);
  return WithoutZeros(FilesOf(&disk));
}

// Three segments of three records each.
Files ThreeSegments() {
  MemoryFileSystem disk;
  for (uint64_t life = 1; life <= 3; ++life) {
    Opened opened = OpenDirectory(&disk);
    AppendUpTo(opened.directory.get(), life * 3);
  }
  return FilesOf(&disk);
}

void ExpectRefused(const Files& files, const std::string& file, const std::string& what) {
  const auto disk = DiskWith(files);
  const Opened opened = OpenDirectory(disk.get());
  EXPECT_EQ(opened.status.code(), Code::kCorrupt) << what << ": " << opened.status.message();
  EXPECT_NE(opened.status.message().find(file), std::string::npos) << opened.status.message();
  EXPECT_NE(opened.status.message().find("nothing was changed"), std::string::npos);
  EXPECT_TRUE(FilesOf(disk.get()) == files) << what;
}

// Opens, expects the records up to `lsn` and that `torn_bytes` were cut off; then lives on and
// opens once more.
void ExpectTorn(const Files& files, uint64_t lsn, uint64_t torn_bytes, const std::string& what) {
  const auto disk = DiskWith(files);
  {
    Opened opened = OpenDirectory(disk.get());
    ASSERT_TRUE(opened.status.ok()) << what << ": " << opened.status.message();
    EXPECT_EQ(opened.Lsn(), lsn) << what;
    EXPECT_EQ(opened.report.torn_bytes, torn_bytes) << what;
    if (torn_bytes != 0) {
      EXPECT_NE(opened.report.torn_file, "") << what;
    }
    AppendUpTo(opened.directory.get(), lsn + 2);
  }
  // Even a power loss does not bring the torn bytes back.
  const auto after = disk->AfterPowerLoss();
  const Opened opened = OpenDirectory(after.get());
  ASSERT_TRUE(opened.status.ok()) << what << ": " << opened.status.message();
  EXPECT_EQ(opened.Lsn(), lsn + 2) << what;
  EXPECT_EQ(opened.report.torn_bytes, 0u) << what;
}

TEST(DamageTest, ATailTornAtAnyByteLosesItsOwnRecordsOnly) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const std::vector<Frame> frames = FramesOf(files.at(name));
  for (size_t size = 0; size <= files.at(name).size(); ++size) {
    uint64_t records = 0;
    size_t whole = kSegmentHeaderBytes;
    for (const Frame& frame : frames) {
      if (frame.end > size) break;
      if (frame.type == FrameType::kRecord) ++records;
      whole = frame.end;
    }
    Files torn = files;
    torn[name].resize(size);
    if (size < kSegmentHeaderBytes) {  // the header was durable before the segment had its name
      ExpectRefused(torn, name, "cut to " + std::to_string(size));
      continue;
    }
    ExpectTorn(torn, records, size - whole, "cut to " + std::to_string(size));
  }
}

TEST(DamageTest, ATailOfRubbishIsTornAndOneOfZerosWasNeverWritten) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  for (const size_t size : {size_t{1}, size_t{20}, size_t{21}, size_t{22}, size_t{5000}}) {
    for (const char fill : {'\0', '\xff', 'x'}) {
      Files torn = files;
      torn[name].append(size, fill);
      ExpectTorn(torn, kRecords, fill == '\0' ? 0 : size, std::to_string(size) + " bytes appended");
    }
  }
}

TEST(DamageTest, AnyFlippedBitOfAJournalIsRefusedOrTheLastFlushIsTorn) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const Frame mark = FrameOf(files.at(name), kRecords, FrameType::kSyncMark);
  for (size_t offset = 0; offset < files.at(name).size(); ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      Files flipped = files;
      flipped[name][offset] = static_cast<char>(flipped[name][offset] ^ (1 << bit));
      const std::string what = "bit " + std::to_string(bit) + " of byte " + std::to_string(offset);
      if (offset < mark.begin) {
        ExpectRefused(flipped, name, what);
      } else {
        const size_t torn = offset < mark.end ? mark.begin : mark.end;
        ExpectTorn(flipped, kRecords - 1, files.at(name).size() - torn, what);
      }
    }
  }
}

TEST(DamageTest, OfASegmentThatWasClosedAnyFlippedBitOfARecordIsRefused) {
  MemoryFileSystem disk;
  {
    Opened opened = OpenDirectory(&disk);
    AppendUpTo(opened.directory.get(), kRecords);
  }
  const Files files = FilesOf(&disk);
  const std::string name = "journal-" + Hex(1);
  const Frame last = FramesOf(files.at(name)).back();
  ASSERT_EQ(last.type, FrameType::kSyncMark);
  ASSERT_EQ(last.end, files.at(name).size());
  for (size_t offset = 0; offset < last.end; ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      Files flipped = files;
      flipped[name][offset] = static_cast<char>(flipped[name][offset] ^ (1 << bit));
      const std::string what = "bit " + std::to_string(bit) + " of byte " + std::to_string(offset);
      if (offset < last.begin) {
        ExpectRefused(flipped, name, what);
      } else {
        ExpectTorn(flipped, kRecords, last.end - last.begin, what);
      }
    }
  }
}

// Of what is written at once, a power loss may leave any part.
TEST(DamageTest, AHoleAnywhereInWhatWasNotSyncedIsTorn) {
  MemoryFileSystem disk;
  Opened opened = OpenDirectory(&disk);
  AppendUpTo(opened.directory.get(), 2);
  Journal* const journal = opened.directory->journal();
  for (uint64_t lsn = 3; lsn <= kRecords; ++lsn) journal->Append(RecordOf(lsn));
  ASSERT_TRUE(journal->WaitDurable(kRecords).ok());
  const Files files = WithoutZeros(FilesOf(&disk));
  const std::string name = "journal-" + Hex(1);
  const std::vector<Frame> frames = FramesOf(files.at(name));
  const Frame mark = FrameOf(files.at(name), 3, FrameType::kSyncMark);
  for (size_t begin = mark.begin; begin < files.at(name).size(); ++begin) {
    for (const size_t size : {size_t{1}, size_t{30}, size_t{512}}) {
      for (const char fill : {'\0', '\xee'}) {
        Files hole = files;
        for (size_t at = begin; at < std::min(begin + size, hole[name].size()); ++at) {
          hole[name][at] = fill;
        }
        if (hole == files) continue;
        uint64_t records = 2;
        size_t whole = mark.begin;
        for (const Frame& frame : frames) {
          if (frame.begin < mark.begin) continue;
          if (hole[name].compare(frame.begin, frame.end - frame.begin, files.at(name), frame.begin,
                                 frame.end - frame.begin) != 0) {
            break;
          }
          if (frame.type == FrameType::kRecord) records = frame.lsn;
          whole = frame.end;
        }
        const bool only_zeros = hole[name].find_first_not_of('\0', whole) == std::string::npos;
        ExpectTorn(hole, records, only_zeros ? 0 : hole[name].size() - whole,
                   std::to_string(size) + " bytes at " + std::to_string(begin));
      }
    }
  }
}

TEST(DamageTest, AnyFlippedBitOfASegmentThatIsNotTheLastIsRefused) {
  const Files files = ThreeSegments();
  for (const uint64_t first : {uint64_t{1}, uint64_t{4}}) {
    const std::string name = "journal-" + Hex(first);
    for (size_t offset = 0; offset < files.at(name).size(); ++offset) {
      Files flipped = files;
      flipped[name][offset] = static_cast<char>(flipped[name][offset] ^ (1 << (offset % 8)));
      ExpectRefused(flipped, name, "byte " + std::to_string(offset));
    }
  }
}

TEST(DamageTest, OnlyAMarkOfTheMissingRecordTellsOfDamage) {
  const std::string name = "journal-" + Hex(1);
  Files files = OneSegment();
  const uint64_t salt = DecodeSegmentHeader(files.at(name), name)->salt;
  for (const uint64_t synced_lsn : {kRecords, kRecords + 1}) {
    for (const uint64_t next_lsn : {kRecords + 1, kRecords + 2}) {
      Files more = files;
      more[name] += "no frame";
      const size_t torn = more[name].size() - files[name].size();
      AppendSyncMark(&more[name], salt, next_lsn, synced_lsn);
      const std::string what =
          "mark of " + std::to_string(synced_lsn) + " before " + std::to_string(next_lsn);
      if (next_lsn == kRecords + 2 && synced_lsn == kRecords + 1) {
        ExpectRefused(more, name, what);
      } else {
        ExpectTorn(more, kRecords, torn + kFrameHeaderBytes + kSyncMarkPayloadBytes, what);
      }
    }
  }
}

TEST(DamageTest, ASegmentThatIsNotTheLastMustEndWhereTheNextBegins) {
  const Files files = ThreeSegments();
  const std::string name = "journal-" + Hex(4);
  for (size_t size = 0; size < files.at(name).size(); ++size) {
    if (size == FrameOf(files.at(name), 6).end) continue;  // only the mark behind it is missing
    Files cut = files;
    cut[name].resize(size);
    const auto disk = DiskWith(cut);
    const Opened opened = OpenDirectory(disk.get());
    EXPECT_EQ(opened.status.code(), Code::kCorrupt) << size;
    EXPECT_TRUE(FilesOf(disk.get()) == cut);
  }
  Files longer = files;
  longer[name] += '\0';
  ExpectRefused(longer, name, "one byte more");
}

TEST(DamageTest, AMissingSegmentIsRefused) {
  const Files files = ThreeSegments();
  for (const uint64_t first : {uint64_t{1}, uint64_t{4}}) {
    Files fewer = files;
    fewer.erase("journal-" + Hex(first));
    ExpectRefused(fewer, "journal-" + Hex(first), "a missing segment");
  }
  Files none = files;
  for (const uint64_t first : {uint64_t{1}, uint64_t{4}, uint64_t{7}})
    none.erase("journal-" + Hex(first));
  ExpectRefused(none, "journal-" + Hex(1), "no segment at all");
}

TEST(DamageTest, ASegmentUnderAnotherNameOrFromAnotherDirectoryIsRefused) {
  const Files files = ThreeSegments();
  Files swapped = files;
  std::swap(swapped["journal-" + Hex(1)], swapped["journal-" + Hex(4)]);
  ExpectRefused(swapped, "journal-" + Hex(1), "swapped segments");

  // The frames of another directory's segment, moved into the file of this one: the salt tells them
  // apart.
  Files foreign = files;
  const Files other = ThreeSegments();
  foreign["journal-" + Hex(1)].replace(kSegmentHeaderBytes, std::string::npos,
                                       other.at("journal-" + Hex(1)), kSegmentHeaderBytes);
  ExpectRefused(foreign, "journal-" + Hex(1), "foreign frames");
}

TEST(DamageTest, ARecordTakenOutOfTheLastSegmentIsRefused) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  for (uint64_t lsn = 1; lsn < kRecords; ++lsn) {
    const Frame frame = FrameOf(files.at(name), lsn);
    Files fewer = files;
    fewer[name].erase(frame.begin, frame.end - frame.begin);
    ExpectRefused(fewer, name, "without record " + std::to_string(lsn));
  }
}

TEST(DamageTest, ARecordWithoutItsEndBeforeAMarkIsRefused) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const Frame frame = FrameOf(files.at(name), kRecords - 1);
  for (size_t at = frame.begin + 1; at < frame.end; ++at) {
    Files shorter = files;
    shorter[name].erase(at, frame.end - at);
    ExpectRefused(shorter, name,
                  std::to_string(at - frame.begin) + " bytes left of the record before the last");
  }
}

TEST(DamageTest, ARecordThatIsThereTwiceIsRefused) {
  Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const Frame frame = FrameOf(files.at(name), kRecords);
  files[name] += files[name].substr(frame.begin);
  ExpectRefused(files, name, "the last record twice");
}

TEST(DamageTest, AHoleOfAnySizeBeforeAMarkIsRefused) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const size_t mark = FrameOf(files.at(name), kRecords, FrameType::kSyncMark).begin;
  for (size_t size = 1; size <= mark - kSegmentHeaderBytes; ++size) {
    for (const char fill : {'\0', '\xee'}) {
      Files hole = files;
      hole[name].replace(mark - size, size, size, fill);
      if (hole == files) continue;
      ExpectRefused(hole, name, std::to_string(size) + " bytes overwritten");
    }
  }
}

TEST(DamageTest, AnyChangeOfTheManifestIsRefused) {
  const Files files = ThreeSegments();
  const std::string& manifest = files.at("MANIFEST");
  for (size_t offset = 0; offset < manifest.size(); ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      Files flipped = files;
      flipped["MANIFEST"][offset] = static_cast<char>(manifest[offset] ^ (1 << bit));
      ExpectRefused(flipped, "MANIFEST", "byte " + std::to_string(offset));
    }
    Files cut = files;
    cut["MANIFEST"].resize(offset);
    ExpectRefused(cut, "MANIFEST", "cut to " + std::to_string(offset));
  }
  Files longer = files;
  longer["MANIFEST"] += '\0';
  ExpectRefused(longer, "MANIFEST", "one byte more");
}

TEST(DamageTest, DataWithoutAManifestIsRefused) {
  Files files = OneSegment();
  files.erase("MANIFEST");
  ExpectRefused(files, "MANIFEST", "a segment with records");
  ExpectRefused({{"snapshot-" + Hex(1), "x"}}, "MANIFEST", "a snapshot");
  ExpectRefused({{"journal-" + Hex(7), ""}}, "MANIFEST", "a later segment");
}

TEST(DamageTest, ACreationInterruptedBeforeTheManifestIsANewDirectory) {
  Files files = OneSegment();
  files.erase("MANIFEST");
  for (const size_t size : {size_t{0}, size_t{10}, kSegmentHeaderBytes}) {
    Files interrupted = files;
    interrupted["journal-" + Hex(1)].resize(size);
    const auto disk = DiskWith(interrupted);
    Opened opened = OpenDirectory(disk.get());
    ASSERT_TRUE(opened.status.ok()) << opened.status.message();
    EXPECT_TRUE(opened.report.created);
    AppendUpTo(opened.directory.get(), 3);
    opened.directory.reset();
    EXPECT_EQ(OpenDirectory(disk.get()).Lsn(), 3u);
  }
}

TEST(DamageTest, AnyChangeOfTheSnapshotIsRefused) {
  MemoryFileSystem disk;
  {
    Opened opened = OpenDirectory(&disk);
    AppendUpTo(opened.directory.get(), 4);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(4)).ok());
    AppendUpTo(opened.directory.get(), 6);
  }
  const Files files = FilesOf(&disk);
  const std::string name = "snapshot-" + Hex(4);
  for (size_t offset = 0; offset < files.at(name).size(); ++offset) {
    Files flipped = files;
    flipped[name][offset] = static_cast<char>(flipped[name][offset] ^ (1 << (offset % 8)));
    ExpectRefused(flipped, name, "byte " + std::to_string(offset));
    Files cut = files;
    cut[name].resize(offset);
    ExpectRefused(cut, name, "cut to " + std::to_string(offset));
  }
  Files other = files;
  {
    // Sound, and of the same cut, but not the one that the manifest names.
    MemoryFileSystem other_disk;
    Opened opened = OpenDirectory(&other_disk);
    AppendUpTo(opened.directory.get(), 4);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(4), 2).ok());
    other[name] = FilesOf(&other_disk).at(name);
  }
  ExpectRefused(other, name, "another snapshot");
  Files missing = files;
  missing.erase(name);
  ExpectRefused(missing, name, "no snapshot");
}

TEST(DamageTest, ARecordThatIsNoEffectIsRefusedEvenIfItsChecksumHolds) {
  MemoryFileSystem disk;
  {
    Opened opened = OpenDirectory(&disk);
    AppendUpTo(opened.directory.get(), 2);
    Journal* const journal = opened.directory->journal();
    ASSERT_TRUE(journal->WaitDurable(journal->Append("\xee nonsense")).ok());
  }
  ExpectRefused(FilesOf(&disk), "journal-" + Hex(1), "nonsense");
}

}  // namespace
}  // namespace kontor
