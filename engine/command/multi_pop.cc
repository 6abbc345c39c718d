#include "command/multi_pop.h"

#include "command/arguments.h"

namespace kontor {

Status ParseMultiPop(Arguments arguments, Bytes first_end, Bytes second_end, MultiPop* pop) {
  uint64_t keys = 0;
  KONTOR_RETURN_IF_ERROR(
      ParseCountArgument(arguments[0], 1, "numkeys should be greater than 0", &keys));
  if (keys > arguments.size() - 1) return SyntaxError();
  pop->keys = arguments.subspan(1, keys);
  const Arguments options = arguments.subspan(1 + keys);
  if (options.empty()) return SyntaxError();
  pop->from_second_end = IsKeyword(options[0], second_end);
  if (!pop->from_second_end && !IsKeyword(options[0], first_end)) return SyntaxError();
  if (options.size() == 1) return Ok();
  if (options.size() == 2 || !IsKeyword(options[1], "COUNT")) return SyntaxError();
  KONTOR_RETURN_IF_ERROR(
      ParseCountArgument(options[2], 1, "count should be greater than 0", &pop->count));
  return options.size() == 3 ? Ok() : SyntaxError();
}

}  // namespace kontor
