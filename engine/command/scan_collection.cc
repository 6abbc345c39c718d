#include "command/scan_collection.h"

namespace kontor {

Status ParseScanOptions(Arguments arguments, ScanOptions* options) {
  for (size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) return SyntaxError();
    if (IsKeyword(arguments[i], "MATCH")) {
      options->pattern = arguments[i + 1];
    } else if (IsKeyword(arguments[i], "COUNT")) {
      int64_t count = 0;
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(arguments[i + 1], &count));
      if (count < 1) return SyntaxError();
      options->count = static_cast<uint64_t>(count);
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

}  // namespace kontor
