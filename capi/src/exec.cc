#include "exec.h"

#include "base/limits.h"
#include "command/command.h"
#include "reply.h"

namespace kontor::capi {

Status CollectArguments(size_t count, const void* const* arguments, const size_t* lengths,
                        std::vector<Bytes>* collected) {
  if (count == 0) return Status(Code::kInvalid, "a command has at least one argument, its name");
  if (count > limits::kArguments) {
    return Status(Code::kTooLarge, "a command has at most " + std::to_string(limits::kArguments) +
                                       " arguments, not " + std::to_string(count));
  }
  if (arguments == nullptr) return Null("arguments");
  if (lengths == nullptr) return Null("argument_lengths");
  size_t total_bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    KONTOR_RETURN_IF_ERROR(
        CheckBytes(arguments[i], lengths[i], limits::kValueBytes, "an argument"));
    total_bytes += lengths[i];
  }
  if (total_bytes > limits::kCommandBytes) {
    return Status(Code::kTooLarge, "the arguments have " + std::to_string(total_bytes) +
                                       " bytes together; the limit is " +
                                       std::to_string(limits::kCommandBytes));
  }
  collected->reserve(count);
  for (size_t i = 0; i < count; ++i) collected->push_back(AsBytes(arguments[i], lengths[i]));
  return Ok();
}

namespace {

void AppendText(kontor_reply* parent, Bytes text) {
  auto child = std::make_unique<kontor_reply>();
  child->type = KONTOR_REPLY_STRING;
  child->bytes = text;
  parent->children.push_back(std::move(child));
}

std::unique_ptr<kontor_reply> DescribeCommand(const Command& command) {
  struct FlagName {
    uint32_t flag;
    Bytes name;
  };
  constexpr FlagName kFlagNames[] = {{kReads, "reads"},
                                     {kWrites, "writes"},
                                     {kAllKeys, "all-keys"},
                                     {kBlocks, "blocks"},
                                     {kNeedsMemory, "needs-memory"},
                                     {kNeedsSession, "needs-session"},
                                     {kNotInTransaction, "not-in-transaction"}};
  auto row = std::make_unique<kontor_reply>();
  row->type = KONTOR_REPLY_ARRAY;
  AppendText(row.get(), command.name);
  auto arity = std::make_unique<kontor_reply>();
  arity->type = KONTOR_REPLY_INTEGER;
  arity->integer = command.arity;
  row->children.push_back(std::move(arity));
  AppendText(row.get(), command.group);
  AppendText(row.get(), command.summary);
  AppendText(row.get(), command.syntax);
  auto flags = std::make_unique<kontor_reply>();
  flags->type = KONTOR_REPLY_ARRAY;
  for (const FlagName& flag : kFlagNames) {
    if ((command.flags & flag.flag) != 0) AppendText(flags.get(), flag.name);
  }
  row->children.push_back(std::move(flags));
  return row;
}

}  // namespace
}  // namespace kontor::capi

using kontor::Status;
using kontor::capi::Connection;
using kontor::capi::Guarded;

int32_t kontor_exec(kontor_db* db, size_t argument_count, const void* const* arguments,
                    const size_t* argument_lengths, kontor_waiter* waiter, kontor_reply** reply,
                    kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (reply == nullptr) return kontor::capi::Null("reply");
    *reply = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckWaiter(waiter));
    std::vector<kontor::Bytes> collected;
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CollectArguments(argument_count, arguments, argument_lengths, &collected));
    const kontor::WaitOptions wait{.waiter = kontor::capi::WaiterOf(waiter),
                                   .closed = connection->closed()};
    kontor::capi::ReplyTree tree;
    const uint32_t before = connection->database();
    uint32_t selected = before;
    KONTOR_RETURN_IF_ERROR(
        kontor::RunCommand(connection->engine(), &selected, collected, wait, &tree));
    if (selected != before) connection->select(selected);
    *reply = tree.Take().release();
    return kontor::Ok();
  });
}

int32_t kontor_command_table(kontor_reply** reply, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (reply == nullptr) return kontor::capi::Null("reply");
    *reply = nullptr;
    auto table = std::make_unique<kontor_reply>();
    table->type = KONTOR_REPLY_ARRAY;
    for (const kontor::Command* command : kontor::AllCommands()) {
      table->children.push_back(kontor::capi::DescribeCommand(*command));
    }
    *reply = table.release();
    return kontor::Ok();
  });
}
