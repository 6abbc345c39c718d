#include "command/stream_arguments.h"

#include <string>

#include "command/arguments.h"

namespace kontor {
namespace {

using verbs::StreamReferences;
using verbs::StreamTrim;

// What a trim by blocks takes at once, if it is not told: a hundred blocks.
constexpr size_t kDefaultLimit = 100 * StreamBlock::kMostEntries;

Status ParseNotNegative(Bytes argument, Bytes what, int64_t* value) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, value));
  if (*value >= 0) return Ok();
  return Status(Code::kOutOfRange, "The " + std::string(what) + " argument must be >= 0.");
}

// MAXLEN or MINID, with what follows it; how many words that are.
Result<size_t> ParseTrim(Arguments arguments, StreamTrimOptions* options) {
  if (options->trim.has_value()) {
    return Status(Code::kInvalid,
                  "syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  StreamTrim trim;
  size_t at = 1;
  const bool by_block = arguments[1] == "~";
  if (arguments.size() > 2 && (by_block || arguments[1] == "=")) {
    ++at;
    if (by_block) trim.by = Stream::TrimBy::kBlock;
  }
  if (IsKeyword(arguments[0], "MAXLEN")) {
    int64_t most = 0;
    KONTOR_RETURN_IF_ERROR(ParseNotNegative(arguments[at], "MAXLEN", &most));
    trim.most_entries = static_cast<size_t>(most);
  } else {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(arguments[at], &trim.least_id));
  }
  options->trim = trim;
  return at + 1;
}

// As far as a text goes that ends at its first NUL.
std::string Echo(Bytes name) { return std::string(name.substr(0, name.find('\0'))); }

Status ParseBound(Bytes argument, uint64_t missing_sequence, StreamBound* bound) {
  const std::optional<StreamBound> parsed = ParseStreamBound(argument, missing_sequence);
  if (!parsed.has_value()) return InvalidStreamId();
  *bound = *parsed;
  return Ok();
}

// How many words an option of XREAD or XREADGROUP takes, but for STREAMS; 0 if it is none.
size_t WordsOfReadOption(Arguments rest) {
  const Bytes option = rest[0];
  if (IsKeyword(option, "NOACK")) return 1;
  if (IsKeyword(option, "GROUP")) return rest.size() > 2 ? 3 : 0;
  const bool has_value =
      IsKeyword(option, "BLOCK") || IsKeyword(option, "COUNT") || IsKeyword(option, "CLAIM");
  return has_value && rest.size() > 1 ? 2 : 0;
}

}  // namespace

Status InvalidStreamId() {
  return Status(Code::kInvalid, "Invalid stream ID specified as stream command argument");
}

Status ParseStreamIdArgument(Bytes argument, StreamId* id) {
  return ParseStreamId(argument, 0, id) ? Ok() : InvalidStreamId();
}

Status ParseStreamIdArguments(Arguments arguments, std::vector<StreamId>* ids) {
  ids->reserve(arguments.size());
  for (const Bytes argument : arguments) {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(argument, &ids->emplace_back()));
  }
  return Ok();
}

Status ParseStreamStart(Bytes argument, StreamId* first) {
  StreamBound bound{};
  KONTOR_RETURN_IF_ERROR(ParseBound(argument, 0, &bound));
  const std::optional<StreamId> id = bound.is_excluded ? bound.id.Next() : bound.id;
  if (!id.has_value()) return Status(Code::kInvalid, "invalid start ID for the interval");
  *first = *id;
  return Ok();
}

Status ParseStreamEnd(Bytes argument, StreamId* last) {
  StreamBound bound{};
  KONTOR_RETURN_IF_ERROR(ParseBound(argument, UINT64_MAX, &bound));
  const std::optional<StreamId> id = bound.is_excluded ? bound.id.Previous() : bound.id;
  if (!id.has_value()) return Status(Code::kInvalid, "invalid end ID for the interval");
  *last = *id;
  return Ok();
}

Status ParseStreamCount(Bytes argument, int64_t* count) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, count));
  if (*count < 0) *count = 0;
  return Ok();
}

std::optional<StreamReferences> ParseStreamReferences(Bytes argument) {
  if (IsKeyword(argument, "KEEPREF")) return StreamReferences::kKeep;
  if (IsKeyword(argument, "DELREF")) return StreamReferences::kDrop;
  if (IsKeyword(argument, "ACKED")) return StreamReferences::kRespect;
  return std::nullopt;
}

