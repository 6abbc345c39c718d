// Replies as redis-cli prints them: decorated for a terminal, bare for a pipe.
#ifndef KONTOR_SHELL_PRINT_REPLY_H_
#define KONTOR_SHELL_PRINT_REPLY_H_

#include <string>
#include <string_view>

#include "reply.h"

namespace kontor::shell {

enum class ReplyStyle {
  kTerminal,  // (integer) 1, "quoted", 1) "a"
  kRaw,       // the bytes and nothing else
};

// The whole text of a reply, its last newline included.
std::string FormatReply(const Reply& reply, ReplyStyle style);

// "..." with \n \r \t \a \b \" \\ and \xHH for every other byte outside of printable ASCII.
std::string QuoteBytes(std::string_view bytes);

// FormatReply to standard output, flushed. False when it cannot be written (closed pipe, full
// disk).
bool PrintReply(const Reply& reply, ReplyStyle style);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_PRINT_REPLY_H_
