// The entries of streams.

#include <cstdint>
#include <optional>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/stream_arguments.h"
#include "verbs/streams.h"

namespace kontor {
namespace {

using verbs::StreamAddition;
using verbs::StreamEntryFate;

Status ReplyCount(CommandContext& context, const Result<uint64_t>& count) {
  KONTOR_RETURN_IF_ERROR(count.status());
  context.reply.Integer(static_cast<int64_t>(*count));
  return Ok();
}

// ---- XADD, XTRIM ----

// What stands in front of the fields.
Status ParseAddition(Arguments* arguments, StreamAddition* addition) {
  StreamTrimOptions options;
  while (!arguments->empty() && arguments->front() != "*") {
    KONTOR_ASSIGN_OR_RETURN(const bool is_option, ParseStreamTrimOption(arguments, &options));
    if (is_option) continue;
    if (!IsKeyword(arguments->front(), "NOMKSTREAM")) {
      addition->id = ParseNewStreamId(arguments->front());
      if (!addition->id.has_value()) return InvalidStreamId();
      break;
    }
    addition->makes_stream = false;
    arguments->remove_prefix(1);
  }
  KONTOR_RETURN_IF_ERROR(FinishStreamTrimOptions(&options));
  addition->trim = options.trim;
  if (!arguments->empty()) arguments->remove_prefix(1);
  return Ok();
}

Status XAdd(CommandContext& context) {
  StreamAddition addition;
  Arguments fields = context.arguments.subspan(2);
  KONTOR_RETURN_IF_ERROR(ParseAddition(&fields, &addition));
  if (fields.empty() || fields.size() % 2 != 0) {
    return WrongNumberOfArguments(context.argument(0));
  }
  addition.fields.reserve(fields.size() / 2);
  for (size_t i = 0; i < fields.size(); i += 2) {
    addition.fields.push_back({fields[i], fields[i + 1]});
  }
  KONTOR_ASSIGN_OR_RETURN(const std::optional<StreamId> id,
                          verbs::StreamAdd(context.operation, context.argument(1), addition));
  id.has_value() ? ReplyStreamId(context.reply, *id) : context.reply.Null();
  return Ok();
}

Status XTrim(CommandContext& context) {
  StreamTrimOptions options;
  for (Arguments rest = context.arguments.subspan(2); !rest.empty();) {
    KONTOR_ASSIGN_OR_RETURN(const bool is_option, ParseStreamTrimOption(&rest, &options));
    if (!is_option) return SyntaxError();
  }
  if (options.limit.value_or(0) == 0 && !options.trim.has_value()) {
    return Status(Code::kInvalid, "syntax error, XTRIM must be called with a trimming strategy");
  }
  KONTOR_RETURN_IF_ERROR(FinishStreamTrimOptions(&options));
  return ReplyCount(context,
                    verbs::StreamTrimTo(context.operation, context.argument(1), *options.trim));
}

// ---- Looking ----

Status XLen(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream,
                          verbs::StreamFind(context.operation, context.argument(1)));
  context.reply.Integer(stream == nullptr ? 0 : static_cast<int64_t>(stream->size()));
  return Ok();
}

template <bool kBackwards>
Status Range(CommandContext& context) {
  verbs::StreamRange range{.backwards = kBackwards};
  KONTOR_RETURN_IF_ERROR(ParseStreamStart(context.argument(kBackwards ? 3 : 2), &range.first));
  KONTOR_RETURN_IF_ERROR(ParseStreamEnd(context.argument(kBackwards ? 2 : 3), &range.last));
  std::optional<int64_t> count;
  const Arguments options = context.arguments.subspan(4);
  for (size_t i = 0; i < options.size(); i += 2) {
    if (!IsKeyword(options[i], "COUNT") || i + 1 == options.size()) return SyntaxError();
    KONTOR_RETURN_IF_ERROR(ParseStreamCount(options[i + 1], &count.emplace()));
  }
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream,
                          verbs::StreamFind(context.operation, context.argument(1)));
  if (stream == nullptr) {
    context.reply.Array(0);
  } else if (count == 0) {
    context.reply.NullArray();
  } else {
    range.most = static_cast<uint64_t>(count.value_or(0));
    ReplyStreamEntries(context.reply, verbs::StreamEntries(*stream, range));
  }
  return Ok();
}

