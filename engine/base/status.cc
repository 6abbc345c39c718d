#include "base/status.h"

namespace kontor {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "OK";
    case Code::kNotFound:
      return "NOT_FOUND";
    case Code::kExists:
      return "EXISTS";
    case Code::kTimeout:
      return "TIMEOUT";
    case Code::kTooSmall:
      return "TOO_SMALL";
    case Code::kAgain:
      return "AGAIN";
    case Code::kInterrupted:
      return "INTERRUPTED";
    case Code::kInvalid:
      return "INVALID";
    case Code::kWrongType:
      return "WRONG_TYPE";
    case Code::kNotANumber:
      return "NOT_A_NUMBER";
    case Code::kOutOfRange:
      return "OUT_OF_RANGE";
    case Code::kTooLarge:
      return "TOO_LARGE";
    case Code::kNoMemory:
      return "NO_MEMORY";
    case Code::kClosed:
      return "CLOSED";
    case Code::kLocked:
      return "LOCKED";
    case Code::kForked:
      return "FORKED";
    case Code::kReadOnly:
      return "READ_ONLY";
    case Code::kIo:
      return "IO";
    case Code::kCorrupt:
      return "CORRUPT";
    case Code::kNewerFormat:
      return "NEWER_FORMAT";
    case Code::kStaleReceipt:
      return "STALE_RECEIPT";
    case Code::kFull:
      return "FULL";
    case Code::kUnsupported:
      return "UNSUPPORTED";
    case Code::kInternal:
      return "INTERNAL";
  }
  return "UNKNOWN";
}

}  // namespace kontor
