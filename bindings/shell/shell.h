// One line in, one reply out: what the prompt, a pipe and -c have in common.
#ifndef KONTOR_SHELL_SHELL_H_
#define KONTOR_SHELL_SHELL_H_

#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "command_table.h"
#include "input_lines.h"
#include "interrupts.h"
#include "print_reply.h"

namespace kontor::shell {

enum class Verdict {
  kDone,
  kFailed,       // the command replied an error, or was not understood
  kInterrupted,  // a signal ended it
  kQuit,         // quit or exit
  kLost,         // the connection broke; the reply that was printed says why
  kBroken,       // standard output cannot be written
};

// Belongs to the main thread. What it is given must outlive it. `input` is read for further
// commands while a subscription listens; NULL: it listens until a signal comes.
class Shell {
 public:
  Shell(Client* client, const Interrupts* interrupts, InputLines* input, ReplyStyle style);

  Verdict RunLine(std::string_view line);
  Verdict RunWords(const std::vector<std::string>& words);

  // Prints what came on its own since the last command.
  Verdict PrintPushes();

  const CommandTable& table() const { return table_; }

 private:
  Verdict PrintPushes(const std::vector<Reply>& pushes);
  Verdict Print(const Reply& reply);
  Verdict Print(const Reply& reply, Ran ran);
  Verdict PrintText(const std::string& text);
  Verdict RunLocal(const std::string& name, const std::vector<std::string>& words);
  Verdict RunCommand(const std::vector<std::string>& words);
  Verdict Listen(const std::vector<std::string>& words);
  Verdict ListenOn(Listening* listening);
  InputRead WaitWhileListening(int descriptor, InputLines* input, std::string* line);
  Verdict RunWhileListening(Listening* listening, const std::vector<std::string>& words);
  Verdict PrintMessages(Listening* listening);

  Client* client_;
  const Interrupts* interrupts_;
  InputLines* input_;
  ReplyStyle style_;
  CommandTable table_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SHELL_H_
