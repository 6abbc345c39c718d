// Replies out of the bytes of a server: RESP2 and RESP3.
#ifndef KONTOR_SHELL_RESP_READER_H_
#define KONTOR_SHELL_RESP_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reply.h"

namespace kontor::shell {

enum class RespRead {
  kReply,
  kMore,    // the next reply is not whole
  kBroken,  // this is no RESP; nothing can be read any more
};

// Goes on where it stopped, however the bytes come. What a length promises is not believed: memory
// is taken for what has come. Attributes are left out, both kinds of nil are one.
class RespReader {
 public:
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  RespRead Next(Reply* reply);

 private:
  struct OpenAggregate {
    Reply reply;
    uint64_t missing;  // items
    bool is_attribute;
  };
  // What one step of reading led to.
  enum class Step { kValue, kOpened, kMore, kBroken };

  Step ReadValue(Reply* value);
  Step ReadBulk(char type, std::string_view line, size_t line_bytes, Reply* value);
  Step OpenItems(char type, std::string_view line, size_t line_bytes, Reply* value);
  // Puts a value in its place; whether `value` is then a whole reply.
  bool Close(Reply* value);
  // The line at the beginning without its end, nothing if it is not whole.
  std::optional<std::string_view> Line();
  void Consume(size_t bytes);

  std::string buffer_;
  size_t begin_ = 0;     // what is before was read
  size_t searched_ = 0;  // no end of the line before this place
  std::vector<OpenAggregate> open_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_RESP_READER_H_
