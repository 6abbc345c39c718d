#include "run.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string_view>

#include "line_editor.h"
#include "shell.h"

namespace kontor::shell {
namespace {

constexpr std::chrono::milliseconds kWorthTelling{500};

bool IsOfCommandLine(const Script& script) {
  return !script.lines.empty() || !script.command.empty();
}

// Sums up verdicts into an exit code.
class Outcome {
 public:
  explicit Outcome(const Interrupts* interrupts) : interrupts_(interrupts) {}

  // Whether to go on.
  bool Add(Verdict verdict) {
    if (verdict == Verdict::kFailed || verdict == Verdict::kLost || verdict == Verdict::kBroken) {
      exit_code_ = kExitFailed;
    }
    if (verdict == Verdict::kInterrupted) exit_code_ = kExitSignalBase + interrupts_->pending();
    return verdict == Verdict::kDone || verdict == Verdict::kFailed;
  }

  int exit_code() const { return exit_code_; }

 private:
  const Interrupts* interrupts_;
  int exit_code_ = kExitDone;
};

int RunCommandLine(const Script& script, Shell* shell, Outcome outcome) {
  if (!script.command.empty()) {
    outcome.Add(shell->RunWords(script.command));
    return outcome.exit_code();
  }
  for (std::string_view lines : script.lines) {
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(line.size() == lines.size() ? line.size() : line.size() + 1);
      if (!outcome.Add(shell->RunLine(line))) return outcome.exit_code();
    }
  }
  return outcome.exit_code();
}

int RunPipe(Shell* shell, InputLines* input, Outcome outcome) {
  std::string line;
  for (;;) {
    const InputRead read = input->Next(-1, &line);
    if (read == InputRead::kEnd) return outcome.exit_code();
    const Verdict verdict = read == InputRead::kLine ? shell->RunLine(line) : Verdict::kInterrupted;
    if (!outcome.Add(verdict)) return outcome.exit_code();
  }
}

void Greet(const Client& client) {
  std::printf("kontor %s, %s. \"help\" tells more.\n", kontor_version_string(),
              client.Greeting().c_str());
}

// As redis-cli: a command that took long says how long.
void TellSlow(std::chrono::steady_clock::duration elapsed) {
  if (elapsed < kWorthTelling) return;
  std::printf("(%.2fs)\n", std::chrono::duration<double>(elapsed).count());
}

int RunTerminal(const Client& client, Shell* shell, Interrupts* interrupts, ReplyStyle style) {
  LineEditor editor(&shell->table(), interrupts);
  editor.LoadHistory(HistoryPath());
  Greet(client);
  Verdict verdict = Verdict::kDone;
  std::string line;
  while (verdict != Verdict::kQuit && verdict != Verdict::kBroken && !interrupts->asked_to_end()) {
    interrupts->Reset();
    if (shell->PrintPushes() == Verdict::kBroken) break;
    const LineRead read = editor.Next(client.Prompt() + "> ", &line);
    if (read == LineRead::kEnd) break;
    if (read == LineRead::kCancelled) continue;
    const auto begin = std::chrono::steady_clock::now();
    verdict = shell->RunLine(line);
    if (verdict == Verdict::kInterrupted) std::printf("\n");
    if (style == ReplyStyle::kTerminal && verdict != Verdict::kInterrupted) {
      TellSlow(std::chrono::steady_clock::now() - begin);
    }
  }
  std::string message;
  if (!editor.SaveHistory(&message)) std::fprintf(stderr, "kontor: %s\n", message.c_str());
  return interrupts->asked_to_end() ? kExitSignalBase + interrupts->pending() : kExitDone;
}

}  // namespace

bool IsScript(const Script& script) {
  return IsOfCommandLine(script) || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO);
}

int Run(const Script& script, Client* client, Interrupts* interrupts) {
  const bool raw = script.raw.value_or(isatty(STDOUT_FILENO) == 0);
  const ReplyStyle style = raw ? ReplyStyle::kRaw : ReplyStyle::kTerminal;
  InputLines input(interrupts);
  Shell shell(client, interrupts, IsOfCommandLine(script) ? nullptr : &input, style);
  if (IsOfCommandLine(script)) return RunCommandLine(script, &shell, Outcome(interrupts));
  if (!IsScript(script)) return RunTerminal(*client, &shell, interrupts, style);
  return RunPipe(&shell, &input, Outcome(interrupts));
}

}  // namespace kontor::shell