// ---- Deleting ----

Status XDel(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream,
                          verbs::StreamFind(context.operation, context.argument(1)));
  std::vector<StreamId> ids;
  // As Redis does: an absent key is answered before the ids are looked at.
  if (stream != nullptr) {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArguments(context.arguments.subspan(2), &ids));
  }
  return ReplyCount(context, verbs::StreamDelete(context.operation, context.argument(1), ids));
}

Status XDelEx(CommandContext& context) {
  StreamDeletion deletion;
  KONTOR_RETURN_IF_ERROR(ParseStreamDeletion(context.arguments.subspan(2), &deletion));
  KONTOR_ASSIGN_OR_RETURN(const std::vector<StreamEntryFate> fates,
                          verbs::StreamDeleteEach(context.operation, context.argument(1),
                                                  deletion.references, deletion.ids));
  context.reply.Array(fates.size());
  for (const StreamEntryFate fate : fates) context.reply.Integer(static_cast<int64_t>(fate));
  return Ok();
}

// ---- XSETID ----

Status ParseIdsToSet(Arguments options, verbs::StreamIdsToSet* ids) {
  for (size_t i = 0; i < options.size(); i += 2) {
    if (i + 1 == options.size()) return SyntaxError();
    if (IsKeyword(options[i], "ENTRIESADDED")) {
      int64_t added = 0;
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(options[i + 1], &added));
      if (added < 0) return Status(Code::kOutOfRange, "entries_added must be positive");
      ids->entries_added = static_cast<uint64_t>(added);
    } else if (IsKeyword(options[i], "MAXDELETEDID")) {
      KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(options[i + 1], &ids->max_deleted_id));
      if (ids->last_id < ids->max_deleted_id) {
        return Status(Code::kInvalid,
                      "The ID specified in XSETID is smaller than the provided "
                      "max_deleted_entry_id");
      }
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

Status XSetId(CommandContext& context) {
  verbs::StreamIdsToSet ids;
  KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(context.argument(2), &ids.last_id));
  KONTOR_RETURN_IF_ERROR(ParseIdsToSet(context.arguments.subspan(3), &ids));
  KONTOR_RETURN_IF_ERROR(verbs::StreamSetIds(context.operation, context.argument(1), ids));
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kStreamCommands[] = {
    {"XADD", -5, kGrows | kOneEffect, kFirst, XAdd, "stream",
     "Adds an entry to a stream, and may trim it.",
     "key [NOMKSTREAM] [KEEPREF|DELREF|ACKED] [MAXLEN|MINID [= | ~] threshold [LIMIT count]] "
     "<* | id> field value [field value ...]"},
    {"XDEL", -3, kWrites, kFirst, XDel, "stream", "Deletes entries of a stream.",
     "key id [id ...]"},
    {"XDELEX", -5, kWrites, kFirst, XDelEx, "stream",
     "Deletes entries, or those that no group needs, and what groups know of them.",
     "key [KEEPREF|DELREF|ACKED] IDS numids id [id ...]"},
    {"XLEN", 2, kReads, kFirst, XLen, "stream", "Answers how many entries a stream has.", "key"},
    {"XRANGE", -4, kReads, kFirst, Range<false>, "stream",
     "Answers the entries of a stream between two ids.", "key start end [COUNT count]"},
    {"XREVRANGE", -4, kReads, kFirst, Range<true>, "stream",
     "Answers the entries of a stream between two ids, the last ones first.",
     "key end start [COUNT count]"},
    {"XSETID", -3, kGrows, kFirst, XSetId, "stream",
     "Sets the last id of a stream, and what it has counted.",
     "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]"},
    {"XTRIM", -4, kWrites, kFirst, XTrim, "stream", "Removes the first entries of a stream.",
     "key MAXLEN|MINID [= | ~] threshold [LIMIT count] [KEEPREF|DELREF|ACKED]"},
};

}  // namespace

absl::Span<const Command> StreamCommands() { return kStreamCommands; }

}  // namespace kontor
