#ifndef KONTOR_FUZZ_RESP_CHECKER_H_
#define KONTOR_FUZZ_RESP_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// Reads what a session replies, in pieces, and fails if it is anything but whole RESP replies.
class RespChecker {
 public:
  void Feed(std::string_view bytes);
  // Whether the last reply is whole.
  bool AtEnd() const { return at_ == buffer_.size() && left_.empty(); }
  // How many were whole so far.
  uint64_t replies() const { return replies_; }
  // Whether any was of a type that RESP2 does not have.
  bool saw_resp3() const { return saw_resp3_; }

 private:
  // False if more bytes are needed.
  bool ReadElement();
  bool ReadBulk(size_t line_end, int64_t length, bool is_verbatim);
  void Begin(uint64_t elements);
  void End();
  void Check(bool is_right, const char* what) const;
  int64_t LengthIn(std::string_view text, bool may_be_null) const;

  std::string buffer_;
  size_t at_ = 0;               // the first byte that was not understood
  std::vector<uint64_t> left_;  // elements that each open aggregate still needs
  uint64_t replies_ = 0;
  bool saw_resp3_ = false;
};

}  // namespace fuzz

#endif  // KONTOR_FUZZ_RESP_CHECKER_H_
