#include <string>

#include "base/limits.h"
#include "db/engine_registry.h"
#include "handles.h"
#include "txn/execute.h"

namespace {

using kontor::Code;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

// The engine's options as the C options mean them. A durability that was asked for is never quietly
// less.
Status Resolve(const kontor_options* options, kontor::EngineOptions* resolved) {
  if (options != nullptr) *resolved = options->options;
  const bool on_disk = !resolved->directory.empty();
  if (!on_disk && options != nullptr && options->durability_chosen &&
      resolved->durability != kontor::Durability::kMemory) {
    return Status(Code::kInvalid,
                  "ASYNC and SYNC durability need a data directory: set one, or ask for MEMORY");
  }
  if (!on_disk) resolved->durability = kontor::Durability::kMemory;
  if (resolved->durability == kontor::Durability::kMemory) resolved->snapshot_at_close = false;
  return Ok();
}

// A handle of an engine that was just opened; the share of the engine is given up again if there is
// no memory for it.
kontor_db* MakeHandle(const std::shared_ptr<kontor::Engine>& engine) {
  try {
    auto db = std::make_unique<kontor_db>();
    db->connection = std::make_shared<Connection>(engine);
    return db.release();
  } catch (...) {
    // The one who asked for the engine has no handle by which to learn how its closing went.
    static_cast<void>(kontor::CloseShared(engine));
    throw;
  }
}

// An open has no ordinary outcomes: a part of the path that is missing is a failure of the disk.
Status AsFailure(const Status& status) {
  return status.failed() ? status : Status(kontor::Code::kIo, status.message());
}

}  // namespace

int32_t kontor_open(const kontor_options* options, kontor_db** db, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (db == nullptr) return Null("db");
    *db = nullptr;
    if (options != nullptr && !Valid(options)) return Invalid("options");
    kontor::EngineOptions resolved;
    KONTOR_RETURN_IF_ERROR(Resolve(options, &resolved));
    kontor::Result<std::shared_ptr<kontor::Engine>> engine = kontor::OpenShared(resolved);
    if (!engine.ok()) return AsFailure(engine.status());
    *db = MakeHandle(*engine);
    return Ok();
  });
}

int32_t kontor_db_select(kontor_db* db, uint32_t index, kontor_db** selected, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (selected == nullptr) return Null("selected");
    *selected = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    if (index >= kontor::limits::kDatabases) {
      return Status(Code::kOutOfRange, "logical databases are 0 to " +
                                           std::to_string(kontor::limits::kDatabases - 1) +
                                           ", not " + std::to_string(index));
    }
    KONTOR_ASSIGN_OR_RETURN(std::shared_ptr<kontor::Engine> engine,
                            kontor::ShareAgain(connection->shared_engine()));
    *selected = MakeHandle(engine);
    (*selected)->connection->select(index);
    return Ok();
  });
}

int32_t kontor_close(kontor_db* db, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    return connection->Close();
  });
}

void kontor_db_free(kontor_db* db) {
  if (!Valid(db)) return;
  if (db->connection->Check().ok()) kontor_close(db, nullptr);
  delete db;
}

int32_t kontor_sync(kontor_db* db, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    return connection->engine()->Sync();
  });
}

int32_t kontor_snapshot(kontor_db* db, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    return connection->engine()->Snapshot();
  });
}
