// A reply as a plain value: what a command answered, or what the shell itself has to say.
#ifndef KONTOR_SHELL_REPLY_H_
#define KONTOR_SHELL_REPLY_H_

#include <kontor/kontor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kontor::shell {

enum class ReplyKind {
  kNil,
  kStatus,
  kError,
  kInteger,
  kString,
  kArray,
  // Of RESP3, from a server only. A map's items are keys and values in turn; numbers are texts.
  kDouble,
  kBigNumber,
  kBoolean,  // integer is 0 or 1
  kVerbatim,
  kMap,
  kSet,
  kPush,
};

struct Reply {
  ReplyKind kind = ReplyKind::kNil;
  int64_t integer = 0;
  std::string text;
  std::vector<Reply> items;

  static Reply Nil() { return {}; }
  static Reply Status(std::string text) { return {ReplyKind::kStatus, 0, std::move(text), {}}; }
  static Reply Error(std::string text) { return {ReplyKind::kError, 0, std::move(text), {}}; }
  static Reply Integer(int64_t value) { return {ReplyKind::kInteger, value, {}, {}}; }
  static Reply String(std::string text) { return {ReplyKind::kString, 0, std::move(text), {}}; }
  static Reply Array(std::vector<Reply> items) {
    return {ReplyKind::kArray, 0, {}, std::move(items)};
  }
};

// Copies a reply of the C interface. A map becomes the flat array that RESP2 makes of it, and both
// kinds of nil are one, as redis-cli shows them.
Reply CopyReply(const kontor_reply* reply);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_REPLY_H_
