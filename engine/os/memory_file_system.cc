#include "os/memory_file_system.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

namespace kontor {

// One file, whatever names it has.
struct MemoryFileSystem::Node {
  std::string content;
  std::string synced;
  // Something below the end of `synced` changed, so that a sync must copy everything.
  bool rewritten = false;

  void Sync() {
    if (rewritten || content.size() < synced.size()) {
      synced = content;
    } else {
      synced.append(content, synced.size());
    }
    rewritten = false;
  }
};

struct MemoryFileSystem::State {
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  class MemoryFile;
  class MemoryLock;

  Mutex mutex;
  Names names ABSL_GUARDED_BY(mutex);          // by path
  Names durable_names ABSL_GUARDED_BY(mutex);  // as of the last SyncDirectory
  std::set<std::string> directories ABSL_GUARDED_BY(mutex);
  std::set<std::string> locked ABSL_GUARDED_BY(mutex);
};

namespace {

// Without doubled and trailing slashes, so that one file has one path.
std::string Normal(const std::string& path) {
  std::string normal;
  for (const char c : path) {
    if (c != '/' || normal.empty() || normal.back() != '/') normal.push_back(c);
  }
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status Missing(const std::string& path) {
  return Status(Code::kNotFound, "cannot open '" + path + "': no such file or directory");
}

}  // namespace

class MemoryFileSystem::State::MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)) {}

  Status ReadAt(uint64_t offset, size_t size, std::string* out) override {
    MutexLock lock(&state_->mutex);
    const std::string& content = node_->content;
    out->clear();
    if (offset < content.size()) out->assign(content, offset, size);
    return Ok();
  }

  Status WriteAt(uint64_t offset, Bytes data) override {
    MutexLock lock(&state_->mutex);
    std::string& content = node_->content;
    if (offset < node_->synced.size()) node_->rewritten = true;
    if (content.size() < offset + data.size()) content.resize(offset + data.size());
    content.replace(offset, data.size(), data);
    return Ok();
  }

  Status Sync() override {
    MutexLock lock(&state_->mutex);
    node_->Sync();
    return Ok();
  }

  Status Truncate(uint64_t size) override {
    MutexLock lock(&state_->mutex);
    if (size < node_->synced.size()) node_->rewritten = true;
    node_->content.resize(size);
    return Ok();
  }

  Result<uint64_t> Size() override {
    MutexLock lock(&state_->mutex);
    return uint64_t{node_->content.size()};
  }

 private:
  const std::shared_ptr<State> state_;
  const std::shared_ptr<Node> node_;
};

class MemoryFileSystem::State::MemoryLock final : public DirectoryLock {
 public:
  MemoryLock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)) {}
  ~MemoryLock() override {
    MutexLock lock(&state_->mutex);
    state_->locked.erase(path_);
  }

 private:
  const std::shared_ptr<State> state_;
  const std::string path_;
};

MemoryFileSystem::MemoryFileSystem() : state_(std::make_shared<State>()) {
  MutexLock lock(&state_->mutex);
  state_->directories = {"/", "."};
}

MemoryFileSystem::~MemoryFileSystem() = default;

Result<std::unique_ptr<File>> MemoryFileSystem::Open(const std::string& raw_path, OpenMode mode) {
  const std::string path = Normal(raw_path);
  MutexLock lock(&state_->mutex);
  if (state_->directories.count(path) != 0) {
    return Status(Code::kInvalid, "'" + path + "' is not a regular file: choose another path");
  }
  auto found = state_->names.find(path);
  if (mode == OpenMode::kCreate) {
    if (found != state_->names.end()) {
      return Status(Code::kExists, "cannot create '" + path + "': it exists");
    }
    if (state_->directories.count(ParentOf(path)) == 0) return Missing(path);
    found = state_->names.emplace(path, std::make_shared<Node>()).first;
  }
  if (found == state_->names.end()) return Missing(path);
  return std::unique_ptr<File>(std::make_unique<State::MemoryFile>(state_, found->second));
}

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& raw_directory) {
  const std::string directory = Normal(raw_directory);
  MutexLock lock(&state_->mutex);
  if (state_->directories.count(directory) == 0) return Missing(directory);
  std::vector<std::string> result;
  for (const auto& [path, node] : state_->names) {
    if (ParentOf(path) == directory) result.push_back(path.substr(path.rfind('/') + 1));
  }
  std::sort(result.begin(), result.end());
  return result;
}

