#include "shell.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "handles.h"
#include "help.h"
#include "split_arguments.h"

namespace kontor::shell {
namespace {

Reply LoadCommandTable() {
  kontor_reply* raw_reply = nullptr;
  kontor_command_table(&raw_reply, nullptr);
  const ReplyHandle reply(raw_reply);
  return CopyReply(raw_reply);
}

// Those that a person is to read as they are, as in redis-cli. RESP3 says so of itself.
bool IsReport(const std::vector<std::string>& words) {
  const std::string name = ToUpper(words[0]);
  if (name == "INFO") return true;
  if (words.size() < 2) return false;
  const std::string part = ToUpper(words[1]);
  return (name == "CLIENT" && (part == "LIST" || part == "INFO")) ||
         (name == "LATENCY" && (part == "DOCTOR" || part == "GRAPH")) ||
         (name == "MEMORY" && (part == "DOCTOR" || part == "MALLOC-STATS"));
}

bool IsLocal(const std::string& name) {
  return name == "HELP" || name == "?" || name == "CLEAR" || name == "QUIT" || name == "EXIT";
}

}  // namespace

Shell::Shell(Client* client, const Interrupts* interrupts, InputLines* input, ReplyStyle style)
    : client_(client),
      interrupts_(interrupts),
      input_(input),
      style_(style),
      table_(LoadCommandTable()) {}

Verdict Shell::RunLine(std::string_view line) {
  const std::optional<std::vector<std::string>> words = SplitArguments(line);
  if (words.has_value()) return words->empty() ? Verdict::kDone : RunWords(*words);
  const Verdict printed = PrintText("Invalid argument(s)\n");
  return printed == Verdict::kDone ? Verdict::kFailed : printed;
}

Verdict Shell::RunWords(const std::vector<std::string>& words) {
  const std::string name = ToUpper(words[0]);
  if (IsLocal(name)) return RunLocal(name, words);
  if (client_->BeginsListening(name)) return Listen(words);
  return RunCommand(words);
}

Verdict Shell::RunLocal(const std::string& name, const std::vector<std::string>& words) {
  if (name == "QUIT" || name == "EXIT") return Verdict::kQuit;
  if (name == "CLEAR") return isatty(STDOUT_FILENO) ? PrintText("\x1b[H\x1b[2J") : Verdict::kDone;
  std::string topic;
  for (size_t i = 1; i < words.size(); ++i) topic += (i == 1 ? "" : " ") + words[i];
  return PrintText(HelpText(table_, topic));
}

Verdict Shell::RunCommand(const std::vector<std::string>& words) {
  Reply reply;
  const Ran ran = client_->Run(words, &reply);
  if (reply.kind == ReplyKind::kString && IsReport(words)) reply.kind = ReplyKind::kVerbatim;
  const Verdict pushed = PrintPushes(client_->TakePushes());
  if (pushed != Verdict::kDone) return pushed;
  if (ran == Ran::kSilent) return Verdict::kDone;
  return ran == Ran::kInterrupted ? Verdict::kInterrupted : Print(reply, ran);
}

// As redis-cli: scripts are not shown what they did not ask for.
Verdict Shell::PrintPushes() { return PrintPushes(client_->CollectPushes()); }

Verdict Shell::PrintPushes(const std::vector<Reply>& pushes) {
  for (const Reply& push : pushes) {
    if (style_ != ReplyStyle::kTerminal) continue;
    if (Print(push) == Verdict::kBroken) return Verdict::kBroken;
  }
  return Verdict::kDone;
}

Verdict Shell::Print(const Reply& reply, Ran ran) {
  const Verdict printed = Print(reply);
  return ran == Ran::kLost && printed != Verdict::kBroken ? Verdict::kLost : printed;
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
  std::unique_ptr<Listening> listening;
  Reply failure;
  const Ran ran = client_->Listen(&listening, &failure);
  if (ran == Ran::kInterrupted) return Verdict::kInterrupted;
  if (listening == nullptr) return Print(failure, ran);
  if (style_ == ReplyStyle::kTerminal) {
    const Verdict printed = PrintText("Reading messages... (press Ctrl-C to quit)\n");
    if (printed != Verdict::kDone) return printed;
  }
  const Verdict begun = RunWhileListening(listening.get(), words);
  return begun == Verdict::kDone ? ListenOn(listening.get()) : begun;
}

// Ends with the last subscription, a signal, or, where nobody else could publish then, the end of
// the input.
Verdict Shell::ListenOn(Listening* listening) {
  Verdict worst = Verdict::kDone;
  InputLines* input = input_;
  for (;;) {
    Verdict verdict = PrintMessages(listening);
    if (verdict == Verdict::kFailed) worst = verdict;
    if (verdict == Verdict::kBroken) return verdict;
    if (listening->over()) return listening->lost() ? Verdict::kLost : worst;
    std::string line;
    InputLines* const heeded = listening->is_answering() ? nullptr : input;
    switch (WaitWhileListening(listening->descriptor(), heeded, &line)) {
      case InputRead::kOther:
        continue;
      case InputRead::kSignal:
        return Verdict::kInterrupted;
      case InputRead::kEnd:
        if (!client_->is_shared()) return worst;
        input = nullptr;
        continue;
      case InputRead::kLine:
        break;
    }
    const std::optional<std::vector<std::string>> words = SplitArguments(line);
    verdict =
        words.has_value() && !words->empty() ? RunWhileListening(listening, *words) : RunLine(line);
    if (verdict == Verdict::kFailed) worst = verdict;
    if (verdict != Verdict::kFailed && verdict != Verdict::kDone) return verdict;
  }
}

InputRead Shell::WaitWhileListening(int descriptor, InputLines* input, std::string* line) {
  if (input != nullptr) return input->Next(descriptor, line);
  const bool signal = interrupts_->WaitReadable(descriptor, -1) == Ready::kSignal;
  return signal ? InputRead::kSignal : InputRead::kOther;
}

Verdict Shell::RunWhileListening(Listening* listening, const std::vector<std::string>& words) {
  if (IsLocal(ToUpper(words[0]))) return RunWords(words);
  const std::optional<std::vector<Reply>> replies = listening->Run(words);
  if (!replies.has_value()) return RunWords(words);
  Verdict worst = Verdict::kDone;
  for (const Reply& reply : *replies) {
    const Verdict verdict = Print(reply);
    if (verdict == Verdict::kBroken) return verdict;
    if (verdict == Verdict::kFailed) worst = verdict;
  }
  return worst;
}

Verdict Shell::PrintMessages(Listening* listening) {
  Verdict worst = Verdict::kDone;
  while (interrupts_->pending() == 0) {
    const std::optional<Reply> message = listening->Next();
    if (!message.has_value()) break;
    const Verdict verdict = Print(*message);
    if (verdict == Verdict::kBroken) return verdict;
    if (verdict == Verdict::kFailed) worst = verdict;
  }
  return worst;
}

}  // namespace kontor::shell
