#ifndef KONTOR_COMMAND_MULTI_POP_H_
#define KONTOR_COMMAND_MULTI_POP_H_

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "command/command.h"

namespace kontor {

// What LMPOP, ZMPOP and their blocking kin are asked: "numkeys key [key ...] LEFT|RIGHT [COUNT
// count]".
struct MultiPop {
  Arguments keys;
  bool from_second_end = false;
  uint64_t count = 1;
};
// `first_end` and `second_end` are the words for the ends. The errors of Redis.
Status ParseMultiPop(Arguments arguments, Bytes first_end, Bytes second_end, MultiPop* pop);

}  // namespace kontor

#endif  // KONTOR_COMMAND_MULTI_POP_H_
