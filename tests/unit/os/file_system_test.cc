#include "os/file_system.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "style/temporary_directory.h"

namespace kontor {
namespace {

// What every file system promises, whichever it is.
struct Subject {
  std::unique_ptr<TemporaryDirectory> directory;
  std::unique_ptr<FileSystem> owned;
  std::unique_ptr<FileSystem> wrapper;
  FileSystem* file_system;
  std::string root;  // an empty directory
};

Subject PosixSubject() {
  auto directory = std::make_unique<TemporaryDirectory>();
  const std::string root = directory->path();
  return {std::move(directory), nullptr, nullptr, FileSystem::Posix(), root};
}

Subject MemorySubject() {
  auto memory = std::make_unique<MemoryFileSystem>();
  FileSystem* const raw = memory.get();
  EXPECT_TRUE(raw->CreateDirectory("/root").ok());
  return {nullptr, std::move(memory), nullptr, raw, "/root"};
}

Subject FaultySubject() {
  Subject subject = MemorySubject();
  subject.wrapper = std::make_unique<FaultyFileSystem>(subject.file_system);
  subject.file_system = subject.wrapper.get();
  return subject;
}

struct Kind {
  const char* name;
  Subject (*make)();
};

class FileSystemTest : public testing::TestWithParam<Kind> {
 protected:
  FileSystemTest() : subject_(GetParam().make()), file_system_(subject_.file_system) {}

  std::string PathOf(const std::string& name) const { return subject_.root + "/" + name; }

  void Write(const std::string& name, Bytes content) {
    auto file = file_system_->Open(PathOf(name), OpenMode::kCreate);
    ASSERT_TRUE(file.ok()) << file.status().message();
    ASSERT_TRUE((*file)->WriteAt(0, content).ok());
  }

  std::string Read(const std::string& name) {
    const auto content = ReadWholeFile(file_system_, PathOf(name), 1 << 20);
    EXPECT_TRUE(content.ok()) << content.status().message();
    return content.ok() ? *content : "";
  }

  std::vector<std::string> Names() {
    auto names = file_system_->List(subject_.root);
    EXPECT_TRUE(names.ok()) << names.status().message();
    return names.ok() ? *names : std::vector<std::string>();
  }

  Subject subject_;
  FileSystem* const file_system_;
};

TEST_P(FileSystemTest, ReadsWhatWasWritten) {
  auto file = file_system_->Open(PathOf("f"), OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, "hello world").ok());
  ASSERT_TRUE((*file)->WriteAt(6, "there").ok());
  ASSERT_TRUE((*file)->WriteAt(3, "").ok());
  ASSERT_TRUE((*file)->Sync().ok());
  std::string read = "rubbish";
  ASSERT_TRUE((*file)->ReadAt(3, 5, &read).ok());
  EXPECT_EQ(read, "lo th");
  ASSERT_TRUE((*file)->ReadAt(8, 100, &read).ok());
  EXPECT_EQ(read, "ere");
  ASSERT_TRUE((*file)->ReadAt(100, 5, &read).ok());
  EXPECT_EQ(read, "");
  EXPECT_EQ(*(*file)->Size(), 11u);
}

TEST_P(FileSystemTest, WritingPastTheEndFillsWithZeros) {
  auto file = file_system_->Open(PathOf("f"), OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(3, "x").ok());
  EXPECT_EQ(Read("f"), std::string("\0\0\0x", 4));
}

TEST_P(FileSystemTest, TruncateShortensAndExtends) {
  auto file = file_system_->Open(PathOf("f"), OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(0, "abcdef").ok());
  ASSERT_TRUE((*file)->Truncate(2).ok());
  EXPECT_EQ(Read("f"), "ab");
  ASSERT_TRUE((*file)->Truncate(3).ok());
  EXPECT_EQ(Read("f"), std::string("ab\0", 3));
}

TEST_P(FileSystemTest, OpenModesSayWhetherTheFileMustExist) {
  EXPECT_EQ(file_system_->Open(PathOf("f"), OpenMode::kRead).code(), Code::kNotFound);
  EXPECT_EQ(file_system_->Open(PathOf("f"), OpenMode::kReadWrite).code(), Code::kNotFound);
  Write("f", "x");
  EXPECT_EQ(file_system_->Open(PathOf("f"), OpenMode::kCreate).code(), Code::kExists);
  EXPECT_EQ(file_system_->Open(PathOf("missing/f"), OpenMode::kCreate).code(), Code::kNotFound);
  auto file = file_system_->Open(PathOf("f"), OpenMode::kReadWrite);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->WriteAt(1, "y").ok());
  EXPECT_EQ(Read("f"), "xy");
}

TEST_P(FileSystemTest, ErrorsNameTheFile) {
  const auto file = file_system_->Open(PathOf("absent"), OpenMode::kRead);
  EXPECT_NE(file.status().message().find("absent"), std::string::npos) << file.status().message();
}

