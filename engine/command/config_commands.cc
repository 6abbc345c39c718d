// CONFIG: the settings of a Redis that this engine has.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/glob.h"
#include "base/letter_case.h"
#include "base/limits.h"
#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "types/hash.h"
#include "types/set.h"
#include "types/sorted_set.h"

namespace kontor {
namespace {

Bytes YesOrNo(bool yes) { return yes ? "yes" : "no"; }

std::string Appendfsync(const Engine& engine) {
  return engine.options().durability == Durability::kSync ? "always" : "everysec";
}

// --- Values ---

Status ParseSetting(Bytes text, int64_t low, int64_t high, int64_t* value) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
      text, INT64_MIN, INT64_MAX, "argument couldn't be parsed into an integer", value));
  if (*value >= low && *value <= high) return Ok();
  return Status(Code::kOutOfRange, "argument must be between " + std::to_string(low) + " and " +
                                       std::to_string(high) + " inclusive");
}

// "100", "64kb", "1g": with a "b" in powers of 1024, without in powers of 1000.
Status ParseMemory(Bytes text, int64_t* bytes) {
  constexpr std::pair<Bytes, int64_t> kUnits[] = {
      {"", 1},        {"B", 1},        {"K", 1000},       {"KB", 1 << 10},
      {"M", 1000000}, {"MB", 1 << 20}, {"G", 1000000000}, {"GB", 1 << 30},
  };
  const char* const end = text.data() + text.size();
  uint64_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const std::string unit = ToUpperCase(Bytes(stop, static_cast<size_t>(end - stop)));
  for (const auto& [name, unit_bytes] : kUnits) {
    if (name != unit || failure != std::errc()) continue;
    if (number > static_cast<uint64_t>(INT64_MAX / unit_bytes)) break;
    *bytes = static_cast<int64_t>(number) * unit_bytes;
    return Ok();
  }
  return Status(Code::kInvalid, "argument must be a memory value");
}

Status SetMemory(Engine* engine, Bytes text) {
  int64_t bytes = 0;
  KONTOR_RETURN_IF_ERROR(ParseMemory(text, &bytes));
  engine->SetMemoryLimit(bytes);
  return Ok();
}

Status SetEviction(Engine* engine, Bytes text) {
  std::string names;
  for (uint32_t i = 0; i < kEvictions; ++i) {
    const auto eviction = static_cast<Eviction>(i);
    const std::string name = EvictionName(eviction);
    if (IsKeyword(text, ToUpperCase(name))) {
      engine->SetEviction(eviction);
      return Ok();
    }
    names += (names.empty() ? "" : ", ") + name;
  }
  return Status(Code::kInvalid, "argument(s) must be one of the following: " + names);
}

Status SetSlowAfter(Engine* engine, Bytes text) {
  int64_t us = 0;
  KONTOR_RETURN_IF_ERROR(ParseSetting(text, -1, INT64_MAX, &us));
  engine->slow_log()->set_threshold_us(us);
  return Ok();
}

Status SetSlowEntries(Engine* engine, Bytes text) {
  constexpr int64_t kMostEntries = 1'000'000;
  int64_t entries = 0;
  KONTOR_RETURN_IF_ERROR(ParseSetting(text, 0, kMostEntries, &entries));
  engine->slow_log()->set_capacity(static_cast<uint64_t>(entries));
  return Ok();
}

Status SetTrackedKeys(Engine* engine, Bytes text) {
  int64_t keys = 0;
  KONTOR_RETURN_IF_ERROR(ParseSetting(text, 0, INT64_MAX, &keys));
  engine->clients()->set_most_tracked_keys(static_cast<uint64_t>(keys));
  return Ok();
}

Status SetLatencyThreshold(Engine* engine, Bytes text) {
  int64_t ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseSetting(text, 0, INT64_MAX / 1000, &ms));
  engine->latency_history()->set_threshold_ms(ms);
  return Ok();
}

