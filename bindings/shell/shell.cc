#include "shell.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "help.h"
#include "queues.h"
#include "split_arguments.h"

namespace kontor::shell {
namespace {

Reply LoadCommandTable() {
  kontor_reply* raw_reply = nullptr;
  kontor_command_table(&raw_reply, nullptr);
  const ReplyHandle reply(raw_reply);
  return CopyReply(raw_reply);
}

bool IsLocal(const std::string& name) {
  return name == "HELP" || name == "?" || name == "CLEAR" || name == "QUIT" || name == "EXIT";
}

}  // namespace

Shell::Shell(Database* database, const Interrupts* interrupts, InputLines* input, ReplyStyle style)
    : database_(database),
      interrupts_(interrupts),
      input_(input),
      style_(style),
      table_(LoadCommandTable()) {}

std::string Shell::Selected() const { return selected_ == "0" ? "" : "[" + selected_ + "]"; }

Verdict Shell::RunLine(std::string_view line) {
  const std::optional<std::vector<std::string>> words = SplitArguments(line);
  if (words.has_value()) return words->empty() ? Verdict::kDone : RunWords(*words);
  const Verdict printed = PrintText("Invalid argument(s)\n");
  return printed == Verdict::kDone ? Verdict::kFailed : printed;
}

Verdict Shell::RunWords(const std::vector<std::string>& words) {
  const std::string name = ToUpper(words[0]);
  if (IsLocal(name)) return RunLocal(name, words);
  if (BeginsListening(name)) return Listen(words);
  return RunEngine(words);
}

Verdict Shell::RunLocal(const std::string& name, const std::vector<std::string>& words) {
  if (name == "QUIT" || name == "EXIT") return Verdict::kQuit;
  if (name == "CLEAR") return isatty(STDOUT_FILENO) ? PrintText("\x1b[H\x1b[2J") : Verdict::kDone;
  std::string topic;
  for (size_t i = 1; i < words.size(); ++i) topic += (i == 1 ? "" : " ") + words[i];
  return PrintText(HelpText(table_, topic));
}

Verdict Shell::RunEngine(const std::vector<std::string>& words) {
  const std::optional<Reply> reply = IsQueueCommand(words[0])
                                         ? RunQueueCommand(*database_, words, interrupts_->waiter())
                                         : database_->Execute(words, interrupts_->waiter());
  if (!reply.has_value()) return Verdict::kInterrupted;
  if (reply->kind == ReplyKind::kStatus && words.size() == 2 && ToUpper(words[0]) == "SELECT") {
    selected_ = words[1];
  }
  return Print(*reply);
}

Verdict Shell::Print(const Reply& reply) {
  if (!PrintReply(reply, style_)) return Verdict::kBroken;
  return reply.kind == ReplyKind::kError ? Verdict::kFailed : Verdict::kDone;
}

Verdict Shell::PrintText(const std::string& text) {
  const bool printed =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return printed ? Verdict::kDone : Verdict::kBroken;
}

Verdict Shell::Listen(const std::vector<std::string>& words) {
  Subscriptions subscriptions;
  if (const std::optional<Reply> failure = subscriptions.Begin(*database_)) return Print(*failure);
  if (style_ == ReplyStyle::kTerminal) {
    const Verdict printed = PrintText("Reading messages... (press Ctrl-C to quit)\n");
    if (printed != Verdict::kDone) return printed;
  }
  const Verdict begun = RunWhileListening(&subscriptions, words);
  return begun == Verdict::kDone ? ListenOn(&subscriptions) : begun;
}

// Ends with the last subscription, a signal, or the end of the input: nobody else could publish to
// this engine then.
Verdict Shell::ListenOn(Subscriptions* subscriptions) {
  Verdict worst = Verdict::kDone;
  while (!subscriptions->empty()) {
    Verdict verdict = PrintMessages(subscriptions);
    if (verdict == Verdict::kBroken) return verdict;
    std::string line;
    InputRead read = InputRead::kOther;
    if (input_ != nullptr) {
      read = input_->Next(subscriptions->descriptor(), &line);
    } else if (interrupts_->WaitReadable(subscriptions->descriptor(), -1) == Ready::kSignal) {
      read = InputRead::kSignal;
    }
    if (read == InputRead::kSignal) return Verdict::kInterrupted;
    if (read == InputRead::kEnd) break;
    if (read == InputRead::kOther) continue;
    const std::optional<std::vector<std::string>> words = SplitArguments(line);
    verdict = words.has_value() && !words->empty() ? RunWhileListening(subscriptions, *words)
                                                   : RunLine(line);
    if (verdict == Verdict::kFailed) worst = verdict;
    if (verdict == Verdict::kQuit || verdict == Verdict::kInterrupted ||
        verdict == Verdict::kBroken) {
      return verdict;
    }
  }
  const Verdict printed = PrintMessages(subscriptions);
  return printed == Verdict::kDone ? worst : printed;
}

Verdict Shell::RunWhileListening(Subscriptions* subscriptions,
                                 const std::vector<std::string>& words) {
  const std::optional<std::vector<Reply>> replies = subscriptions->Run(words);
  if (!replies.has_value()) return RunWords(words);
  Verdict worst = Verdict::kDone;
  for (const Reply& reply : *replies) {
    const Verdict verdict = Print(reply);
    if (verdict == Verdict::kBroken) return verdict;
    if (verdict == Verdict::kFailed) worst = verdict;
  }
  return worst;
}

Verdict Shell::PrintMessages(Subscriptions* subscriptions) {
  while (interrupts_->pending() == 0) {
    const std::optional<Reply> message = subscriptions->NextMessage();
    if (!message.has_value()) return Verdict::kDone;
    if (Print(*message) == Verdict::kBroken) return Verdict::kBroken;
  }
  return Verdict::kDone;
}

}  // namespace kontor::shell
