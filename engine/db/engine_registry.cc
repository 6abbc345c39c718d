#include "db/engine_registry.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "os/fork_guard.h"

namespace kontor {
namespace {

// One engine from before it recovers until after it has closed.
struct Entry {
  explicit Entry(std::string found_by) : key(std::move(found_by)) {}
  const std::string key;
  const ForkGuard fork_guard;
  std::shared_ptr<Engine> engine;  // null while it opens
  uint64_t shares = 0;             // 0 while it closes
};

// Never destroyed: a host may close its engine from a static destructor. The mutex is never held
// while an engine opens or closes; whoever wants that engine meanwhile waits for `changed`.
struct Registry {
  Mutex mutex;
  ConditionVariable changed;  // an engine has opened, or could not, or has closed
  std::vector<std::shared_ptr<Entry>> entries ABSL_GUARDED_BY(mutex);

  std::shared_ptr<Entry> Find(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (const auto& entry : entries) {
      if (!key.empty() && entry->key == key) return entry;
    }
    return nullptr;
  }
  std::shared_ptr<Entry> Find(const std::shared_ptr<Engine>& engine)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (const auto& entry : entries) {
      if (entry->engine == engine && entry->shares > 0) return entry;
    }
    return nullptr;
  }
  void Remove(const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    entries.erase(std::find(entries.begin(), entries.end(), entry));
    changed.NotifyAll();
  }
};

Registry& TheRegistry() {
  static Registry* const registry = new Registry;
  return *registry;
}

// In a forked child an engine's threads are gone and its files are the parent's: it is abandoned,
// not destroyed.
std::shared_ptr<Engine> Share(std::unique_ptr<Engine> engine) {
  return std::shared_ptr<Engine>(engine.release(), [](Engine* last) {
    if (!last->InForkedChild()) delete last;
  });
}

// What an engine is found by; "" for one that nobody else can open.
Result<std::string> RegistryKey(const EngineOptions& options) {
  if (!options.directory.empty()) {
    KONTOR_RETURN_IF_ERROR(options.file_system->CreateDirectory(options.directory));
    KONTOR_ASSIGN_OR_RETURN(std::string path, options.file_system->Canonical(options.directory));
    return "directory:" + path;
  }
  return options.name.empty() ? std::string() : "name:" + options.name;
}

Status OpenedBeforeFork() {
  return Status(Code::kForked,
                "the engine was opened before this process was forked, and only the parent may "
                "use it; start the child by exec or posix_spawn and let it open its own");
}

// A share of the engine of this key, once it is neither opening nor closing; null if there is none,
// and then *entry is the caller's to open.
Result<std::shared_ptr<Engine>> JoinOrReserve(const std::string& key,
                                              std::shared_ptr<Entry>* entry) {
  Registry& registry = TheRegistry();
  auto reserved = std::make_shared<Entry>(key);
  const MutexLock lock(&registry.mutex);
  while (const std::shared_ptr<Entry> found = registry.Find(key)) {
    if (found->fork_guard.InForkedChild()) return OpenedBeforeFork();
    if (found->engine != nullptr && found->shares > 0) {
      ++found->shares;
      return found->engine;
    }
    registry.changed.Wait(&registry.mutex);
  }
  registry.entries.push_back(reserved);
  *entry = std::move(reserved);
  return std::shared_ptr<Engine>();
}

// Gives a reserved entry back unless its engine opened.
class Reservation {
 public:
  explicit Reservation(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
  ~Reservation() {
    if (entry_ == nullptr) return;
    const MutexLock lock(&TheRegistry().mutex);
    TheRegistry().Remove(entry_);
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  void Keep(const std::shared_ptr<Engine>& engine) {
    const MutexLock lock(&TheRegistry().mutex);
    entry_->engine = engine;
    entry_->shares = 1;
    entry_ = nullptr;
    TheRegistry().changed.NotifyAll();
  }

 private:
  std::shared_ptr<Entry> entry_;
};

}  // namespace

Result<std::shared_ptr<Engine>> OpenShared(const EngineOptions& options) {
  KONTOR_ASSIGN_OR_RETURN(const std::string key, RegistryKey(options));
  std::shared_ptr<Entry> reserved;
  KONTOR_ASSIGN_OR_RETURN(std::shared_ptr<Engine> joined, JoinOrReserve(key, &reserved));
  if (joined != nullptr) return joined;
  Reservation reservation(std::move(reserved));
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<Engine> opened, Engine::Open(options));
  std::shared_ptr<Engine> engine = Share(std::move(opened));
  reservation.Keep(engine);
  return engine;
}

Result<std::shared_ptr<Engine>> ShareAgain(const std::shared_ptr<Engine>& engine) {
  Registry& registry = TheRegistry();
  const MutexLock lock(&registry.mutex);
  const std::shared_ptr<Entry> entry = registry.Find(engine);
  if (entry == nullptr) return EngineClosed();
  ++entry->shares;
  return engine;
}

Status CloseShared(const std::shared_ptr<Engine>& engine) {
  Registry& registry = TheRegistry();
  std::shared_ptr<Entry> entry;
  {
    const MutexLock lock(&registry.mutex);
    entry = registry.Find(engine);
    if (entry == nullptr) return EngineClosed();
    if (--entry->shares > 0) return Ok();
  }
  // Whatever becomes of it, nobody may wait for this engine any longer.
  const auto closed = [&] {
    const MutexLock lock(&registry.mutex);
    registry.Remove(entry);
  };
  Status status;
  try {
    status = engine->Close();
  } catch (...) {
    closed();
    throw;
  }
  closed();
  return status;
}

}  // namespace kontor
