#ifndef KONTOR_SESSION_RESP_PARSER_H_
#define KONTOR_SESSION_RESP_PARSER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/limits.h"

namespace kontor {

// Cuts a stream of bytes into requests: RESP2 arrays of bulk strings ("multibulk") and inline
// lines, in any mixture. It remembers how far it got, so input may come byte by byte; it never
// recurses and takes memory only for bytes that came. What it accepts does not depend on how the
// stream was cut into pieces. Not thread-safe; knows nothing of sockets.
class RespParser {
 public:
  enum class Step {
    kIncomplete,  // more bytes are needed
    kRequest,     // arguments() are a request
    kError,       // the stream cannot be understood from here on; error() says why. Sticky.
  };

  // The longest line: an inline request, or a header with a length.
  static constexpr size_t kLineBytes = size_t{64} << 10;
  // What is enough for AUTH and HELLO.
  static constexpr size_t kArgumentsBeforeAuth = 10;
  static constexpr size_t kArgumentBytesBeforeAuth = size_t{16} << 10;

  // Of one request, at most.
  struct Limits {
    size_t arguments = limits::kArguments;
    size_t argument_bytes = limits::kValueBytes;
  };

  RespParser() : RespParser(Limits()) {}
  explicit RespParser(const Limits& limits) : limits_(limits) {}

  // Until this is told true, the limits are the lower ones above. Holds from the next request on.
  void set_authenticated(bool authenticated) { authenticated_ = authenticated; }

  void Append(Bytes bytes);
  // Looks for the next request. Empty ones are passed over, as Redis does.
  Step Next();
  // Of the request found last; at least one. Borrowed until the next call of Append or Next.
  absl::Span<const Bytes> arguments() const { return arguments_; }
  // Without the prefix "ERR ", worded as Redis words it.
  const std::string& error() const { return error_; }
  // Bytes that are held for requests not found yet, a half-read one included.
  size_t buffered() const { return buffer_.size() - FirstNeeded(); }
  // What the next requests are about, as far as they are short and all there.
  struct Ahead {
    size_t requests = 0;
    // The second words, which are the keys of most commands; one of those that follow each other
    // and are the same. Borrowed as arguments() are.
    size_t keys = 0;
    std::array<Bytes, 16> key;
  };
  Ahead LookAhead() const;
  // Gives back the memory of what was understood, if that is worth it. arguments() end.
  void Trim();
  // What it holds beside itself.
  size_t memory_bytes() const;

 private:
  enum class Line { kIncomplete, kFound, kTooLong };

  // The short way: a multibulk that is all there, as nearly every one is. False, and nothing is
  // changed, for any other.
  bool TakeWhole();
  // Of the bulk string that begins at *at; moves *at behind it. False if it is not all there.
  bool TakeBulk(const char** at, Bytes* bulk) const;
  Step NextMultibulk();
  Step NextInline();
  Step ReadCount();
  Step ReadBulk();
  Step Fail(std::string message);
  Line FindLine(char end, Bytes* line);
  bool SplitInline(Bytes line);
  size_t FirstNeeded() const { return bulks_.empty() ? at_ : bulks_.front().first; }
  void Compact();

  const Limits limits_;
  bool authenticated_ = true;
  std::string buffer_;
  size_t at_ = 0;        // the next byte to understand
  size_t searched_ = 0;  // up to here, counted from at_, the current line has no end
  std::string error_;
  bool in_multibulk_ = false;
  int64_t bulks_left_ = 0;
  int64_t bulk_length_ = -1;                      // -1: its header was not read yet
  std::vector<std::pair<size_t, size_t>> bulks_;  // place in the buffer and length
  std::vector<std::string> inline_arguments_;
  std::vector<Bytes> arguments_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_RESP_PARSER_H_
