#include "persist/snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/random.h"
#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "persist/snapshot_format.h"
#include "unit/persist/persist_testing.h"

namespace kontor {
namespace {

using persist_testing::FilesOf;
using persist_testing::Hex;
using persist_testing::kDirectory;

constexpr Lsn kCut = 77;

std::string Describe(const Effect& effect) {
  if (const auto* key = std::get_if<KeyEffect>(&effect)) {
    return "key " + std::string(key->key) + "=" + std::string(key->value);
  }
  const auto& queue = std::get<QueueEffect>(effect);
  return "queue " + std::string(queue.queue) + " " + std::to_string(queue.id);
}

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() : path_(std::string(kDirectory) + "/snapshot-" + Hex(kCut)) {
    EXPECT_TRUE(disk_.CreateDirectory(kDirectory).ok());
  }

  std::unique_ptr<SnapshotWriter> Create(FileSystem* file_system) {
    auto writer = SnapshotWriter::Create(file_system, kDirectory, kCut);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    return *std::move(writer);
  }

  // Reads the snapshot, replaced by `content`.
  Status ReadWith(Bytes content, std::vector<std::string>* effects = nullptr) {
    EXPECT_TRUE(ReplaceFile(&disk_, kDirectory, "snapshot-" + Hex(kCut), content).ok());
    return Read(effects);
  }

  Status Read(std::vector<std::string>* effects = nullptr) {
    return ReadSnapshot(&disk_, path_, kCut, [effects](const Effect& effect) {
      if (effects != nullptr) effects->push_back(Describe(effect));
      return Ok();
    });
  }

  std::string SmallSnapshot() {
    const auto writer = Create(&disk_);
    for (const char* key : {"a", "b", "c"}) {
      writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = key, .value = "v"});
    }
    writer->Add(QueueEffect{.kind = QueueEffectKind::kMessagePut, .queue = "q", .id = 5});
    EXPECT_TRUE(writer->Finish().ok());
    return FilesOf(&disk_)["snapshot-" + Hex(kCut)];
  }

  MemoryFileSystem disk_;
  const std::string path_;
};

TEST_F(SnapshotTest, EffectsComeBackInOrder) {
  const std::string content = SmallSnapshot();
  std::vector<std::string> effects;
  ASSERT_TRUE(Read(&effects).ok());
  EXPECT_EQ(effects, (std::vector<std::string>{"key a=v", "key b=v", "key c=v", "queue q 5"}));
}

TEST_F(SnapshotTest, AnEmptyStateIsASnapshotToo) {
  const auto writer = Create(&disk_);
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(writer->bytes_written(), kSnapshotHeaderBytes + kSnapshotFooterBytes);
  std::vector<std::string> effects;
  ASSERT_TRUE(Read(&effects).ok());
  EXPECT_TRUE(effects.empty());
}

TEST_F(SnapshotTest, ManyBlocksHugeAndEmptyValuesComeBack) {
  Random random(3);
  std::string noise(size_t{3} << 20, '\0');
  for (char& byte : noise) byte = static_cast<char>(random.Next());
  const std::string run(size_t{40} << 20, 'r');
  const auto writer = Create(&disk_);
  for (const std::string& value :
       {std::string(), noise, std::string("small"), run, std::string()}) {
    writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "k", .value = value});
  }
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key " + std::to_string(i);
    writer->Add(KeyEffect{.kind = KeyEffectKind::kHashSet, .key = key, .field = "f", .value = key});
  }
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_LT(writer->bytes_written(), size_t{5} << 20);  // the run is compressed
  EXPECT_EQ(FilesOf(&disk_)["snapshot-" + Hex(kCut)].size(), writer->bytes_written());
  std::vector<std::string> effects;
  ASSERT_TRUE(Read(&effects).ok());
  ASSERT_EQ(effects.size(), 20'005u);
  EXPECT_EQ(effects[0], "key k=");
  EXPECT_TRUE(effects[1] == "key k=" + noise);
  EXPECT_TRUE(effects[3] == "key k=" + run);
  EXPECT_EQ(effects[20'004], "key key 19999=key 19999");
}

TEST_F(SnapshotTest, NothingShowsUnderItsNameBeforeItIsWhole) {
  auto writer = Create(&disk_);
  writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "k"});
  EXPECT_EQ(Read().code(), Code::kCorrupt);
  EXPECT_EQ(FilesOf(&disk_).count("snapshot-" + Hex(kCut) + ".tmp"), 1u);
  writer.reset();
  EXPECT_TRUE(FilesOf(&disk_).empty());
}

TEST_F(SnapshotTest, FinishedItSurvivesAPowerLoss) {
  SmallSnapshot();
  const auto after = disk_.AfterPowerLoss();
  EXPECT_TRUE(ReadSnapshot(after.get(), path_, kCut, [](const Effect&) { return Ok(); }).ok());
}

TEST_F(SnapshotTest, AnyFlippedBitIsDamage) {
  const std::string content = SmallSnapshot();
  for (size_t offset = 0; offset < content.size(); ++offset) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = content;
      flipped[offset] = static_cast<char>(flipped[offset] ^ (1 << bit));
      const Status status = ReadWith(flipped);
      EXPECT_EQ(status.code(), Code::kCorrupt) << offset << ": " << status.message();
      EXPECT_NE(status.message().find(path_), std::string::npos);
    }
  }
  EXPECT_TRUE(ReadWith(content).ok());
}

