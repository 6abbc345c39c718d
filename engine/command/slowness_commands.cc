// SLOWLOG and LATENCY: what took long.

#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/slowness.h"
#include "db/engine.h"

namespace kontor {
namespace {

// --- SLOWLOG ---

Status SlowLogGet(CommandContext& context) {
  if (context.size() > 3) return WrongSubcommandArguments(context.arguments);
  int64_t count = 10;
  if (context.size() == 3) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
        context.argument(2), -1, INT64_MAX, "count should be greater than or equal to -1", &count));
  }
  const auto entries =
      context.engine->slow_log()->Newest(count < 0 ? UINT64_MAX : static_cast<uint64_t>(count));
  context.reply.Array(entries.size());
  for (const SlowLog::Entry& entry : entries) {
    context.reply.Array(6);
    context.reply.Integer(static_cast<int64_t>(entry.id));
    context.reply.Integer(entry.unix_seconds);
    context.reply.Integer(entry.duration_us);
    context.reply.Array(entry.arguments.size());
    for (const std::string& argument : entry.arguments) context.reply.Bulk(argument);
    context.reply.Bulk(entry.address);
    context.reply.Bulk(entry.name);
  }
  return Ok();
}

Status SlowLogLength(CommandContext& context) {
  context.reply.Integer(static_cast<int64_t>(context.engine->slow_log()->size()));
  return Ok();
}

Status SlowLogReset(CommandContext& context) {
  context.engine->slow_log()->Clear();
  context.reply.Ok();
  return Ok();
}

// --- LATENCY ---

Status LatencyLatest(CommandContext& context) {
  const auto events = context.engine->latency_history()->Events();
  context.reply.Array(events.size());
  for (const LatencyHistory::Event& event : events) {
    context.reply.Array(4);
    context.reply.Bulk(event.name);
    context.reply.Integer(event.latest.unix_seconds);
    context.reply.Integer(event.latest.latency_ms);
    context.reply.Integer(event.worst_ms);
  }
  return Ok();
}

Status LatencySamples(CommandContext& context) {
  const auto samples = context.engine->latency_history()->SamplesOf(context.argument(2));
  context.reply.Array(samples.size());
  for (const LatencyHistory::Sample& sample : samples) {
    context.reply.Array(2);
    context.reply.Integer(sample.unix_seconds);
    context.reply.Integer(sample.latency_ms);
  }
  return Ok();
}

Status LatencyReset(CommandContext& context) {
  LatencyHistory* const history = context.engine->latency_history();
  int64_t forgotten = 0;
  for (const Bytes event : context.arguments.subspan(2))
    forgotten += history->Forget(event) ? 1 : 0;
  if (context.size() == 2) {
    for (const auto& event : history->Events()) forgotten += history->Forget(event.name) ? 1 : 0;
  }
  context.reply.Integer(forgotten);
  return Ok();
}

// A column for each sample, the latest on the right, as high as it took long.
std::string Draw(const std::vector<LatencyHistory::Sample>& samples) {
  constexpr size_t kColumns = 80;
  constexpr int64_t kRows = 4;
  const size_t first = samples.size() - std::min(samples.size(), kColumns);
  int64_t highest = 1;
  for (size_t i = first; i < samples.size(); ++i) {
    highest = std::max(highest, samples[i].latency_ms);
  }
  std::string text;
  for (int64_t row = kRows; row > 0; --row) {
    for (size_t i = first; i < samples.size(); ++i) {
      text += samples[i].latency_ms * kRows > highest * (row - 1) ? '#' : ' ';
    }
    text += '\n';
  }
  return text;
}

Status LatencyGraph(CommandContext& context) {
  const Bytes event = context.argument(2);
  const auto samples = context.engine->latency_history()->SamplesOf(event);
  if (samples.empty()) {
    return Status(Code::kNotFound, "No samples available for event '" + std::string(event) + "'");
  }
  const auto [lowest, highest] = std::minmax_element(
      samples.begin(), samples.end(),
      [](const auto& one, const auto& other) { return one.latency_ms < other.latency_ms; });
  context.reply.Verbatim(std::string(event) + " - high " + std::to_string(highest->latency_ms) +
                         " ms, low " + std::to_string(lowest->latency_ms) + " ms\n" +
                         Draw(samples));
  return Ok();
}

