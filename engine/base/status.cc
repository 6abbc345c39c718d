#include "base/status.h"

namespace kontor {

namespace {

struct NamedCode {
  Code code;
  std::string_view name;
};

constexpr NamedCode kNames[] = {
    {Code::kOk, "OK"},
    {Code::kNotFound, "NOT_FOUND"},
    {Code::kExists, "EXISTS"},
    {Code::kTimeout, "TIMEOUT"},
    {Code::kTooSmall, "TOO_SMALL"},
    {Code::kAgain, "AGAIN"},
    {Code::kInterrupted, "INTERRUPTED"},
    {Code::kInvalid, "INVALID"},
    {Code::kWrongType, "WRONG_TYPE"},
    {Code::kNotANumber, "NOT_A_NUMBER"},
    {Code::kOutOfRange, "OUT_OF_RANGE"},
    {Code::kTooLarge, "TOO_LARGE"},
    {Code::kNoMemory, "NO_MEMORY"},
    {Code::kClosed, "CLOSED"},
    {Code::kLocked, "LOCKED"},
    {Code::kForked, "FORKED"},
    {Code::kReadOnly, "READ_ONLY"},
    {Code::kIo, "IO"},
    {Code::kCorrupt, "CORRUPT"},
    {Code::kNewerFormat, "NEWER_FORMAT"},
    {Code::kStaleReceipt, "STALE_RECEIPT"},
    {Code::kFull, "FULL"},
    {Code::kUnsupported, "UNSUPPORTED"},
    {Code::kInternal, "INTERNAL"},
};

}  // namespace

std::string_view CodeName(Code code) {
  for (const NamedCode& named : kNames) {
    if (named.code == code) return named.name;
  }
  return "UNKNOWN";
}

}  // namespace kontor