Status SetKeyEvents(Engine* engine, Bytes text) {
  const std::optional<uint32_t> wanted = KeyEvents::Parse(text);
  if (!wanted.has_value()) {
    return Status(Code::kInvalid, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }
  engine->core()->key_events.set_wanted(*wanted);
  return Ok();
}

// --- Settings ---

struct Setting {
  Bytes name;
  std::string (*get)(Engine* engine);
  Status (*set)(Engine* engine, Bytes text);  // null: it cannot be changed
};

template <auto kNumber>
std::string Constant(Engine* /*engine*/) {
  return std::to_string(kNumber);
}

constexpr Setting kSettings[] = {
    {"appendfsync", [](Engine* engine) { return Appendfsync(*engine); }, nullptr},
    {"appendonly", [](Engine* engine) { return std::string(YesOrNo(engine->persistent())); },
     nullptr},
    {"databases", Constant<limits::kDatabases>, nullptr},
    {"dir", [](Engine* engine) { return engine->options().directory; }, nullptr},
    {"enable-debug-command", [](Engine*) { return std::string("local"); }, nullptr},
    {"hash-max-listpack-entries", Constant<Hash::kPackedFields>, nullptr},
    {"hash-max-listpack-value", Constant<Hash::kPackedBytes>, nullptr},
    {"latency-monitor-threshold",
     [](Engine* engine) { return std::to_string(engine->latency_history()->threshold_ms()); },
     SetLatencyThreshold},
    {"latency-tracking", [](Engine*) { return std::string("no"); }, nullptr},
    {"maxmemory", [](Engine* engine) { return std::to_string(engine->memory_usage().limit_bytes); },
     SetMemory},
    {"maxmemory-policy",
     [](Engine* engine) { return std::string(EvictionName(engine->core()->keyspace.eviction())); },
     SetEviction},
    {"notify-keyspace-events",
     [](Engine* engine) { return KeyEvents::Format(engine->core()->key_events.wanted()); },
     SetKeyEvents},
    {"proto-max-bulk-len", Constant<limits::kValueBytes>, nullptr},
    {"save", [](Engine*) { return std::string(); }, nullptr},
    {"set-max-listpack-entries", Constant<Set::kPackedMembers>, nullptr},
    {"set-max-listpack-value", Constant<Set::kPackedBytes>, nullptr},
    {"slowlog-log-slower-than",
     [](Engine* engine) { return std::to_string(engine->slow_log()->threshold_us()); },
     SetSlowAfter},
    {"slowlog-max-len",
     [](Engine* engine) { return std::to_string(engine->slow_log()->capacity()); }, SetSlowEntries},
    {"tracking-table-max-keys",
     [](Engine* engine) { return std::to_string(engine->clients()->most_tracked_keys()); },
     SetTrackedKeys},
    {"zset-max-listpack-entries", Constant<SortedSet::kPackedMembers>, nullptr},
    {"zset-max-listpack-value", Constant<SortedSet::kPackedBytes>, nullptr},
};

const Setting* FindSetting(Bytes name) {
  const std::string lower = ToLowerCase(name);
  const auto* const found =
      std::find_if(std::begin(kSettings), std::end(kSettings),
                   [&](const Setting& setting) { return setting.name == lower; });
  return found == std::end(kSettings) ? nullptr : found;
}

// --- Commands ---

Status ConfigGet(CommandContext& context) {
  std::vector<const Setting*> wanted;
  for (const Setting& setting : kSettings) {
    const Arguments patterns = context.arguments.subspan(2);
    const bool matches = std::any_of(patterns.begin(), patterns.end(), [&](Bytes pattern) {
      return GlobMatch(ToLowerCase(pattern), setting.name);
    });
    if (matches) wanted.push_back(&setting);
  }
  context.reply.Map(wanted.size());
  for (const Setting* setting : wanted) {
    context.reply.Bulk(setting->name);
    context.reply.Bulk(setting->get(context.engine));
  }
  return Ok();
}

Status CannotSet(Bytes name, Bytes why) {
  return Status(Code::kInvalid, "CONFIG SET failed (possibly related to argument '" +
                                    std::string(name) + "') - " + std::string(why));
}

Status CheckSettings(Arguments pairs) {
  if (pairs.size() % 2 != 0) return SyntaxError();
  std::vector<const Setting*> seen;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    const Setting* const setting = FindSetting(pairs[i]);
    if (setting == nullptr) {
      return Status(Code::kInvalid, "Unknown option or number of arguments for CONFIG SET - '" +
                                        std::string(pairs[i]) + "'");
    }
    if (setting->set == nullptr) return CannotSet(pairs[i], "can't set immutable config");
    if (std::find(seen.begin(), seen.end(), setting) != seen.end()) {
      return CannotSet(pairs[i], "duplicate parameter");
    }
    seen.push_back(setting);
  }
  return Ok();
}

// All of them or none: what was set before one that is refused is set back.
Status ConfigSet(CommandContext& context) {
  const Arguments pairs = context.arguments.subspan(2);
  KONTOR_RETURN_IF_ERROR(CheckSettings(pairs));
  std::vector<std::pair<const Setting*, std::string>> before;
  for (size_t i = 0; i < pairs.size(); i += 2) {
    const Setting* const setting = FindSetting(pairs[i]);
    before.emplace_back(setting, setting->get(context.engine));
    const Status set = setting->set(context.engine, pairs[i + 1]);
    if (set.ok()) continue;
    before.pop_back();
    for (const auto& [changed, text] : before) {
      KONTOR_RETURN_IF_ERROR(changed->set(context.engine, text));
    }
    return CannotSet(pairs[i], set.message());
  }
  context.reply.Ok();
  return Ok();
}

Status ConfigResetStat(CommandContext& context) {
  context.engine->ResetCounters();
  context.reply.Ok();
  return Ok();
}

Status ConfigRewrite(CommandContext& /*context*/) {
  return Status(Code::kUnsupported, "The server is running without a config file");
}

constexpr KeyPositions kNoKeys{};

constexpr Command kCommands[] = {
    {"CONFIG", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server",
     "Tells and changes how the engine runs.", "subcommand [argument ...]"},
    {"CONFIG|GET", -3, 0, kNoKeys, ConfigGet, "server", "Answers the settings whose names match.",
     "pattern [pattern ...]"},
    {"CONFIG|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"CONFIG|RESETSTAT", 2, 0, kNoKeys, ConfigResetStat, "server",
     "Sets back the counters that INFO tells.", ""},
    {"CONFIG|REWRITE", 2, 0, kNoKeys, ConfigRewrite, "server",
     "Refuses: there is no file of settings.", ""},
    {"CONFIG|SET", -4, kNotInTransaction | kNotInMulti, kNoKeys, ConfigSet, "server",
     "Changes settings until the engine closes, all of them or none.",
     "name value [name value ...]"},
};

}  // namespace

absl::Span<const Command> ConfigCommands() { return kCommands; }

}  // namespace kontor
