#ifndef KONTOR_DB_ENGINE_REGISTRY_H_
#define KONTOR_DB_ENGINE_REGISTRY_H_

#include <memory>

#include "base/status.h"
#include "db/engine.h"

namespace kontor {

// One engine per data directory (or name) and process: opening one that is open shares it, whatever
// else the options say. An engine with neither is its caller's alone. Thread-safe; a second open
// waits for a first one that is recovering and for one that is closing.
Result<std::shared_ptr<Engine>> OpenShared(const EngineOptions& options);

// One more share of an engine that is open.
Result<std::shared_ptr<Engine>> ShareAgain(const std::shared_ptr<Engine>& engine);

// Gives up one share; with the last one the engine closes, and the Status of that is answered.
Status CloseShared(const std::shared_ptr<Engine>& engine);

}  // namespace kontor

#endif  // KONTOR_DB_ENGINE_REGISTRY_H_