TEST_F(SnapshotTest, AnyOtherLengthIsDamage) {
  const std::string content = SmallSnapshot();
  for (size_t size = 0; size < content.size(); ++size) {
    EXPECT_EQ(ReadWith(Bytes(content).substr(0, size)).code(), Code::kCorrupt) << size;
  }
  EXPECT_EQ(ReadWith(content + '\0').code(), Code::kCorrupt);
  EXPECT_EQ(ReadWith(content + content).code(), Code::kCorrupt);
}

TEST_F(SnapshotTest, AMissingOrForeignSnapshotIsDamage) {
  EXPECT_EQ(Read().code(), Code::kCorrupt);
  SmallSnapshot();
  const Status other_cut =
      ReadSnapshot(&disk_, path_, kCut + 1, [](const Effect&) { return Ok(); });
  EXPECT_EQ(other_cut.code(), Code::kCorrupt);
}

// The footer of an honest file with `blocks`, and before it one block that lies.
std::string WithBlock(uint32_t raw_bytes, const std::string& compressed) {
  constexpr uint64_t kSalt = 9;
  std::string content = EncodeSnapshotHeader(kSalt, kCut);
  PutFixed32(&content, raw_bytes);
  PutFixed32(&content, static_cast<uint32_t>(compressed.size()));
  PutFixed64(&content, BlockChecksum(kSalt, 0, raw_bytes, compressed));
  return content + compressed + EncodeSnapshotFooter(kSalt, 1, 0);
}

TEST_F(SnapshotTest, LyingSizesAreRefusedBeforeMemoryIsTaken) {
  EXPECT_EQ(ReadWith(WithBlock(UINT32_MAX, std::string(100, 'x'))).code(), Code::kCorrupt);
  const Status bomb = ReadWith(WithBlock(1u << 30, std::string(100, 'x')));
  EXPECT_EQ(bomb.code(), Code::kCorrupt);
  EXPECT_NE(bomb.message().find("impossible size"), std::string::npos) << bomb.message();
  EXPECT_EQ(ReadWith(WithBlock(10, "no zstd frame")).code(), Code::kCorrupt);
}

TEST_F(SnapshotTest, ANewerFormatIsNamed) {
  std::string content = SmallSnapshot();
  std::string prelude(kSnapshotMagic);
  PutFixed32(&prelude, 7);
  PutFixed32(&prelude, static_cast<uint32_t>(Xxh3(prelude)));
  content.replace(0, kPreludeBytes, prelude);
  const Status status = ReadWith(content);
  EXPECT_EQ(status.code(), Code::kNewerFormat);
  EXPECT_NE(status.message().find("version 7"), std::string::npos);
  EXPECT_NE(status.message().find("up to version 1"), std::string::npos);
}

TEST_F(SnapshotTest, TheHandlersErrorEndsReadingAndSaysWhere) {
  SmallSnapshot();
  int calls = 0;
  const Status status = ReadSnapshot(&disk_, path_, kCut, [&calls](const Effect&) {
    return ++calls == 2 ? Status(Code::kNoMemory, "too much") : Ok();
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(status.code(), Code::kNoMemory);
  EXPECT_NE(status.message().find(path_), std::string::npos);
}

TEST_F(SnapshotTest, EveryFailingCallFailsTheSnapshotAndLeavesNoFileOfItsName) {
  using Fault = FaultyFileSystem::Fault;
  for (const Fault fault : {Fault::kWrite, Fault::kSync, Fault::kRename}) {
    for (int64_t nth = 1;; ++nth) {
      FaultyFileSystem faulty(&disk_);
      faulty.FailNth(fault, nth);
      auto writer = SnapshotWriter::Create(&faulty, kDirectory, kCut);
      Status status = writer.status();
      if (writer.ok()) {
        (*writer)->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "k"});
        status = (*writer)->Finish();
      }
      if (faulty.Calls(fault) < nth) {
        EXPECT_TRUE(status.ok());
        break;
      }
      EXPECT_EQ(status.code(), Code::kIo);
      if (writer.ok()) {
        EXPECT_EQ((*writer)->status().code(), Code::kIo);
      }
      writer = Status(Code::kClosed);
      EXPECT_TRUE(FilesOf(&disk_).empty());
    }
    ASSERT_TRUE(disk_.Remove(path_).ok());
  }
}

TEST_F(SnapshotTest, AFailureWhileAddingIsSticky) {
  FaultyFileSystem faulty(&disk_);
  const auto writer = Create(&faulty);
  faulty.FailNth(FaultyFileSystem::Fault::kWrite, 1);
  const std::string large(kBlockTargetBytes, 'x');
  writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "k", .value = large});
  EXPECT_EQ(writer->status().code(), Code::kIo);
  writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "k", .value = "small"});
  EXPECT_EQ(writer->Finish().code(), Code::kIo);
}

}  // namespace
}  // namespace kontor
