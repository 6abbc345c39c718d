// Lines from standard input, read so that a signal ends the wait and so that other things can be
// waited for meanwhile.
#ifndef KONTOR_SHELL_INPUT_LINES_H_
#define KONTOR_SHELL_INPUT_LINES_H_

#include <string>

#include "interrupts.h"

namespace kontor::shell {

enum class InputRead { kLine, kEnd, kSignal, kOther };

class InputLines {
 public:
  explicit InputLines(const Interrupts* interrupts) : interrupts_(interrupts) {}

  // The next line without its line feed; a last line needs none. kOther as soon as `other` (a
  // descriptor, or -1) can be read while no whole line is at hand.
  InputRead Next(int other, std::string* line);

 private:
  bool TakeLine(std::string* line);
  void ReadMore();

  const Interrupts* interrupts_;
  std::string buffer_;
  size_t searched_ = 0;  // no line feed before this place
  bool ended_ = false;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_INPUT_LINES_H_
