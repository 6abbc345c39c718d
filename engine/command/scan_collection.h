#ifndef KONTOR_COMMAND_SCAN_COLLECTION_H_
#define KONTOR_COMMAND_SCAN_COLLECTION_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/glob.h"
#include "base/status.h"
#include "command/arguments.h"
#include "command/command.h"

namespace kontor {

// The options of HSCAN, SSCAN and ZSCAN: "[MATCH pattern] [COUNT count]".
struct ScanOptions {
  Bytes pattern = "*";
  uint64_t count = 10;
};
Status ParseScanOptions(Arguments arguments, ScanOptions* options);

// HSCAN, SSCAN and ZSCAN: "key cursor [MATCH pattern] [COUNT count]". `find` answers the collection
// or null, `name_of(each)` what the pattern selects, and `reply_with(each)` writes `parts` replies.
template <typename Find, typename NameOf, typename ReplyWith>
Status ScanCollection(CommandContext& context, uint64_t parts, Find find, NameOf name_of,
                      ReplyWith reply_with) {
  uint64_t cursor = 0;
  KONTOR_RETURN_IF_ERROR(ParseCursorArgument(context.argument(2), &cursor));
  KONTOR_ASSIGN_OR_RETURN(const auto* collection, find(context.operation, context.argument(1)));
  ReplySink& reply = context.reply;
  if (collection == nullptr) {  // as Redis does: answered before the options are looked at
    reply.Array(2);
    reply.Bulk("0");
    reply.Array(0);
    return Ok();
  }
  ScanOptions options;
  KONTOR_RETURN_IF_ERROR(ParseScanOptions(context.arguments.subspan(3), &options));
  if (cursor == 0) cursor = collection->kScanStart;
  uint64_t found = 0;
  const uint64_t next = collection->Scan(cursor, options.count, [&](const auto& each) {
    if (GlobSelects(options.pattern, name_of(each))) ++found;
  });
  reply.Array(2);
  reply.Bulk(std::to_string(next));
  reply.Array(found * parts);
  collection->Scan(cursor, options.count, [&](const auto& each) {
    if (GlobSelects(options.pattern, name_of(each))) reply_with(each);
  });
  return Ok();
}

}  // namespace kontor

#endif  // KONTOR_COMMAND_SCAN_COLLECTION_H_