Status MemoryFileSystem::CreateDirectory(const std::string& raw_path) {
  std::string path = Normal(raw_path);
  MutexLock lock(&state_->mutex);
  std::vector<std::string> missing;
  while (state_->directories.count(path) == 0) {
    if (state_->names.count(path) != 0) {
      return Status(Code::kInvalid,
                    "'" + path + "' is a file, not a directory: choose another path");
    }
    missing.push_back(path);
    path = ParentOf(path);
  }
  state_->directories.insert(missing.begin(), missing.end());
  return Ok();
}

Status MemoryFileSystem::Rename(const std::string& raw_from, const std::string& raw_to) {
  const std::string from = Normal(raw_from);
  const std::string to = Normal(raw_to);
  MutexLock lock(&state_->mutex);
  const auto found = state_->names.find(from);
  if (found == state_->names.end()) return Missing(from);
  if (state_->directories.count(ParentOf(to)) == 0) return Missing(to);
  if (from == to) return Ok();
  const std::shared_ptr<Node> node = found->second;
  state_->names.erase(found);
  state_->names[to] = node;
  return Ok();
}

Status MemoryFileSystem::Remove(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(&state_->mutex);
  if (state_->names.erase(path) == 0) return Missing(path);
  return Ok();
}

Status MemoryFileSystem::SyncDirectory(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(&state_->mutex);
  if (state_->directories.count(path) == 0) return Missing(path);
  std::erase_if(state_->durable_names,
                [&path](const auto& entry) { return ParentOf(entry.first) == path; });
  for (const auto& entry : state_->names) {
    if (ParentOf(entry.first) == path) state_->durable_names.insert(entry);
  }
  return Ok();
}

Result<std::unique_ptr<DirectoryLock>> MemoryFileSystem::Lock(const std::string& raw_path) {
  const std::string path = Normal(raw_path);
  MutexLock lock(&state_->mutex);
  if (state_->directories.count(ParentOf(path)) == 0) return Missing(path);
  if (!state_->locked.insert(path).second) {
    return Status(Code::kLocked, "'" + path + "' is locked by this process (" +
                                     std::to_string(getpid()) + "): close it there first");
  }
  if (state_->names.count(path) == 0) state_->names[path] = std::make_shared<Node>();
  return std::unique_ptr<DirectoryLock>(std::make_unique<State::MemoryLock>(state_, path));
}

Result<DiskSpace> MemoryFileSystem::Space(const std::string& /*directory*/) {
  return DiskSpace{.free_bytes = UINT64_MAX, .total_bytes = UINT64_MAX};
}

Result<std::string> MemoryFileSystem::Canonical(const std::string& path) {
  std::string normal = Normal(path);
  MutexLock lock(&state_->mutex);
  if (state_->directories.count(normal) == 0) return Missing(normal);
  return normal;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::AfterPowerLoss(size_t keep_unsynced_bytes,
                                                                   bool keep_unsynced_names) const {
  auto after = std::make_unique<MemoryFileSystem>();
  MutexLock lock(&state_->mutex);
  MutexLock after_lock(&after->state_->mutex);
  after->state_->directories = state_->directories;
  for (const auto& [path, node] : keep_unsynced_names ? state_->names : state_->durable_names) {
    auto copy = std::make_shared<Node>();
    copy->content = node->synced;
    if (node->content.size() > node->synced.size()) {
      copy->content.append(node->content, node->synced.size(), keep_unsynced_bytes);
    }
    copy->synced = copy->content;
    after->state_->names[path] = copy;
    after->state_->durable_names[path] = copy;
  }
  return after;
}

}  // namespace kontor
