#include "client.h"

#include <utility>

#include "command_table.h"
#include "listening.h"

namespace kontor::shell {
namespace {

std::vector<std::string> Greetings(const Login& login) {
  std::vector<std::string> words;
  if (login.resp3) words = {"HELLO", "3"};
  if (login.password.empty()) return words;
  words.emplace_back("AUTH");
  if (login.resp3 || !login.user.empty()) {
    words.push_back(login.user.empty() ? "default" : login.user);
  }
  words.push_back(login.password);
  return words;
}

const char* NextStep(const std::string& error) {
  const std::string prefix = error.substr(0, error.find(' '));
  if (prefix == "WRONGPASS" || prefix == "NOAUTH") {
    return "\nGive the password by KONTOR_PASSWORD, REDISCLI_AUTH or -a, and the user by --user.";
  }
  if (error.find("without any password configured") != std::string::npos) {
    return "\nThe server needs no password: give it none.";
  }
  if (prefix == "NOPROTO" || error.find("unknown command") != std::string::npos) {
    return "\nThe server does not know RESP3: leave -3 out.";
  }
  return "";
}

}  // namespace

Client::Client(std::unique_ptr<Connection> connection, Login login, bool keeps_connecting)
    : connection_(std::move(connection)),
      login_(std::move(login)),
      keeps_connecting_(keeps_connecting) {}

Ran Client::Open(Reply* reply) {
  std::string message;
  LeaveTransaction();
  const Io opened = connection_->Open(&message);
  if (opened == Io::kInterrupted) return Ran::kInterrupted;
  if (opened != Io::kDone) return Refused(message, reply);
  std::vector<std::vector<std::string>> steps = {Greetings(login_)};
  if (login_.database != "0") steps.push_back({"SELECT", login_.database});
  for (const std::vector<std::string>& step : steps) {
    if (step.empty()) continue;
    const Io asked = Ask(step, reply, &message);
    if (asked == Io::kInterrupted) {
      GiveUp();
      return Ran::kInterrupted;
    }
    if (asked != Io::kDone) return Refused(connection_->name() + ": " + message, reply);
    if (reply->kind == ReplyKind::kError) {
      const std::string refusal = reply->text;
      connection_->Close();
      return Refused(
          connection_->name() + " refuses " + step[0] + ": " + refusal + NextStep(refusal), reply);
    }
  }
  was_open_ = true;
  lost_because_.clear();
  return Ran::kReplied;
}

Ran Client::Refused(const std::string& what, Reply* reply) {
  lost_because_ = what;
  *reply = Reply::Error(what);
  return Ran::kLost;
}

// An end that was not noticed, because nobody read, is noticed before anything is sent.
Ran Client::BeReady(Reply* reply) {
  ReceivePushes();
  if (connection_->is_open()) return Ran::kReplied;
  if (was_open_ && !keeps_connecting_) return Refused(lost_because_, reply);
  return Open(reply);
}

Ran Client::Run(const std::vector<std::string>& words, Reply* reply) {
  const Ran ready = BeReady(reply);
  if (ready != Ran::kReplied) return ready;
  std::string message;
  switch (Ask(words, reply, &message)) {
    case Io::kDone:
      Remember(words, *reply);
      return Ran::kReplied;
    case Io::kNothing:
      return Ran::kSilent;
    case Io::kInterrupted:
      GiveUp();
      return Ran::kInterrupted;
    default:
      LeaveTransaction();
      return Refused(message + "; whether the command was run is not known", reply);
  }
}

bool Client::BeginsListening(const std::string& word) const {
  const std::string name = ToUpper(word);
  if (name == "MONITOR" && !is_shared()) return false;  // there is nobody else to be shown
  return !in_transaction_ &&
         (name == "SUBSCRIBE" || name == "PSUBSCRIBE" || name == "SSUBSCRIBE" || name == "MONITOR");
}

// Where nobody else is served the listening has a connection of its own, and commands go on here.
Ran Client::Listen(std::unique_ptr<Listening>* listening, Reply* reply) {
  const Ran ready = BeReady(reply);
  if (ready != Ran::kReplied) return ready;
  if (is_shared()) {
    *listening = std::make_unique<Listening>(connection_.get());
    return ready;
  }
  std::unique_ptr<Connection> own = connection_->Another();
  std::string message;
  if (own->Open(&message) == Io::kDone) {
    *listening = std::make_unique<Listening>(std::move(own));
  } else {
    *reply = Reply::Error(message);
  }
  return ready;
}

std::vector<Reply> Client::CollectPushes() {
  ReceivePushes();
  return TakePushes();
}

std::string Client::Prompt() const {
  if (!lost_because_.empty()) return connection_->name() + " (not connected)";
  return connection_->name() + (login_.database == "0" ? "" : "[" + login_.database + "]") +
         (in_transaction_ ? "(TX)" : "");
}

Io Client::Ask(const std::vector<std::string>& words, Reply* reply, std::string* message) {
  const Io sent = connection_->Send(words, message);
  if (sent != Io::kDone) return sent;
  for (;;) {
    const Io received = connection_->Receive(true, reply, message);
    if (received != Io::kDone || reply->kind != ReplyKind::kPush) return received;
    pushes_.push_back(std::move(*reply));
  }
}

// Replies that nobody asked for are shown like pushes: a server says so why it closes.
void Client::ReceivePushes() {
  std::string message;
  Reply reply;
  while (connection_->is_open()) {
    const Io received = connection_->Receive(false, &reply, &message);
    if (received == Io::kNothing) return;
    if (received == Io::kDone) {
      pushes_.push_back(std::move(reply));
    } else {
      LeaveTransaction();
      lost_because_ = message;
    }
  }
}

void Client::Remember(const std::vector<std::string>& words, const Reply& reply) {
  const std::string name = ToUpper(words[0]);
  if (reply.kind == ReplyKind::kStatus && reply.text == "QUEUED") {
    queued_.push_back(name == "SELECT" || name == "AUTH" || name == "HELLO" ? words
                                                                            : std::vector{name});
    return;
  }
  if (name == "EXEC" || name == "DISCARD") {
    const std::vector<std::vector<std::string>> queued = std::exchange(queued_, {});
    LeaveTransaction();
    if (name == "DISCARD" || reply.items.size() != queued.size()) return;
    for (size_t i = 0; i < queued.size(); ++i) Remember(queued[i], reply.items[i]);
    return;
  }
  if (reply.kind == ReplyKind::kError) return;
  if (name == "MULTI") in_transaction_ = true;
  if (name == "SELECT" && words.size() == 2) login_.database = words[1];
  if (name == "AUTH" && words.size() <= 3) {
    login_.user = words.size() == 3 ? words[1] : "";
    login_.password = words.back();
  }
  if (name == "HELLO" && words.size() > 1) RememberHello(words);
  if (name == "RESET") {
    LeaveTransaction();
    login_.resp3 = false;
    login_.database = "0";
  }
}

void Client::LeaveTransaction() {
  in_transaction_ = false;
  queued_.clear();
}

void Client::RememberHello(const std::vector<std::string>& words) {
  login_.resp3 = words[1] == "3";
  for (size_t i = 2; i + 2 < words.size(); ++i) {
    if (ToUpper(words[i]) != "AUTH") continue;
    login_.user = words[i + 1];
    login_.password = words[i + 2];
    return;
  }
}

// The reply that nobody waits for any more must not become that of another command.
void Client::GiveUp() {
  LeaveTransaction();
  connection_->Close();
}

}  // namespace kontor::shell
