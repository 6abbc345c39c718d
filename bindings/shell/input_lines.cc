#include "input_lines.h"

#include <unistd.h>

#include <cerrno>

namespace kontor::shell {

InputRead InputLines::Next(int other, std::string* line) {
  for (;;) {
    if (interrupts_->pending() != 0) return InputRead::kSignal;
    if (TakeLine(line)) return InputRead::kLine;
    if (ended_) return InputRead::kEnd;
    switch (interrupts_->WaitReadable(other, STDIN_FILENO)) {
      case Ready::kSignal:
        return InputRead::kSignal;
      case Ready::kFirst:
        return InputRead::kOther;
      case Ready::kSecond:
        ReadMore();
    }
  }
}

bool InputLines::TakeLine(std::string* line) {
  const size_t end = buffer_.find('\n', searched_);
  if (end != std::string::npos) {
    line->assign(buffer_, 0, end);
    buffer_.erase(0, end + 1);
    searched_ = 0;
    return true;
  }
  searched_ = buffer_.size();
  if (!ended_ || buffer_.empty()) return false;
  line->swap(buffer_);
  buffer_.clear();
  searched_ = 0;
  return true;
}

void InputLines::ReadMore() {
  char chunk[65536];
  const ssize_t taken = read(STDIN_FILENO, chunk, sizeof chunk);
  if (taken > 0) {
    buffer_.append(chunk, static_cast<size_t>(taken));
  } else if (taken == 0 || errno != EINTR) {
    ended_ = true;
  }
}

}  // namespace kontor::shell
