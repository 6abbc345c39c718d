#ifndef KONTOR_SESSION_POSTPONED_COMMAND_H_
#define KONTOR_SESSION_POSTPONED_COMMAND_H_

#include <cstddef>
#include <string>
#include <vector>

#include "command/command.h"

namespace kontor {

// A request that came during a pause, and runs when it is over: its own copy of the arguments.
class PostponedCommand {
 public:
  PostponedCommand(Arguments arguments, bool writes)
      : bytes_(arguments.begin(), arguments.end()), writes_(writes) {}

  std::vector<Bytes> arguments() const { return {bytes_.begin(), bytes_.end()}; }
  // Whether a pause of writes is what it waits for.
  bool writes() const { return writes_; }
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const std::string& argument : bytes_) bytes += sizeof(std::string) + argument.capacity();
    return bytes;
  }

 private:
  const std::vector<std::string> bytes_;
  const bool writes_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_POSTPONED_COMMAND_H_
