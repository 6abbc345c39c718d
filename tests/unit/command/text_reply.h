#ifndef KONTOR_TESTS_UNIT_COMMAND_TEXT_REPLY_H_
#define KONTOR_TESTS_UNIT_COMMAND_TEXT_REPLY_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "command/reply_sink.h"

namespace kontor {

// Writes a reply as one line that a table can hold: :1 "bulk" +OK -ERR text nil nil-array [a b].
class TextReply final : public ReplySink {
 public:
  void Simple(Bytes text) override { Put("+" + std::string(text)); }
  void Error(Bytes text) override { Put("-" + std::string(text)); }
  void Integer(int64_t value) override { Put(":" + std::to_string(value)); }
  void Bulk(Bytes value) override { Put("\"" + std::string(value) + "\""); }
  void Null() override { Put("nil"); }
  void NullArray() override { Put("nil-array"); }
  void Array(uint64_t count) override {
    Separate();
    text_ += "[";
    left_.push_back(count);
    Close();
  }
  void Map(uint64_t pairs) override { Array(pairs * 2); }

  const std::string& text() const { return text_; }
  // Nothing is missing: every array got as many replies as it announced.
  bool whole() const { return left_.empty() && !text_.empty(); }

 private:
  void Separate() {
    if (!text_.empty() && text_.back() != '[') text_ += " ";
  }
  void Put(const std::string& one) {
    Separate();
    text_ += one;
    if (!left_.empty()) --left_.back();
    Close();
  }
  void Close() {
    while (!left_.empty() && left_.back() == 0) {
      text_ += "]";
      left_.pop_back();
      if (!left_.empty()) --left_.back();
    }
  }

  std::string text_;
  std::vector<uint64_t> left_;
};

// Cuts a line at its spaces; "" stands for an empty argument.
inline std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    if (words.back() == "\"\"") words.back().clear();
    at = end + 1;
  }
  return words;
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_COMMAND_TEXT_REPLY_H_
