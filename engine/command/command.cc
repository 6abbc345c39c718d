#include "command/command.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/letter_case.h"
#include "base/limits.h"
#include "command/admin_commands.h"
#include "command/arguments.h"
#include "types/number.h"

namespace kontor {
namespace {

// Names to rows, whatever the case of the letters. Open addressing with linear probing over a table
// that is mostly empty; what is hashed is the first and the last eight bytes and the length, which
// differ for nearly all names.
class CommandIndex {
 public:
  CommandIndex() {
    for (const Command* command : AllCommands()) *SlotOf(command->name) = command;
  }
  const Command* Find(Bytes name) const { return *SlotOf(name); }

 private:
  static constexpr size_t kSlotBits = 11;
  static constexpr size_t kSlots = size_t{1} << kSlotBits;

  static uint64_t Hash(Bytes name) {
    constexpr uint64_t kLettersAlike = 0xdfdfdfdfdfdfdfdf;
    uint64_t head = 0;
    uint64_t tail = 0;
    const size_t size = std::min(name.size(), sizeof(head));
    std::memcpy(&head, name.data(), size);
    std::memcpy(&tail, name.data() + name.size() - size, size);
    return ((head & kLettersAlike) * 0x9e3779b97f4a7c15) ^
           (((tail & kLettersAlike) + name.size()) * 0xc2b2ae3d27d4eb4f);
  }
  static bool Same(Bytes name, Bytes upper) {
    return name.size() == upper.size() &&
           std::equal(name.begin(), name.end(), upper.begin(),
                      [](char a, char b) { return ToUpperCase(a) == b; });
  }
  // Where it is or would be.
  const Command* const* SlotOf(Bytes name) const {
    size_t slot = Hash(name) >> (64 - kSlotBits);
    while (slots_[slot] != nullptr && !Same(name, slots_[slot]->name)) slot = (slot + 1) % kSlots;
    return &slots_[slot];
  }
  const Command** SlotOf(Bytes name) {
    return const_cast<const Command**>(std::as_const(*this).SlotOf(name));
  }

