#include "os/faulty_file_system.h"

#include <utility>

namespace kontor {
namespace {

Status Injected(const char* operation, const std::string& path) {
  return Status(Code::kIo, std::string("cannot ") + operation + " '" + path + "': injected fault");
}

}  // namespace

class FaultyFileSystem::FaultyFile final : public File {
 public:
  FaultyFile(FaultyFileSystem* faults, std::unique_ptr<File> file, std::string path)
      : faults_(faults), file_(std::move(file)), path_(std::move(path)) {}

  Status ReadAt(uint64_t offset, size_t size, std::string* out) override {
    return file_->ReadAt(offset, size, out);
  }

  Status WriteAt(uint64_t offset, Bytes data) override {
    if (!faults_->Strikes(Fault::kWrite)) return file_->WriteAt(offset, data);
    KONTOR_RETURN_IF_ERROR(file_->WriteAt(offset, data.substr(0, data.size() / 2)));
    return Injected("write", path_);
  }

  Status Sync() override {
    if (faults_->Strikes(Fault::kSync)) return Injected("sync", path_);
    return file_->Sync();
  }

  Status Truncate(uint64_t size) override {
    if (faults_->Strikes(Fault::kWrite)) return Injected("truncate", path_);
    return file_->Truncate(size);
  }

  Result<uint64_t> Size() override { return file_->Size(); }

 private:
  FaultyFileSystem* const faults_;
  const std::unique_ptr<File> file_;
  const std::string path_;
};

FaultyFileSystem::FaultyFileSystem(FileSystem* base) : base_(base) {}

void FaultyFileSystem::FailNth(Fault fault, int64_t nth, bool for_ever) {
  const auto index = static_cast<size_t>(fault);
  for_ever_[index].store(for_ever);
  fail_at_[index].store(calls_[index].load() + nth);
}

void FaultyFileSystem::Heal() {
  for (auto& fail_at : fail_at_) fail_at.store(0);
  const MutexLock lock(&space_mutex_);
  space_.reset();
}

void FaultyFileSystem::set_space(const DiskSpace& space) {
  const MutexLock lock(&space_mutex_);
  space_ = space;
}

int64_t FaultyFileSystem::Calls(Fault fault) const {
  return calls_[static_cast<size_t>(fault)].load();
}

bool FaultyFileSystem::Strikes(Fault fault) {
  const auto index = static_cast<size_t>(fault);
  const int64_t call = calls_[index].fetch_add(1) + 1;
  const int64_t fail_at = fail_at_[index].load();
  if (fail_at == 0) return false;
  return for_ever_[index].load() ? call >= fail_at : call == fail_at;
}

Result<std::unique_ptr<File>> FaultyFileSystem::Open(const std::string& path, OpenMode mode) {
  if (Strikes(Fault::kOpen)) return Injected("open", path);
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, base_->Open(path, mode));
  return std::unique_ptr<File>(std::make_unique<FaultyFile>(this, std::move(file), path));
}

Result<std::vector<std::string>> FaultyFileSystem::List(const std::string& directory) {
  return base_->List(directory);
}

Status FaultyFileSystem::CreateDirectory(const std::string& path) {
  return base_->CreateDirectory(path);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  if (Strikes(Fault::kRename)) return Injected("rename", from);
  return base_->Rename(from, to);
}

Status FaultyFileSystem::Remove(const std::string& path) {
  if (Strikes(Fault::kRemove)) return Injected("remove", path);
  return base_->Remove(path);
}

Status FaultyFileSystem::SyncDirectory(const std::string& path) {
  if (Strikes(Fault::kSyncDirectory)) return Injected("sync directory", path);
  return base_->SyncDirectory(path);
}

Result<std::unique_ptr<DirectoryLock>> FaultyFileSystem::Lock(const std::string& path) {
  return base_->Lock(path);
}

Result<DiskSpace> FaultyFileSystem::Space(const std::string& directory) {
  {
    const MutexLock lock(&space_mutex_);
    if (space_.has_value()) return *space_;
  }
  return base_->Space(directory);
}

Result<std::string> FaultyFileSystem::Canonical(const std::string& path) {
  return base_->Canonical(path);
}

}  // namespace kontor
