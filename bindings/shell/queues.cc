#include "queues.h"

#include <charconv>
#include <map>

#include "command_table.h"
#include "handles.h"

namespace kontor::shell {
namespace {

// One command on its queue; the error is shared by its calls.
struct QueueCall {
  kontor_queue* queue;
  const std::vector<std::string>& words;
  kontor_waiter* waiter;
  kontor_error* error;
};

Reply BadSyntax(const std::string& command) {
  return Reply::Error("ERR syntax error: \"help " + command + "\" tells how it is written");
}

template <typename Number>
bool ParseNumber(const std::string& text, Number* number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// Trailing NAME value pairs, each at most a 64-bit number; false for anything else.
bool ParseOptions(const std::vector<std::string>& words, size_t from,
                  std::map<std::string, int64_t>* options) {
  if ((words.size() - from) % 2 != 0) return false;
  for (size_t i = from; i < words.size(); i += 2) {
    const auto option = options->find(ToUpper(words[i]));
    if (option == options->end() || !ParseNumber(words[i + 1], &option->second)) return false;
  }
  return true;
}

std::optional<Reply> Add(const QueueCall& call) {
  std::map<std::string, int64_t> options = {{"PRIORITY", 0}, {"DELAY", 0}};
  if (call.words.size() < 3 || !ParseOptions(call.words, 3, &options)) return BadSyntax("q.add");
  const int64_t priority = options["PRIORITY"];
  if (priority < 0 || priority > 31) return Reply::Error("ERR PRIORITY is 0 to 31");
  uint64_t id = 0;
  const std::string& body = call.words[2];
  const int32_t code =
      kontor_queue_enqueue(call.queue, body.data(), body.size(), static_cast<uint32_t>(priority),
                           options["DELAY"], &id, call.error);
  if (code != KONTOR_OK) return FailureReply(code, call.error);
  return Reply::String(std::to_string(id));
}

Reply MessageReply(const kontor_message* message) {
  const void* body = nullptr;
  size_t length = 0;
  kontor_message_body(message, &body, &length);
  return Reply::Array(
      {Reply::String(std::to_string(kontor_message_receipt(message))),
       Reply::Integer(kontor_message_attempt(message)),
       Reply::String(length == 0 ? "" : std::string(static_cast<const char*>(body), length))});
}

std::optional<Reply> Take(const QueueCall& call) {
  std::map<std::string, int64_t> options = {{"TIMEOUT", 0}};
  if (!ParseOptions(call.words, 2, &options)) return BadSyntax("q.take");
  kontor_message* raw_message = nullptr;
  size_t count = 0;
  const int32_t code = kontor_queue_take(call.queue, 0, options["TIMEOUT"], call.waiter,
                                         &raw_message, 1, &count, call.error);
  if (code == KONTOR_INTERRUPTED) return std::nullopt;
  if (code == KONTOR_TIMEOUT) return Reply::Nil();
  if (code != KONTOR_OK) return FailureReply(code, call.error);
  const MessageHandle message(raw_message);
  return MessageReply(raw_message);
}

std::optional<Reply> Acknowledge(const QueueCall& call) {
  uint64_t receipt = 0;
  if (call.words.size() != 3 || !ParseNumber(call.words[2], &receipt)) return BadSyntax("q.ack");
  const int32_t code = kontor_queue_acknowledge(call.queue, receipt, call.error);
  return code == KONTOR_OK ? Reply::Status("OK") : FailureReply(code, call.error);
}

std::optional<Reply> Figures(const QueueCall& call) {
  static constexpr const char* kNames[KONTOR_QUEUE_FIGURES] = {"ready",
                                                               "delayed",
                                                               "leased",
                                                               "dead",
                                                               "waiting",
                                                               "oldest-ready-age-ms",
                                                               "enqueued-total",
                                                               "delivered-total",
                                                               "redelivered-total",
                                                               "acknowledged-total",
                                                               "dead-total"};
  if (call.words.size() != 2) return BadSyntax("q.figures");
  int64_t figures[KONTOR_QUEUE_FIGURES] = {};
  const int32_t code =
      kontor_queue_figures(call.queue, figures, KONTOR_QUEUE_FIGURES, nullptr, call.error);
  if (code != KONTOR_OK) return FailureReply(code, call.error);
  Reply reply = Reply::Array({});
  for (size_t i = 0; i < KONTOR_QUEUE_FIGURES; ++i) {
    reply.items.push_back(Reply::String(kNames[i]));
    reply.items.push_back(Reply::Integer(figures[i]));
  }
  return reply;
}

using QueueCommand = std::optional<Reply> (*)(const QueueCall&);

QueueCommand FindQueueCommand(const std::string& word) {
  static const std::map<std::string, QueueCommand> kCommands = {
      {"Q.ADD", Add}, {"Q.TAKE", Take}, {"Q.ACK", Acknowledge}, {"Q.FIGURES", Figures}};
  const auto found = kCommands.find(ToUpper(word));
  return found == kCommands.end() ? nullptr : found->second;
}

}  // namespace

bool IsQueueCommand(const std::string& word) { return FindQueueCommand(word) != nullptr; }

std::optional<Reply> RunQueueCommand(const Database& database,
                                     const std::vector<std::string>& words, kontor_waiter* waiter) {
  if (words.size() < 2) return BadSyntax(words[0]);
  const ErrorHandle error(kontor_error_new());
  kontor_queue* raw_queue = nullptr;
  const int32_t code = kontor_queue_open(database.handle(), words[1].data(), words[1].size(),
                                         nullptr, &raw_queue, error.get());
  const QueueHandle queue(raw_queue);
  if (code != KONTOR_OK) return FailureReply(code, error.get());
  return FindQueueCommand(words[0])({raw_queue, words, waiter, error.get()});
}

}  // namespace kontor::shell