  std::array<const Command*, kSlots> slots_ = {};
};

// "'a' 'b' ", cut where it gets long: the start of the arguments of a command that nobody knows. An
// argument ends at its first NUL, as it would if it were text.
std::string QuoteArguments(Arguments arguments) {
  constexpr size_t kLongestEcho = 128;
  std::string quoted;
  for (const Bytes argument : arguments) {
    if (quoted.size() >= kLongestEcho) break;
    const Bytes text = argument.substr(0, argument.find('\0'));
    const Bytes echo = text.substr(0, kLongestEcho - quoted.size());
    quoted.append("'").append(echo).append("' ");
  }
  return quoted;
}

Status UnknownCommand(Arguments arguments) {
  constexpr size_t kLongestEcho = 128;
  const Bytes name = arguments[0].substr(0, arguments[0].find('\0'));
  return Status(Code::kInvalid,
                "unknown command '" + std::string(name.substr(0, kLongestEcho)) +
                    "', with args beginning with: " + QuoteArguments(arguments.subspan(1)));
}

Status CheckLimits(Arguments arguments) {
  if (arguments.empty()) {
    return Status(Code::kInvalid, "empty command: the first argument is a command's name");
  }
  if (arguments.size() > limits::kArguments) {
    return Status(Code::kTooLarge,
                  "a command has at most " + std::to_string(limits::kArguments) + " arguments");
  }
  size_t left_bytes = limits::kCommandBytes;
  for (const Bytes argument : arguments) {
    if (argument.size() > left_bytes) {
      return Status(Code::kTooLarge, "the arguments of a command have at most " +
                                         std::to_string(limits::kCommandBytes) + " bytes together");
    }
    left_bytes -= argument.size();
  }
  return Ok();
}

Bytes PrefixOf(Code code) {
  switch (code) {
    case Code::kWrongType:
      return "WRONGTYPE ";
    case Code::kReadOnly:
      return "READONLY ";
    case Code::kNoMemory:
      return "OOM ";
    case Code::kIo:
      return "MISCONF ";
    case Code::kCorrupt:
      return "INVALIDOBJ ";
    case Code::kStaleReceipt:
      return "STALE ";
    default:
      return "ERR ";
  }
}

// "NOAUTH Authentication required.": its first word says what kind of error it is, to clients that
// look at that.
bool HasOwnPrefix(Bytes message) {
  static constexpr Bytes kPrefixes[] = {"NOAUTH",    "WRONGPASS", "NOPROTO",   "EXECABORT",
                                        "UNBLOCKED", "NOGROUP",   "BUSYGROUP", "BUSYKEY"};
  const Bytes word = message.substr(0, message.find(' '));
  return std::find(std::begin(kPrefixes), std::end(kPrefixes), word) != std::end(kPrefixes);
}

}  // namespace

Access AccessOf(const Command& command, Arguments arguments) {
  if (command.access != nullptr) return command.access(arguments);
  if ((command.flags & kWrites) == 0) return Access::kRead;
  return (command.flags & kNeedsMemory) != 0 ? Access::kWrite : Access::kRelease;
}

ValueType WaitedType(const Command& command) {
  if ((command.flags & kWaitsForStream) != 0) return ValueType::kStream;
  return (command.flags & kWaitsForSortedSet) != 0 ? ValueType::kSortedSet : ValueType::kList;
}

size_t StoredBytes(Arguments arguments) {
  size_t bytes = 0;
  for (const Bytes argument : arguments.subspan(1)) bytes += argument.size();
  return bytes;
}

const Command* FindCommand(Bytes name) {
  static const auto* const index = new CommandIndex;
  return name.empty() ? nullptr : index->Find(name);
}

constexpr absl::Span<const Command> (*kFamilies[])() = {StringCommands,
                                                        BitmapCommands,
                                                        HyperLogLogCommands,
                                                        HashCommands,
                                                        FieldDeadlineCommands,
                                                        ListCommands,
                                                        SetCommands,
                                                        SortedSetCommands,
                                                        SortedSetRangeCommands,
                                                        SortedSetAlgebraCommands,
                                                        GeoCommands,
                                                        StreamCommands,
                                                        StreamReadCommands,
                                                        StreamGroupCommands,
                                                        StreamClaimCommands,
                                                        StreamInfoCommands,
                                                        KeyCommands,
                                                        SortCommands,
                                                        ObjectCommands,
                                                        DumpCommands,
                                                        QueueCommands,
                                                        QueueWorkCommands,
                                                        QueueViewCommands,
                                                        QueueScheduleCommands,
                                                        QueueBindingCommands,
                                                        ConnectionCommands,
                                                        TransactionCommands,
                                                        PubSubCommands,
                                                        ChannelCommands,
                                                        ServerCommands,
                                                        CommandDocsCommands,
                                                        ConfigCommands,
                                                        InfoCommands,
                                                        MemoryCommands,
                                                        ReplicationCommands,
                                                        SlownessCommands,
                                                        AclCommands,
                                                        DebugCommands};

const std::vector<const Command*>& AllCommands() {
  static const auto* const commands = [] {
    auto* const all = new std::vector<const Command*>;
    for (const auto family : kFamilies) {
      for (const Command& command : family()) all->push_back(&command);
    }
    std::sort(all->begin(), all->end(),
              [](const Command* a, const Command* b) { return a->name < b->name; });
    return all;
  }();
  return *commands;
}

Status CheckCommand(Arguments arguments, const Command** command) {
  KONTOR_RETURN_IF_ERROR(CheckLimits(arguments));
  const Command* found = FindCommand(arguments[0]);
  if (found == nullptr) return UnknownCommand(arguments);
  if ((found->flags & kHasSubcommands) != 0 && arguments.size() > 1) {
    found = FindCommand(std::string(found->name).append("|").append(arguments[1]));
    if (found == nullptr) return UnknownSubcommand(arguments[0], arguments[1]);
  }
  const auto count = static_cast<int64_t>(arguments.size());
  const bool fits = found->arity >= 0 ? count == found->arity : count >= -found->arity;
  if (!fits) return WrongNumberOfArguments(found->name);
  *command = found;
  return Ok();
}

std::vector<Bytes> KeysOf(const Command& command, Arguments arguments) {
  std::vector<Bytes> keys;
  const KeyPositions& positions = command.keys;
  const auto size = static_cast<int64_t>(arguments.size());
  int64_t first = positions.first;
  int64_t last = positions.last < 0 ? size + positions.last : positions.last;
  if (positions.count_at != 0) {
    int64_t count = 0;
    first = positions.count_at + 1;
    const bool counted = ParseInteger(arguments[static_cast<size_t>(positions.count_at)], &count);
    if (!counted || count < 1 || count > size - first) return keys;
    if (positions.first != 0) keys.push_back(arguments[static_cast<size_t>(positions.first)]);
    last = positions.count_at + count;
  }
  for (int64_t i = first; first != 0 && i <= last && i < size; i += positions.step) {
    keys.push_back(arguments[static_cast<size_t>(i)]);
  }
  if (command.append_keys != nullptr) command.append_keys(arguments, &keys);
  return keys;
}

bool NeedsAllShards(const Command& command, Arguments arguments) {
  return (command.flags & kAllKeys) != 0 ||
         (command.reads_any_key != nullptr && command.reads_any_key(arguments));
}

ShardSet ShardsOf(const Keyspace& keyspace, const Command& command, Arguments arguments) {
  if (NeedsAllShards(command, arguments)) return keyspace.AllShards();
  return ShardsOf(keyspace, KeysOf(command, arguments));
}

Status ReplyWithHelp(CommandContext& context) {
  const std::string container = ToUpperCase(context.argument(0)) + "|";
  std::vector<std::string> lines = {ToUpperCase(context.argument(0)) +
                                    " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"};
  for (const Command* command : AllCommands()) {
    if (command->name.substr(0, container.size()) != container) continue;
    std::string line(command->name.substr(container.size()));
    if (!command->syntax.empty()) line.append(" ").append(command->syntax);
    lines.push_back(std::move(line));
    lines.push_back("    " + std::string(command->summary));
  }
  context.reply.Array(lines.size());
  for (const std::string& line : lines) context.reply.Simple(line);
  return Ok();
}

Status AnswerNeedsSession(CommandContext& context) {
  return Status(Code::kUnsupported,
                ToUpperCase(context.argument(0)) + " needs a session (kontor_session_new)");
}

std::string ErrorText(const Status& status) {
  const Bytes message = status.message().empty() ? CodeName(status.code()) : status.message();
  std::string text;
  if (!HasOwnPrefix(message)) text = PrefixOf(status.code());
  text.append(message);
  // An error is one line.
  text.erase(text.find_last_not_of("\r\n") + 1);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return text;
}

}  // namespace kontor
