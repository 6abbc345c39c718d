// Every way in which the bytes of a data directory can be wrong, tried exhaustively on small ones:
// what an interrupted write explains is cut off and reported, everything else is refused, and then
// no byte on disk has changed.

#include <gtest/gtest.h>

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

// A directory of one segment with kRecords records, as a kill would leave it.
Files OneSegment() {
  MemoryFileSystem disk;
  Opened opened = OpenDirectory(&disk);
  AppendUpTo(opened.directory.get(), kRecords);
  return FilesOf(&disk);
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

size_t FrameBytes(uint64_t lsn) { return kFrameHeaderBytes + RecordOf(lsn).size(); }

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
  const std::string& whole = files.at(name);
  std::vector<size_t> ends = {kSegmentHeaderBytes};
  for (uint64_t lsn = 1; lsn <= kRecords; ++lsn) ends.push_back(ends.back() + FrameBytes(lsn));
  ASSERT_EQ(ends.back(), whole.size());
  for (size_t size = 0; size <= whole.size(); ++size) {
    uint64_t records = 0;
    while (records < kRecords && ends[records + 1] <= size) ++records;
    Files torn = files;
    torn[name].resize(size);
    if (size < kSegmentHeaderBytes) {  // the header was durable before the segment had its name
      ExpectRefused(torn, name, "cut to " + std::to_string(size));
      continue;
    }
    ExpectTorn(torn, records, size - ends[records], "cut to " + std::to_string(size));
  }
}

TEST(DamageTest, ATailOfZerosOrRubbishIsTorn) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  for (const size_t size : {size_t{1}, size_t{20}, size_t{21}, size_t{22}, size_t{5000}}) {
    for (const char fill : {'\0', '\xff', 'x'}) {
      Files torn = files;
      torn[name].append(size, fill);
      ExpectTorn(torn, kRecords, size, std::to_string(size) + " bytes appended");
    }
  }
}

TEST(DamageTest, AnyFlippedBitOfAJournalIsRefusedOrTheLastRecordIsTorn) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const size_t last_begins = files.at(name).size() - FrameBytes(kRecords);
  for (size_t offset = 0; offset < files.at(name).size(); ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      Files flipped = files;
      flipped[name][offset] = static_cast<char>(flipped[name][offset] ^ (1 << bit));
      const std::string what = "bit " + std::to_string(bit) + " of byte " + std::to_string(offset);
      if (offset < last_begins) {
        ExpectRefused(flipped, name, what);
      } else {
        ExpectTorn(flipped, kRecords - 1, FrameBytes(kRecords), what);
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

TEST(DamageTest, ASegmentThatIsNotTheLastMustEndWhereTheNextBegins) {
  const Files files = ThreeSegments();
  const std::string name = "journal-" + Hex(4);
  for (size_t size = 0; size < files.at(name).size(); ++size) {
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
  size_t offset = kSegmentHeaderBytes;
  for (uint64_t lsn = 1; lsn < kRecords; ++lsn) {
    Files fewer = files;
    fewer[name].erase(offset, FrameBytes(lsn));
    ExpectRefused(fewer, name, "without record " + std::to_string(lsn));
    offset += FrameBytes(lsn);
  }
}

TEST(DamageTest, ARecordWithoutItsEndBeforeAWholeOneIsRefused) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const size_t offset = files.at(name).size() - FrameBytes(kRecords) - FrameBytes(kRecords - 1);
  for (size_t left = 1; left < FrameBytes(kRecords - 1); ++left) {
    Files shorter = files;
    shorter[name].erase(offset + left, FrameBytes(kRecords - 1) - left);
    ExpectRefused(shorter, name,
                  std::to_string(left) + " bytes left of the record before the last");
  }
}

TEST(DamageTest, ARecordThatIsThereTwiceIsRefused) {
  Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  files[name] += files[name].substr(files[name].size() - FrameBytes(kRecords));
  ExpectRefused(files, name, "the last record twice");
}

TEST(DamageTest, AHoleOfAnySizeBeforeAWholeRecordIsRefused) {
  const Files files = OneSegment();
  const std::string name = "journal-" + Hex(1);
  const size_t last_begins = files.at(name).size() - FrameBytes(kRecords);
  for (size_t size = 1; size <= last_begins - kSegmentHeaderBytes; ++size) {
    Files hole = files;
    hole[name].replace(last_begins - size, size, size, '\xee');
    ExpectRefused(hole, name, std::to_string(size) + " bytes overwritten");
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