TEST_P(FileSystemTest, ADirectoryIsNoFile) {
  ASSERT_TRUE(file_system_->CreateDirectory(PathOf("d")).ok());
  EXPECT_EQ(file_system_->Open(PathOf("d"), OpenMode::kRead).code(), Code::kInvalid);
}

TEST_P(FileSystemTest, ListNamesRegularFilesInOrder) {
  ASSERT_TRUE(file_system_->CreateDirectory(PathOf("directory/inner")).ok());
  for (const char* name : {"b", "a", "directory/inside", "c"}) Write(name, "");
  EXPECT_EQ(Names(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(file_system_->List(PathOf("missing")).code(), Code::kNotFound);
}

TEST_P(FileSystemTest, CreateDirectoryMakesParentsAndMayBeRepeated) {
  ASSERT_TRUE(file_system_->CreateDirectory(PathOf("x/y/z")).ok());
  ASSERT_TRUE(file_system_->CreateDirectory(PathOf("x/y/z")).ok());
  Write("x/y/z/f", "deep");
  EXPECT_EQ(Read("x/y/z/f"), "deep");
}

TEST_P(FileSystemTest, AFileInThePlaceOfADirectoryIsInvalid) {
  Write("f", "x");
  const Status status = file_system_->CreateDirectory(PathOf("f"));
  EXPECT_EQ(status.code(), Code::kInvalid);
  EXPECT_NE(status.message().find("is a file"), std::string::npos) << status.message();
  EXPECT_EQ(file_system_->CreateDirectory(PathOf("f/below")).code(), Code::kInvalid);
  EXPECT_EQ(Read("f"), "x");
}

TEST_P(FileSystemTest, RenameReplaces) {
  Write("from", "new");
  Write("to", "old");
  ASSERT_TRUE(file_system_->Rename(PathOf("from"), PathOf("to")).ok());
  EXPECT_EQ(Names(), std::vector<std::string>{"to"});
  EXPECT_EQ(Read("to"), "new");
  EXPECT_EQ(file_system_->Rename(PathOf("from"), PathOf("to")).code(), Code::kNotFound);
}

TEST_P(FileSystemTest, AnOpenFileSurvivesItsName) {
  Write("f", "still here");
  auto file = file_system_->Open(PathOf("f"), OpenMode::kRead);
  ASSERT_TRUE(file_system_->Remove(PathOf("f")).ok());
  EXPECT_EQ(file_system_->Remove(PathOf("f")).code(), Code::kNotFound);
  std::string read;
  ASSERT_TRUE((*file)->ReadAt(0, 100, &read).ok());
  EXPECT_EQ(read, "still here");
}

TEST_P(FileSystemTest, ALockIsHeldOnceAndReleased) {
  auto lock = file_system_->Lock(PathOf("LOCK"));
  ASSERT_TRUE(lock.ok()) << lock.status().message();
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto second = file_system_->Lock(PathOf("LOCK"));
    EXPECT_EQ(second.code(), Code::kLocked);
    EXPECT_NE(second.status().message().find(std::to_string(getpid())), std::string::npos);
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"LOCK"});
  lock->reset();
  EXPECT_TRUE(file_system_->Lock(PathOf("LOCK")).ok());
}

TEST_P(FileSystemTest, CanonicalIsOneSpelling) {
  ASSERT_TRUE(file_system_->CreateDirectory(PathOf("d")).ok());
  const auto one = file_system_->Canonical(PathOf("d"));
  const auto other = file_system_->Canonical(PathOf("d//"));
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(*one, *other);
  EXPECT_EQ(one->front(), '/');
  EXPECT_EQ(file_system_->Canonical(PathOf("missing")).code(), Code::kNotFound);
}

TEST_P(FileSystemTest, ReplaceFileLeavesTheNewContentAndNothingElse) {
  ASSERT_TRUE(ReplaceFile(file_system_, subject_.root, "f", "one").ok());
  Write("f.tmp", "left by a crash, and longer");
  ASSERT_TRUE(ReplaceFile(file_system_, subject_.root, "f", "two").ok());
  EXPECT_EQ(Read("f"), "two");
  EXPECT_EQ(Names(), std::vector<std::string>{"f"});
}

TEST_P(FileSystemTest, ReadWholeFileKeepsItsLimit) {
  Write("f", "12345");
  EXPECT_EQ(*ReadWholeFile(file_system_, PathOf("f"), 5), "12345");
  EXPECT_EQ(ReadWholeFile(file_system_, PathOf("f"), 4).code(), Code::kTooLarge);
  EXPECT_EQ(ReadWholeFile(file_system_, PathOf("g"), 4).code(), Code::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemTest,
                         testing::Values(Kind{"Posix", PosixSubject}, Kind{"Memory", MemorySubject},
                                         Kind{"Faulty", FaultySubject}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace kontor