Result<bool> ParseStreamTrimOption(Arguments* arguments, StreamTrimOptions* options) {
  const Arguments given = *arguments;
  const bool has_more = given.size() > 1;
  size_t words = 1;
  if (has_more && (IsKeyword(given[0], "MAXLEN") || IsKeyword(given[0], "MINID"))) {
    KONTOR_ASSIGN_OR_RETURN(words, ParseTrim(given, options));
  } else if (has_more && IsKeyword(given[0], "LIMIT")) {
    int64_t limit = 0;
    KONTOR_RETURN_IF_ERROR(ParseNotNegative(given[1], "LIMIT", &limit));
    options->limit = static_cast<size_t>(limit);
    words = 2;
  } else if (const auto references = ParseStreamReferences(given[0]); references.has_value()) {
    if (options->references.has_value()) return SyntaxError();
    options->references = references;
  } else {
    return false;
  }
  arguments->remove_prefix(words);
  return true;
}

Status FinishStreamTrimOptions(StreamTrimOptions* options) {
  if (options->limit.value_or(0) != 0 && !options->trim.has_value()) {
    return Status(Code::kInvalid,
                  "syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  const bool by_block = options->trim.has_value() && options->trim->by == Stream::TrimBy::kBlock;
  if (options->limit.has_value() && !by_block) {
    return Status(Code::kInvalid,
                  "syntax error, LIMIT cannot be used without the special ~ option");
  }
  if (!options->trim.has_value()) return Ok();
  options->trim->limit = by_block ? options->limit.value_or(kDefaultLimit) : 0;
  options->trim->references = options->references.value_or(StreamReferences::kKeep);
  return Ok();
}

Status ParseStreamDeletion(Arguments arguments, StreamDeletion* deletion) {
  std::optional<StreamReferences> references;
  std::optional<Arguments> ids;
  while (!arguments.empty()) {
    if (const auto parsed = ParseStreamReferences(arguments[0]); parsed.has_value()) {
      if (references.has_value()) return SyntaxError();
      references = parsed;
      arguments.remove_prefix(1);
      continue;
    }
    if (ids.has_value() || !IsKeyword(arguments[0], "IDS") || arguments.size() < 2) {
      return SyntaxError();
    }
    int64_t count = 0;
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
        arguments[1], 1, INT64_MAX, "Number of IDs must be a positive integer", &count));
    arguments.remove_prefix(2);
    if (static_cast<uint64_t>(count) > arguments.size()) {
      return Status(Code::kInvalid, "The `numids` parameter must match the number of arguments");
    }
    ids = arguments.subspan(0, static_cast<size_t>(count));
    arguments.remove_prefix(ids->size());
  }
  if (!ids.has_value()) return SyntaxError();
  deletion->references = references.value_or(StreamReferences::kKeep);
  return ParseStreamIdArguments(*ids, &deletion->ids);
}

Status NoStreamGroup(Bytes key, Bytes group, Bytes behind) {
  return Status(Code::kInvalid, "NOGROUP No such key '" + Echo(key) + "' or consumer group '" +
                                    Echo(group) + "'" + std::string(behind));
}

Status NoStreamGroupForKey(Bytes key, Bytes group) {
  return Status(Code::kInvalid, "NOGROUP No such consumer group '" + Echo(group) +
                                    "' for key name '" + Echo(key) + "'");
}

void ReplyStreamId(ReplySink& reply, const StreamId& id) { reply.Bulk(FormatStreamId(id)); }

void ReplyStreamFields(ReplySink& reply, const Stream::Entry& entry) {
  reply.Array(2 * entry.size());
  entry.ForEach([&](const Element& name, const Element& value) {
    reply.Bulk(name.bytes());
    reply.Bulk(value.bytes());
  });
}

void ReplyStreamEntry(ReplySink& reply, const Stream::Entry& entry) {
  reply.Array(2);
  ReplyStreamId(reply, entry.id());
  ReplyStreamFields(reply, entry);
}

void ReplyStreamEntries(ReplySink& reply, const std::vector<Stream::Entry>& entries) {
  reply.Array(entries.size());
  for (const Stream::Entry& entry : entries) ReplyStreamEntry(reply, entry);
}

// As the handlers read their options, so that they use no key that is not found here.
Arguments KeysOfStreamRead(Arguments arguments) {
  for (Arguments rest = arguments.subspan(1); !rest.empty();) {
    if (IsKeyword(rest[0], "STREAMS")) return rest.subspan(1, (rest.size() - 1) / 2);
    const size_t words = WordsOfReadOption(rest);
    if (words == 0) break;
    rest.remove_prefix(words);
  }
  return {};
}

}  // namespace kontor