Status LatencyDoctor(CommandContext& context) {
  LatencyHistory* const history = context.engine->latency_history();
  if (history->threshold_ms() == 0) {
    context.reply.Verbatim(
        "Latency is not watched: say from how many milliseconds on it should be, with CONFIG SET "
        "latency-monitor-threshold <milliseconds>.\n");
    return Ok();
  }
  std::string text;
  for (const LatencyHistory::Event& event : history->Events()) {
    const auto samples = history->SamplesOf(event.name);
    int64_t sum_ms = 0;
    for (const auto& sample : samples) sum_ms += sample.latency_ms;
    text += event.name + ": " + std::to_string(samples.size()) + " seconds with what took " +
            std::to_string(history->threshold_ms()) + " ms or longer, " +
            std::to_string(sum_ms / static_cast<int64_t>(std::max<size_t>(samples.size(), 1))) +
            " ms on average, " + std::to_string(event.worst_ms) +
            " ms at worst; SLOWLOG GET tells which commands.\n";
  }
  context.reply.Verbatim(text.empty() ? "Nothing took long.\n" : text);
  return Ok();
}

// No command's latencies are counted, as in a Redis with "latency-tracking no".
Status LatencyHistogram(CommandContext& context) {
  context.reply.Map(0);
  return Ok();
}

constexpr KeyPositions kNoKeys{};

constexpr Command kCommands[] = {
    {"LATENCY", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server", "Tells when what took long.",
     "subcommand [argument ...]"},
    {"LATENCY|DOCTOR", 2, 0, kNoKeys, LatencyDoctor, "server", "Says in words what took long.", ""},
    {"LATENCY|GRAPH", 3, 0, kNoKeys, LatencyGraph, "server", "Draws how long an event took.",
     "event"},
    {"LATENCY|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"LATENCY|HISTOGRAM", -2, 0, kNoKeys, LatencyHistogram, "server",
     "Answers no histogram: the latencies of commands are not counted.", "[command ...]"},
    {"LATENCY|HISTORY", 3, 0, kNoKeys, LatencySamples, "server",
     "Answers when an event took how long.", "event"},
    {"LATENCY|LATEST", 2, 0, kNoKeys, LatencyLatest, "server",
     "Answers of every event the last and the longest time it took.", ""},
    {"LATENCY|RESET", -2, 0, kNoKeys, LatencyReset, "server", "Forgets some events, or all.",
     "[event ...]"},
    {"SLOWLOG", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server",
     "Tells the last commands that took long.", "subcommand [argument ...]"},
    {"SLOWLOG|GET", -2, 0, kNoKeys, SlowLogGet, "server",
     "Answers the last 10, or so many (-1: all): number, Unix time, microseconds, arguments, "
     "address and name of the client.",
     "[count]"},
    {"SLOWLOG|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"SLOWLOG|LEN", 2, 0, kNoKeys, SlowLogLength, "server", "Answers how many there are.", ""},
    {"SLOWLOG|RESET", 2, 0, kNoKeys, SlowLogReset, "server", "Forgets them all.", ""},
};

void Note(Engine* engine, Arguments arguments, int64_t duration_us, const Client* client) {
  const int64_t unix_seconds = engine->core()->clock->UnixMs() / 1000;
  const int64_t log_from_us = engine->slow_log()->threshold_us();
  if (log_from_us >= 0 && duration_us >= log_from_us) {
    SlowLog::Entry entry;
    entry.unix_seconds = unix_seconds;
    entry.duration_us = duration_us;
    if (client != nullptr) {
      ClientNames names = client->names();
      entry.address = std::move(names.address);
      entry.name = std::move(names.name);
    }
    engine->slow_log()->Add(std::move(entry), arguments);
  }
  const int64_t tell_from_ms = engine->latency_history()->threshold_ms();
  if (tell_from_ms > 0 && duration_us >= tell_from_ms * 1000) {
    engine->latency_history()->Add("command", {unix_seconds, duration_us / 1000});
  }
}

}  // namespace

void NoteDuration(Engine* engine, const Command& command, Arguments arguments, int64_t duration_ns,
                  const Client* client) noexcept {
  // What may hold a password, and what waits because it was asked to.
  if ((command.flags & (kWithoutAuth | kBlocks | kTakesMessages | kAwaitsMessage)) != 0) return;
  try {
    Note(engine, arguments, duration_ns / 1000, client);
  } catch (const std::bad_alloc&) {
    return;
  }
}

absl::Span<const Command> SlownessCommands() { return kCommands; }

}  // namespace kontor
