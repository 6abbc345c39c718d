#ifndef KONTOR_TESTS_UNIT_PERSIST_PERSIST_TESTING_H_
#define KONTOR_TESTS_UNIT_PERSIST_PERSIST_TESTING_H_

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/effect.h"
#include "os/file_system.h"
#include "os/memory_file_system.h"
#include "persist/data_directory.h"

namespace kontor::persist_testing {

inline constexpr char kDirectory[] = "/data";

// The state of an engine that knows nothing but strings.
using State = std::map<std::string, std::string>;

inline Status Apply(const Effect& effect, State* state) {
  const auto* key_effect = std::get_if<KeyEffect>(&effect);
  if (key_effect == nullptr || key_effect->kind != KeyEffectKind::kStringSet) {
    return Status(Code::kInternal, "an effect that no test wrote");
  }
  (*state)[std::string(key_effect->key)] = std::string(key_effect->value);
  return Ok();
}

// The record with this LSN: two effects, so that half of a record would show.
inline std::string RecordOf(uint64_t lsn) {
  const std::string key = "key " + std::to_string(lsn % 5);
  const std::string value = "value " + std::to_string(lsn);
  const std::string count = std::to_string(lsn);
  std::string payload;
  EncodeEffect(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = key, .value = value}, &payload);
  EncodeEffect(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = "count", .value = count},
               &payload);
  return payload;
}

// The state that the records 1 to `lsn` lead to.
inline State StateAt(uint64_t lsn) {
  State state;
  for (uint64_t i = 1; i <= lsn; ++i) {
    state["key " + std::to_string(i % 5)] = "value " + std::to_string(i);
    state["count"] = std::to_string(i);
  }
  return state;
}

struct Opened {
  Status status;
  std::unique_ptr<DataDirectory> directory;
  State state;
  RecoveryReport report;

  // The LSN whose state this is; fails the test if it is the state of none.
  uint64_t Lsn() const {
    const uint64_t lsn = directory->journal()->last_lsn();
    EXPECT_EQ(state, StateAt(lsn)) << "at record " << lsn;
    return lsn;
  }
};

inline DataDirectoryOptions OptionsFor(FileSystem* file_system) {
  DataDirectoryOptions options;
  options.file_system = file_system;
  options.path = kDirectory;
  return options;
}

inline Opened OpenDirectory(const DataDirectoryOptions& options) {
  Opened opened;
  auto directory = DataDirectory::Open(
      options, [&opened](const Effect& effect) { return Apply(effect, &opened.state); },
      &opened.report);
  opened.status = directory.status();
  if (directory.ok()) opened.directory = *std::move(directory);
  return opened;
}

inline Opened OpenDirectory(FileSystem* file_system) {
  return OpenDirectory(OptionsFor(file_system));
}

// Appends the records up to `last`, each of them durable.
inline void AppendUpTo(DataDirectory* directory, uint64_t last) {
  Journal* const journal = directory->journal();
  while (journal->last_lsn() < last) {
    const Lsn lsn = journal->Append(RecordOf(journal->last_lsn() + 1));
    ASSERT_TRUE(journal->WaitDurable(lsn).ok());
  }
}

// Every effect `copies` times: snapshots of one state that differ in their bytes.
inline Status TakeSnapshot(DataDirectory* directory, const State& state, int copies = 1) {
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<SnapshotWriter> writer, directory->BeginSnapshot());
  for (int copy = 0; copy < copies; ++copy) {
    for (const auto& [key, value] : state) {
      writer->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = key, .value = value});
    }
  }
  return directory->CommitSnapshot(std::move(writer));
}

using Files = std::map<std::string, std::string>;

// Everything in the directory but the lock file.
inline Files FilesOf(FileSystem* file_system) {
  Files files;
  const auto names = file_system->List(kDirectory);
  EXPECT_TRUE(names.ok());
  if (!names.ok()) return files;
  for (const std::string& name : *names) {
    if (name == "LOCK") continue;
    const auto content =
        ReadWholeFile(file_system, std::string(kDirectory) + "/" + name, size_t{1} << 30);
    EXPECT_TRUE(content.ok());
    if (content.ok()) files[name] = *content;
  }
  return files;
}

inline std::unique_ptr<MemoryFileSystem> DiskWith(const Files& files) {
  auto disk = std::make_unique<MemoryFileSystem>();
  EXPECT_TRUE(disk->CreateDirectory(kDirectory).ok());
  for (const auto& [name, content] : files) {
    auto file = disk->Open(std::string(kDirectory) + "/" + name, OpenMode::kCreate);
    EXPECT_TRUE(file.ok() && (*file)->WriteAt(0, content).ok() && (*file)->Sync().ok());
  }
  EXPECT_TRUE(disk->SyncDirectory(kDirectory).ok());
  return disk;
}

inline std::string Hex(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

// Calls back after every change it passed on, with the name of the operation ("write", "sync"…).
class HookedFileSystem final : public FileSystem {
 public:
  using Hook = std::function<void(const std::string& operation)>;

  HookedFileSystem(FileSystem* base, Hook hook) : base_(base), hook_(std::move(hook)) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, base_->Open(path, mode));
    if (mode == OpenMode::kCreate) hook_("create");
    return std::unique_ptr<File>(std::make_unique<HookedFile>(this, std::move(file)));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return base_->List(directory);
  }
  Status CreateDirectory(const std::string& path) override {
    return After("create directory", base_->CreateDirectory(path));
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return After("rename", base_->Rename(from, to));
  }
  Status Remove(const std::string& path) override { return After("remove", base_->Remove(path)); }
  Status SyncDirectory(const std::string& path) override {
    return After("sync directory", base_->SyncDirectory(path));
  }
  Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override {
    return base_->Lock(path);
  }
  Result<DiskSpace> Space(const std::string& directory) override { return base_->Space(directory); }
  Result<std::string> Canonical(const std::string& path) override { return base_->Canonical(path); }

 private:
  class HookedFile final : public File {
   public:
    HookedFile(HookedFileSystem* owner, std::unique_ptr<File> file)
        : owner_(owner), file_(std::move(file)) {}
    Status ReadAt(uint64_t offset, size_t size, std::string* out) override {
      return file_->ReadAt(offset, size, out);
    }
    Status WriteAt(uint64_t offset, Bytes data) override {
      return owner_->After("write", file_->WriteAt(offset, data));
    }
    Status Sync() override { return owner_->After("sync", file_->Sync()); }
    Status Truncate(uint64_t size) override {
      return owner_->After("truncate", file_->Truncate(size));
    }
    Result<uint64_t> Size() override { return file_->Size(); }

   private:
    HookedFileSystem* const owner_;
    const std::unique_ptr<File> file_;
  };

  Status After(const std::string& operation, Status status) {
    hook_(operation);
    return status;
  }

  FileSystem* const base_;
  const Hook hook_;
};

}  // namespace kontor::persist_testing

#endif  // KONTOR_TESTS_UNIT_PERSIST_PERSIST_TESTING_H_
