// One line in, one reply out: what the prompt, a pipe and -c have in common.
#ifndef KONTOR_SHELL_SHELL_H_
#define KONTOR_SHELL_SHELL_H_

#include <string>
#include <string_view>
#include <vector>

#include "command_table.h"
#include "database.h"
#include "input_lines.h"
#include "interrupts.h"
#include "print_reply.h"
#include "subscribe.h"

namespace kontor::shell {

enum class Verdict {
  kDone,
  kFailed,       // the command replied an error, or was not understood
  kInterrupted,  // a signal ended it
  kQuit,         // quit or exit
  kBroken,       // standard output cannot be written
};

// Belongs to the main thread. What it is given must outlive it. `input` is read for further
// commands while a subscription listens; NULL: it listens until a signal comes.
class Shell {
 public:
  Shell(Database* database, const Interrupts* interrupts, InputLines* input, ReplyStyle style);

  Verdict RunLine(std::string_view line);
  Verdict RunWords(const std::vector<std::string>& words);

  const CommandTable& table() const { return table_; }
  // "[2]" after SELECT 2, empty in database 0.
  std::string Selected() const;

 private:
  Verdict Print(const Reply& reply);
  Verdict PrintText(const std::string& text);
  Verdict RunLocal(const std::string& name, const std::vector<std::string>& words);
  Verdict RunEngine(const std::vector<std::string>& words);
  Verdict Listen(const std::vector<std::string>& words);
  Verdict ListenOn(Subscriptions* subscriptions);
  Verdict RunWhileListening(Subscriptions* subscriptions, const std::vector<std::string>& words);
  Verdict PrintMessages(Subscriptions* subscriptions);

  Database* database_;
  const Interrupts* interrupts_;
  InputLines* input_;
  ReplyStyle style_;
  CommandTable table_;
  std::string selected_ = "0";
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SHELL_H_
