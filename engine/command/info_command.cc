#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "absl/types/span.h"
#include "base/letter_case.h"
#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"

namespace kontor {
namespace {

// Lines of "name:value" under headings, as Redis writes them.
class InfoText {
 public:
  void Heading(Bytes name) {
    if (!text_.empty()) text_ += "\r\n";
    text_.append("# ").append(name).append("\r\n");
  }
  void Line(Bytes name, Bytes value) {
    text_.append(name).append(":").append(value).append("\r\n");
  }
  void Line(Bytes name, int64_t value) { Line(name, Bytes(std::to_string(value))); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void TellServer(const CommandContext& context, InfoText* info) {
  // What clients are told that look for what a server can do; and what this is.
  info->Line("redis_version", "7.2.0");
  info->Line("kontor_version", KONTOR_BUILD_VERSION);
  info->Line("redis_mode", "standalone");
  info->Line("arch_bits", 64);
  info->Line("process_id", getpid());
  info->Line("tcp_port", 0);  // an engine does not know who listens for it
  info->Line("uptime_in_seconds", context.engine->uptime_ms() / 1000);
  info->Line("uptime_in_days", context.engine->uptime_ms() / (int64_t{24} * 60 * 60 * 1000));
}

void TellClients(const CommandContext& context, InfoText* info) {
  const Clients& clients = *context.engine->clients();
  info->Line("connected_clients", static_cast<int64_t>(clients.count()));
  info->Line("tracking_clients", static_cast<int64_t>(clients.tracking_count()));
  info->Line("blocked_clients", static_cast<int64_t>(clients.blocked_count()));
}

void TellMemory(const CommandContext& context, InfoText* info) {
  constexpr std::array<Bytes, kMemoryPurposes> kNames = {
      "used_memory_keys",      "used_memory_large_strings", "used_memory_collections",
      "used_memory_queues",    "used_memory_mailboxes",     "used_memory_journal",
      "used_memory_snapshots",
  };
  const MemoryUsage usage = context.engine->memory_usage();
  info->Line("used_memory", usage.used_bytes);
  for (size_t i = 0; i < kNames.size(); ++i) info->Line(kNames[i], usage.purpose_bytes[i]);
  info->Line("maxmemory", usage.limit_bytes);
  info->Line("maxmemory_policy", EvictionName(context.engine->core()->keyspace.eviction()));
}

void TellPersistence(const CommandContext& context, InfoText* info) {
  Engine* const engine = context.engine;
  info->Line("loading", 0);
  info->Line("aof_enabled", engine->persistent() ? 1 : 0);
  info->Line("aof_current_size", static_cast<int64_t>(engine->journal_bytes()));
  info->Line("rdb_bgsave_in_progress", 0);  // BGSAVE answers when it is done
  info->Line("rdb_saves", static_cast<int64_t>(engine->snapshots_written()));
  info->Line("rdb_last_save_time", engine->last_save_unix_ms() / 1000);
}

void TellStats(const CommandContext& context, InfoText* info) {
  const EngineCounters counters = context.engine->counters();
  const Clients& clients = *context.engine->clients();
  info->Line("total_connections_received", static_cast<int64_t>(clients.opened()));
  info->Line("total_commands_processed", static_cast<int64_t>(clients.commands()));
  info->Line("expired_keys", static_cast<int64_t>(counters.expired_keys));
  info->Line("expired_subkeys", static_cast<int64_t>(counters.expired_fields));
  info->Line("evicted_keys", static_cast<int64_t>(counters.evicted_keys));
  info->Line("keyspace_hits", static_cast<int64_t>(counters.hits));
  info->Line("keyspace_misses", static_cast<int64_t>(counters.misses));
  info->Line("slow_operations", static_cast<int64_t>(counters.slow_operations));
}

void TellReplication(const CommandContext& /*context*/, InfoText* info) {
  info->Line("role", "master");
  info->Line("connected_slaves", 0);
}

void TellCluster(const CommandContext& /*context*/, InfoText* info) {
  info->Line("cluster_enabled", 0);
}

void TellKeyspace(const CommandContext& context, InfoText* info) {
  const Keyspace* const keyspace = context.operation.keyspace();
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    const uint64_t keys = keyspace->CountKeys(database);
    if (keys == 0) continue;
    info->Line("db" + std::to_string(database),
               "keys=" + std::to_string(keys) +
                   ",expires=" + std::to_string(keyspace->CountDeadlines(database)) + ",avg_ttl=0");
  }
}

struct Section {
  Bytes name;
  void (*tell)(const CommandContext& context, InfoText* info);
};
constexpr Section kSections[] = {{"Server", TellServer},   {"Clients", TellClients},
                                 {"Memory", TellMemory},   {"Persistence", TellPersistence},
                                 {"Stats", TellStats},     {"Replication", TellReplication},
                                 {"Cluster", TellCluster}, {"Keyspace", TellKeyspace}};

bool Wanted(const CommandContext& context, const Section& section) {
  const Arguments names = context.arguments.subspan(1);
  return names.empty() || std::any_of(names.begin(), names.end(), [&](Bytes name) {
           return IsKeyword(name, "ALL") || IsKeyword(name, "DEFAULT") ||
                  IsKeyword(name, "EVERYTHING") || ToLowerCase(name) == ToLowerCase(section.name);
         });
}

Status Info(CommandContext& context) {
  InfoText info;
  for (const Section& section : kSections) {
    if (!Wanted(context, section)) continue;
    info.Heading(section.name);
    section.tell(context, &info);
  }
  context.reply.Verbatim(info.text());
  return Ok();
}

constexpr Command kCommands[] = {
    {"INFO", -1, kReads | kAllKeys, KeyPositions{}, Info, "server",
     "Tells how the engine is doing: memory, persistence, counters, keys.", "[section ...]"},
};

}  // namespace

absl::Span<const Command> InfoCommands() { return kCommands; }

}  // namespace kontor
