#include "engine.h"

#include <utility>

#include "command_table.h"
#include "subscribe.h"

namespace kontor::shell {

Engine::Engine(Database* database, const Interrupts* interrupts, std::string directory)
    : database_(database), interrupts_(interrupts), directory_(std::move(directory)) {}

Ran Engine::Run(const std::vector<std::string>& words, Reply* reply) {
  kontor_waiter* const waiter = interrupts_->waiter();
  std::optional<Reply> made = database_->Execute(words, waiter);
  if (!made.has_value()) return Ran::kInterrupted;
  *reply = std::move(*made);
  if (reply->kind == ReplyKind::kStatus && words.size() == 2 && ToUpper(words[0]) == "SELECT") {
    selected_ = words[1];
  }
  return Ran::kReplied;
}

bool Engine::BeginsListening(const std::string& word) const {
  const std::string name = ToUpper(word);
  return name == "SUBSCRIBE" || name == "PSUBSCRIBE";
}

Ran Engine::Listen(std::unique_ptr<Listening>* listening, Reply* reply) {
  auto subscriptions = std::make_unique<Subscriptions>();
  if (std::optional<Reply> failure = subscriptions->Begin(*database_)) {
    *reply = std::move(*failure);
  } else {
    *listening = std::move(subscriptions);
  }
  return Ran::kReplied;
}

std::string Engine::Prompt() const {
  return "kontor:" + (directory_.empty() ? "memory" : directory_) +
         (selected_ == "0" ? "" : "[" + selected_ + "]");
}

std::string Engine::Greeting() const {
  return directory_.empty() ? "in memory: nothing is kept" : "durable";
}

}  // namespace kontor::shell
