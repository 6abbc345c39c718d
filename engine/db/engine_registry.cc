#include "db/engine_registry.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace kontor {
namespace {

struct Entry {
  std::string key;
  std::shared_ptr<Engine> engine;
  uint64_t shares = 0;
};

// Never destroyed: a host may close its engine from a static destructor.
struct Registry {
  Mutex mutex;  // held while an engine opens or closes, so that nobody meets it half way
  std::vector<Entry> entries ABSL_GUARDED_BY(mutex);
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

}  // namespace

Result<std::shared_ptr<Engine>> OpenShared(const EngineOptions& options) {
  KONTOR_ASSIGN_OR_RETURN(const std::string key, RegistryKey(options));
  Registry& registry = TheRegistry();
  const MutexLock lock(&registry.mutex);
  for (Entry& entry : registry.entries) {
    if (key.empty() || entry.key != key) continue;
    if (entry.engine->InForkedChild()) {
      return Status(Code::kForked,
                    "the engine was opened before this process was forked, and only the parent may "
                    "use it; start the child by exec or posix_spawn and let it open its own");
    }
    ++entry.shares;
    return entry.engine;
  }
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<Engine> opened, Engine::Open(options));
  registry.entries.push_back({key, Share(std::move(opened)), 1});
  return registry.entries.back().engine;
}

Result<std::shared_ptr<Engine>> ShareAgain(const std::shared_ptr<Engine>& engine) {
  Registry& registry = TheRegistry();
  const MutexLock lock(&registry.mutex);
  for (Entry& entry : registry.entries) {
    if (entry.engine != engine) continue;
    ++entry.shares;
    return engine;
  }
  return EngineClosed();
}

Status CloseShared(const std::shared_ptr<Engine>& engine) {
  Registry& registry = TheRegistry();
  const MutexLock lock(&registry.mutex);
  for (auto entry = registry.entries.begin(); entry != registry.entries.end(); ++entry) {
    if (entry->engine != engine) continue;
    if (--entry->shares > 0) return Ok();
    Status status = engine->Close();
    registry.entries.erase(entry);
    return status;
  }
  return EngineClosed();
}

}  // namespace kontor
