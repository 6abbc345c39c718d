#include <array>
#include <string>

#include "handles.h"
#include "txn/execute.h"

using kontor::Code;
using kontor::Core;
using kontor::MemoryPurpose;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Null;

namespace {

Status CountKeys(Connection* connection, int64_t* value) {
  const kontor::ShardSet all = connection->core()->keyspace.AllShards();
  return kontor::Execute(
      connection->core(), all, kontor::Access::kRead, connection->database(),
      [&](kontor::Operation& operation) {
        *value = static_cast<int64_t>(operation.keyspace()->CountKeys(operation.database()));
        return Ok();
      });
}

int64_t Load(const std::atomic<uint64_t>& counter) {
  return static_cast<int64_t>(counter.load(std::memory_order_relaxed));
}

// Figures of memory by purpose come in the order of MemoryPurpose.
static_assert(KONTOR_FIGURE_MEMORY_SNAPSHOTS_BYTES - KONTOR_FIGURE_MEMORY_KEYS_BYTES + 1 ==
              kontor::kMemoryPurposes);

Status FigureOf(Connection* connection, uint32_t figure, int64_t* value) {
  kontor::Engine* const engine = connection->engine();
  const Core& core = *connection->core();
  if (figure >= KONTOR_FIGURE_MEMORY_KEYS_BYTES && figure <= KONTOR_FIGURE_MEMORY_SNAPSHOTS_BYTES) {
    *value = core.memory.used_bytes(
        static_cast<MemoryPurpose>(figure - KONTOR_FIGURE_MEMORY_KEYS_BYTES));
    return Ok();
  }
  switch (figure) {
    case KONTOR_FIGURE_KEYS:
      return CountKeys(connection, value);
    case KONTOR_FIGURE_JOURNAL_BYTES:
      *value = static_cast<int64_t>(engine->journal_bytes());
      return Ok();
    case KONTOR_FIGURE_SNAPSHOTS:
      *value = static_cast<int64_t>(engine->snapshots_written());
      return Ok();
    case KONTOR_FIGURE_RECOVERED_RECORDS:
      *value = static_cast<int64_t>(engine->recovery().journal_records);
      return Ok();
    case KONTOR_FIGURE_RECOVERED_TORN_BYTES:
      *value = static_cast<int64_t>(engine->recovery().torn_bytes);
      return Ok();
    case KONTOR_FIGURE_EXPIRED_KEYS:
      *value = Load(core.expired_keys);
      return Ok();
    case KONTOR_FIGURE_MEMORY_BYTES:
      *value = engine->memory_usage().used_bytes;
      return Ok();
    case KONTOR_FIGURE_MEMORY_LIMIT_BYTES:
      *value = engine->memory_usage().limit_bytes;
      return Ok();
    case KONTOR_FIGURE_EVICTED_KEYS:
      *value = Load(core.evicted_keys);
      return Ok();
    case KONTOR_FIGURE_HITS:
      *value = static_cast<int64_t>(core.lookups.Sum(Core::kHits));
      return Ok();
    case KONTOR_FIGURE_MISSES:
      *value = static_cast<int64_t>(core.lookups.Sum(Core::kMisses));
      return Ok();
    case KONTOR_FIGURE_SLOW_OPERATIONS:
      *value = Load(core.slow_operations);
      return Ok();
    default:
      return Status(Code::kUnsupported, "figure " + std::to_string(figure) + " is unknown");
  }
}

}  // namespace

int32_t kontor_db_figure(kontor_db* db, uint32_t figure, int64_t* value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (value == nullptr) return Null("value");
    *value = 0;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    return FigureOf(connection, figure, value);
  });
}
