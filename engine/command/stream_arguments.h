#ifndef KONTOR_COMMAND_STREAM_ARGUMENTS_H_
#define KONTOR_COMMAND_STREAM_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "command/command.h"
#include "command/reply_sink.h"
#include "types/stream.h"
#include "verbs/streams.h"

namespace kontor {

// What the commands of streams have in common: how they read their arguments, and how they reply.
// A result is set only when the answer is Ok().

// "Invalid stream ID specified as stream command argument".
Status InvalidStreamId();
// An id without a sequence has the sequence 0.
Status ParseStreamIdArgument(Bytes argument, StreamId* id);
Status ParseStreamIdArguments(Arguments arguments, std::vector<StreamId>* ids);
// Where a range begins, and where it ends: with "-", "+" and "(".
Status ParseStreamStart(Bytes argument, StreamId* first);
Status ParseStreamEnd(Bytes argument, StreamId* last);
// A negative one is 0.
Status ParseStreamCount(Bytes argument, int64_t* count);

// KEEPREF, DELREF or ACKED; none if it is something else.
std::optional<verbs::StreamReferences> ParseStreamReferences(Bytes argument);

// The options of XADD and XTRIM.
struct StreamTrimOptions {
  std::optional<verbs::StreamTrim> trim;
  std::optional<size_t> limit;
  std::optional<verbs::StreamReferences> references;
};
// The option the arguments begin with, if they begin with one; it takes its words off them.
Result<bool> ParseStreamTrimOption(Arguments* arguments, StreamTrimOptions* options);
// When all of them are read: how to trim, if at all.
Status FinishStreamTrimOptions(StreamTrimOptions* options);

// IDS and KEEPREF, DELREF or ACKED, as XDELEX and XACKDEL take them.
struct StreamDeletion {
  verbs::StreamReferences references = verbs::StreamReferences::kKeep;
  std::vector<StreamId> ids;
};
Status ParseStreamDeletion(Arguments arguments, StreamDeletion* deletion);

// "NOGROUP ...", as the commands word it that need a group.
Status NoStreamGroup(Bytes key, Bytes group, Bytes behind = "");
Status NoStreamGroupForKey(Bytes key, Bytes group);

// An id, and names and values in turns.
void ReplyStreamId(ReplySink& reply, const StreamId& id);
void ReplyStreamFields(ReplySink& reply, const Stream::Entry& entry);
void ReplyStreamEntry(ReplySink& reply, const Stream::Entry& entry);
void ReplyStreamEntries(ReplySink& reply, const std::vector<Stream::Entry>& entries);

// The keys of XREAD and XREADGROUP: the first half of what follows STREAMS.
Arguments KeysOfStreamRead(Arguments arguments);

}  // namespace kontor

#endif  // KONTOR_COMMAND_STREAM_ARGUMENTS_H_
