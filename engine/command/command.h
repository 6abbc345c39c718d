#ifndef KONTOR_COMMAND_COMMAND_H_
#define KONTOR_COMMAND_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "command/reply_sink.h"
#include "txn/execute.h"
#include "txn/operation.h"

namespace kontor {

class Engine;

using Arguments = absl::Span<const Bytes>;

// What a handler works with. The keys of the command are locked while it runs.
struct CommandContext {
  Engine* engine;
  Operation& operation;
  Arguments arguments;          // [0] is the command's name; their number satisfies the arity
  ReplySink& reply;             // written only when the handler answers Ok()
  uint32_t* selected_database;  // of the caller; SELECT changes it
  // Of a blocking command: what one attempt notes for those that follow it.
  std::vector<std::string>* notes;
  // Set by a blocking command before it answers kAgain: how long it waits, and when another attempt
  // is worthwhile although nobody tells it; < 0: for ever, never.
  int64_t timeout_ms = 0;
  int64_t retry_ms = -1;
  const WaitOptions* wait = nullptr;  // how a call that takes messages waits; null: it does not

  Bytes argument(size_t i) const { return arguments[i]; }
  size_t size() const { return arguments.size(); }
};

// Runs a command: checks what can be wrong, changes through verbs, replies. A failure Status
// becomes the error reply (ErrorText), and then nothing was changed. kAgain: a blocking command
// found nothing to take.
using Handler = Status (*)(CommandContext& context);

// Flags of a command.
inline constexpr uint32_t kReads = 1U << 0;         // reads keys
inline constexpr uint32_t kWrites = 1U << 1;        // may change keys
inline constexpr uint32_t kAllKeys = 1U << 2;       // needs every shard (KEYS, FLUSHALL)
inline constexpr uint32_t kBlocks = 1U << 3;        // may wait
inline constexpr uint32_t kNeedsSession = 1U << 4;  // only a session can run it (SUBSCRIBE)
inline constexpr uint32_t kNotInTransaction = 1U << 5;
// Blocks for the first of its keys only: it puts into the others (BLMOVE), and must not be in line
// there.
inline constexpr uint32_t kWaitsForFirstKey = 1U << 6;
// Blocks for a sorted set (BZPOPMIN), not for a list.
inline constexpr uint32_t kWaitsForSortedSet = 1U << 13;
// Blocks for a stream (XREAD).
inline constexpr uint32_t kWaitsForStream = 1U << 14;

// Of commands that a session looks at before it runs them.
inline constexpr uint32_t kNotInMulti = 1U << 8;        // refused between MULTI and EXEC
inline constexpr uint32_t kControlsMulti = 1U << 9;     // run there at once, not queued
inline constexpr uint32_t kWithoutAuth = 1U << 10;      // run before AUTH
inline constexpr uint32_t kWhileSubscribed = 1U << 11;  // run while subscribed, in RESP2
// The second argument names a subcommand, which is what runs; without one its own handler does.
inline constexpr uint32_t kHasSubcommands = 1U << 12;

// Of a queue: between MULTI and EXEC it is part of the commit, and fails it where it fails.
inline constexpr uint32_t kQueueStep = 1U << 15;
// Waits at a queue (Q.TAKE), or for a message (Q.AWAIT), not at keys.
inline constexpr uint32_t kTakesMessages = 1U << 16;
inline constexpr uint32_t kAwaitsMessage = 1U << 20;
// Sends to a channel: as a step of a transaction it takes effect with its commit.
inline constexpr uint32_t kPublishes = 1U << 21;

// May need memory: refused where it is over its limit and nothing can be evicted ("denyoom").
inline constexpr uint32_t kNeedsMemory = 1U << 7;
inline constexpr uint32_t kGrows = kWrites | kNeedsMemory;
// With just the arguments it must have it changes its key at once or not at all, and replies before
// it does or in a few bytes: there is nothing to take back in the middle.
inline constexpr uint32_t kOneEffect = 1U << 17;
// Changes or sends what is no key (PUBLISH, queues), so that a pause of writes holds it, too.
inline constexpr uint32_t kSends = 1U << 18;
// For sessions in the process; for clients only where whoever serves them permits it.
inline constexpr uint32_t kForHost = 1U << 19;

// Where the keys are among the arguments.
struct KeyPositions {
  int first = 0;  // 0: no keys
  int last = 0;   // negative: counted from the end (-1: the last argument)
  int step = 1;
  // If set: the argument that tells how many keys follow it (LMPOP). Then `first`, if it is set, is
  // one more key, in front of those (ZUNIONSTORE).
  int count_at = 0;
};

// One row of the command table: data from which execution, help and documentation are made.
struct Command {
  Bytes name;  // upper case; of a subcommand "CLIENT|LIST"
  int arity;   // number of arguments with the name; negative: at least so many
  uint32_t flags;
  KeyPositions keys;
  Handler handler;
  Bytes group;    // "string", "bitmap", "hyperloglog", "hash", "list", "set", "sorted-set",
                  // "stream", "geo", "generic", "queue", "pubsub", "connection", "server"
  Bytes summary;  // one sentence
  Bytes syntax;   // the arguments: "key value [EX seconds | PX milliseconds]"
  // If set, tells AccessOf of a call that may do less than the flags say.
  Access (*access)(Arguments arguments) = nullptr;
  // If set, appends the keys that only options name (GEORADIUS ... STORE key, XREAD ... STREAMS
  // key).
  void (*append_keys)(Arguments arguments, std::vector<Bytes>* keys) = nullptr;
  // If set, whether a call may read keys that none of its arguments is (SORT ... BY pattern).
  bool (*reads_any_key)(Arguments arguments) = nullptr;
  // If set, tried first with a call that has just the arguments it must have: the way without an
  // operation. kAgain: it cannot be gone now, and nothing was done.
  Status (*short_way)(Core* core, uint32_t database, Arguments arguments,
                      ReplySink* reply) = nullptr;
};

// Whether it may have keys among its arguments.
inline bool NamesKeys(const Command& command) {
  return command.keys.first != 0 || command.keys.count_at != 0 || command.append_keys != nullptr;
}
// What the operation of a call may do to its keys.
Access AccessOf(const Command& command, Arguments arguments);
// Whether CLIENT PAUSE ... WRITE holds it.
inline bool IsPausedWithWrites(const Command& command) {
  return (command.flags & (kWrites | kSends)) != 0;
}
// The type of what a command that blocks waits for.
ValueType WaitedType(const Command& command);
// Of its arguments: what a command that writes is known to store.
size_t StoredBytes(Arguments arguments);
// Null if there is no such command. Upper or lower case; of a subcommand "CLIENT|LIST".
const Command* FindCommand(Bytes name);
// All of them, subcommands, too, by name.
const std::vector<const Command*>& AllCommands();

// Checks the name and the number of arguments; the errors of Redis.
Status CheckCommand(Arguments arguments, const Command** command);
// The keys among the arguments of a checked command. None where a count of keys is no number or too
// large: the handler, which reads it first, says what is wrong with it.
std::vector<Bytes> KeysOf(const Command& command, Arguments arguments);
// Whether the locks of its keys are not enough.
bool NeedsAllShards(const Command& command, Arguments arguments);
// What a call needs to be locked.
ShardSet ShardsOf(const Keyspace& keyspace, const Command& command, Arguments arguments);
// "ERR ...", "WRONGTYPE ...": a failure as a Redis client reads it.
std::string ErrorText(const Status& status);

// The rows, one table per family (string_commands.cc and so on).
absl::Span<const Command> StringCommands();
absl::Span<const Command> BitmapCommands();
absl::Span<const Command> HyperLogLogCommands();
absl::Span<const Command> HashCommands();
absl::Span<const Command> FieldDeadlineCommands();
absl::Span<const Command> ListCommands();
absl::Span<const Command> SetCommands();
absl::Span<const Command> SortedSetCommands();
absl::Span<const Command> SortedSetRangeCommands();
absl::Span<const Command> SortedSetAlgebraCommands();
absl::Span<const Command> StreamCommands();
absl::Span<const Command> StreamReadCommands();
absl::Span<const Command> StreamGroupCommands();
absl::Span<const Command> StreamClaimCommands();
absl::Span<const Command> StreamInfoCommands();
absl::Span<const Command> GeoCommands();
absl::Span<const Command> KeyCommands();
absl::Span<const Command> SortCommands();
absl::Span<const Command> ObjectCommands();
absl::Span<const Command> DumpCommands();
absl::Span<const Command> ConnectionCommands();
absl::Span<const Command> TransactionCommands();
absl::Span<const Command> PubSubCommands();
absl::Span<const Command> ChannelCommands();
absl::Span<const Command> ServerCommands();
absl::Span<const Command> CommandDocsCommands();
absl::Span<const Command> ConfigCommands();
absl::Span<const Command> InfoCommands();
absl::Span<const Command> MemoryCommands();
absl::Span<const Command> QueueCommands();
absl::Span<const Command> QueueWorkCommands();
absl::Span<const Command> QueueViewCommands();
absl::Span<const Command> QueueScheduleCommands();
absl::Span<const Command> QueueBindingCommands();
absl::Span<const Command> ReplicationCommands();
absl::Span<const Command> SlownessCommands();
// The handler of commands that only a session runs (kNeedsSession): kUnsupported, with that advice.
Status AnswerNeedsSession(CommandContext& context);
// The handler of "CLIENT|HELP" and its kin: tells the subcommands from their rows.
Status ReplyWithHelp(CommandContext& context);

// Runs a command: finds it, locks its keys, runs the handler, commits, waits for durability. A
// failure is written to `reply` as an error; the Status is not Ok only if no reply could be made:
// kInterrupted, kClosed, or durability that was promised and not kept (kIo), where the caller must
// discard what is in `reply`. A blocking command blocks the thread as `wait` says (timeout_ms of
// `wait` is ignored: the command tells it).
Status RunCommand(Engine* engine, uint32_t* selected_database, Arguments arguments,
                  const WaitOptions& wait, ReplySink* reply);

// The same of a command that was checked.
Status RunChecked(Engine* engine, const Command& command, uint32_t* selected_database,
                  Arguments arguments, const WaitOptions& wait, ReplySink* reply);

// Runs a checked command as a step of a transaction, which holds the locks of its keys; a blocking
// one does not block and replies as if its time was over. A failure is answered, not replied.
Status RunInTransaction(Engine* engine, const Command& command, Operation& operation,
                        Arguments arguments, uint32_t* selected_database, ReplySink* reply);

}  // namespace kontor

#endif  // KONTOR_COMMAND_COMMAND_H_
