#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "command/command.h"
#include "exec.h"
#include "handles.h"
#include "reply.h"
#include "txn/transaction.h"
#include "verbs/hashes.h"
#include "verbs/keys.h"
#include "verbs/lists.h"
#include "verbs/strings.h"

struct kontor_txn : kontor::capi::Handle<12> {
  std::shared_ptr<kontor::capi::Connection> connection;
  kontor::Transaction steps;
  kontor::Durability durability = kontor::Durability::kMemory;
  // One per step, written at commit by those over keys.
  std::vector<std::shared_ptr<kontor::capi::ReplyTree>> replies;
};

namespace {

using kontor::Bytes;
using kontor::Code;
using kontor::Ok;
using kontor::Operation;
using kontor::ReplySink;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckKey;
using kontor::capi::CheckValue;
using kontor::capi::Connection;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Valid;

using KeyVerb = std::function<Status(Operation&, Bytes key, ReplySink&)>;

Status Enter(kontor_txn* txn) {
  if (!Valid(txn)) return Invalid("the transaction");
  KONTOR_RETURN_IF_ERROR(txn->connection->Check());
  if (txn->steps.size() >= kontor::limits::kTransactionSteps) {
    return Status(Code::kTooLarge, "a transaction has at most " +
                                       std::to_string(kontor::limits::kTransactionSteps) +
                                       " steps");
  }
  return Ok();
}

Status EnterWithQueue(kontor_txn* txn, kontor_queue* queue) {
  KONTOR_RETURN_IF_ERROR(Enter(txn));
  Connection* connection = nullptr;
  KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(queue, &connection));
  if (connection->engine() != txn->connection->engine()) {
    return Status(Code::kInvalid, "the queue belongs to another engine than the transaction");
  }
  return Ok();
}

// The place of the reply to the next step, with room for it among the others: noting it cannot
// fail, so that a step is added with its reply or not at all. By doubling, or many steps would take
// quadratic time.
std::shared_ptr<kontor::capi::ReplyTree> MakeReply(kontor_txn* txn) {
  constexpr size_t kFirstRoom = 8;
  auto& replies = txn->replies;
  if (replies.size() == replies.capacity()) {
    replies.reserve(std::max(kFirstRoom, 2 * replies.size()));
  }
  return std::make_shared<kontor::capi::ReplyTree>();
}

// A step over one key. `prepare` checks the other arguments and answers, through its parameter,
// what to do at commit with the operation, the key and the place of the reply; it copies whatever
// that needs.
template <typename Prepare>
int32_t AddKeyStep(kontor_txn* txn, const void* key, size_t key_length, kontor::Access access,
                   kontor_error* error, Prepare prepare, size_t value_bytes = 0) noexcept {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(Enter(txn));
    KONTOR_RETURN_IF_ERROR(CheckKey(key, key_length));
    KeyVerb verb;
    KONTOR_RETURN_IF_ERROR(prepare(&verb));
    auto reply = MakeReply(txn);
    const std::string name(AsBytes(key, key_length));
    const kontor::ShardSet shards = kontor::ShardsOf(txn->connection->core()->keyspace, name);
    const auto body = [name, reply, verb](Operation& operation) {
      return verb(operation, name, *reply);
    };
    txn->steps.AddKeys(shards, access, body, key_length + value_bytes);
    txn->replies.push_back(std::move(reply));
    return Ok();
  });
}

Status CheckTtl(int64_t ttl_ms) {
  if (ttl_ms >= 0 && ttl_ms <= kontor::limits::kDelayMs) return Ok();
  return Status(Code::kOutOfRange, "ttl_ms is 0 (none) to " +
                                       std::to_string(kontor::limits::kDelayMs) + ", not " +
                                       std::to_string(ttl_ms));
}

// A command as a step: its arguments are copied, its keys known now, its handler run at commit.
Status AddCommand(kontor_txn* txn, const std::vector<Bytes>& arguments) {
  const kontor::Command* command = nullptr;
  if (const Status status = kontor::CheckCommand(arguments, &command); !status.ok()) {
    return Status(Code::kInvalid, status.message());
  }
  if ((command->flags & (kontor::kNotInTransaction | kontor::kNeedsSession)) != 0) {
    return Status(Code::kInvalid, std::string(command->name) + " cannot be part of a transaction");
  }
  const auto copies =
      std::make_shared<std::vector<std::string>>(arguments.begin(), arguments.end());
  const auto borrowed = std::make_shared<std::vector<Bytes>>(copies->begin(), copies->end());
  const kontor::Keyspace& keyspace = txn->connection->core()->keyspace;
  const kontor::ShardSet shards = kontor::ShardsOf(keyspace, *command, *borrowed);
  auto reply = MakeReply(txn);
  // `copies` is held only to keep what `borrowed` points into.
  txn->steps.AddKeys(
      shards, kontor::AccessOf(*command, *borrowed),
      [engine = txn->connection->engine(), command, copies, borrowed, reply](Operation& operation) {
        uint32_t database = operation.database();  // SELECT is not among the steps
        return kontor::RunInTransaction(engine, *command, operation, *borrowed, &database,
                                        reply.get());
      },
      kontor::StoredBytes(*borrowed));
  txn->replies.push_back(std::move(reply));
  return Ok();
}

// The replies of all steps; those of queues and channels come from the outcome.
std::unique_ptr<kontor_reply> Collect(
    const std::vector<std::shared_ptr<kontor::capi::ReplyTree>>& trees,
    const kontor::Transaction::Outcome& outcome) {
  auto all = std::make_unique<kontor_reply>();
  all->type = KONTOR_REPLY_ARRAY;
  for (size_t i = 0; i < trees.size(); ++i) {
    std::unique_ptr<kontor_reply> reply = trees[i]->Take();
    if (reply == nullptr) {
      reply = std::make_unique<kontor_reply>();
      reply->type = KONTOR_REPLY_INTEGER;
      reply->integer = static_cast<int64_t>(outcome.enqueued_ids[i] + outcome.published[i].tags);
    }
    all->children.push_back(std::move(reply));
  }
  return all;
}

// `message` lacks its body.
Status AddEnqueue(kontor_txn* txn, kontor_queue* queue, kontor::NewMessage message,
                  const void* body, size_t body_length) {
  KONTOR_RETURN_IF_ERROR(EnterWithQueue(txn, queue));
  KONTOR_RETURN_IF_ERROR(
      kontor::capi::CheckBytes(body, body_length, kontor::limits::kMessageBytes, "the message"));
  message.body = AsBytes(body, body_length);
  auto reply = MakeReply(txn);
  txn->steps.AddEnqueue(queue->queue, message);
  txn->replies.push_back(std::move(reply));
  return Ok();
}

Status CommitSteps(kontor_txn* txn, kontor_reply** replies) {
  std::vector<std::shared_ptr<kontor::capi::ReplyTree>> trees;
  trees.swap(txn->replies);
  kontor::Durability durability = txn->durability;
  txn->durability = kontor::Durability::kMemory;
  kontor::Transaction::Outcome outcome;
  Status status =
      txn->steps.Commit(txn->connection->core(), txn->connection->database(), durability, &outcome);
  if (!status.ok() && outcome.failed_step.has_value()) {
    // A commit that did not happen is a failure, also where the step alone would call it an outcome
    // (no such key).
    const Code code = status.failed() ? status.code() : Code::kInvalid;
    return Status(code, "step " + std::to_string(*outcome.failed_step + 1) + " of " +
                            std::to_string(trees.size()) +
                            " (nothing was changed): " + status.message());
  }
  KONTOR_RETURN_IF_ERROR(status);
  if (replies != nullptr) *replies = Collect(trees, outcome).release();
  return Ok();
}

}  // namespace

int32_t kontor_txn_new(kontor_db* db, kontor_txn** txn, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (txn == nullptr) return kontor::capi::Null("txn");
    *txn = nullptr;
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    auto made = std::make_unique<kontor_txn>();
    made->connection = db->connection;
    *txn = made.release();
    return Ok();
  });
}

void kontor_txn_free(kontor_txn* txn) {
  if (Valid(txn)) delete txn;
}

int32_t kontor_txn_set(kontor_txn* txn, const void* key, size_t key_length, const void* value,
                       size_t value_length, int64_t ttl_ms, kontor_error* error) {
  return AddKeyStep(
      txn, key, key_length, kontor::Access::kWrite, error,
      [&](KeyVerb* verb) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        KONTOR_RETURN_IF_ERROR(CheckTtl(ttl_ms));
        *verb = [copy = std::string(AsBytes(value, value_length)), ttl_ms](
                    Operation& operation, Bytes name, ReplySink& reply) -> Status {
          kontor::verbs::StringSetOptions options;
          if (ttl_ms != 0) options.deadline_unix_ms = operation.now_unix_ms() + ttl_ms;
          const auto result = kontor::verbs::StringSet(operation, name, copy, options);
          if (!result.ok()) return result.status();
          reply.Ok();
          return Ok();
        };
        return Ok();
      },
      value_length);
}

int32_t kontor_txn_delete(kontor_txn* txn, const void* key, size_t key_length,
                          kontor_error* error) {
  return AddKeyStep(txn, key, key_length, kontor::Access::kRelease, error, [](KeyVerb* verb) {
    *verb = [](Operation& operation, Bytes name, ReplySink& reply) {
      reply.Integer(kontor::verbs::KeyDelete(operation, name) ? 1 : 0);
      return Ok();
    };
    return Ok();
  });
}

int32_t kontor_txn_increment(kontor_txn* txn, const void* key, size_t key_length, int64_t delta,
                             kontor_error* error) {
  return AddKeyStep(txn, key, key_length, kontor::Access::kWrite, error, [delta](KeyVerb* verb) {
    *verb = [delta](Operation& operation, Bytes name, ReplySink& reply) -> Status {
      KONTOR_ASSIGN_OR_RETURN(const int64_t number,
                              kontor::verbs::StringIncrement(operation, name, delta));
      reply.Integer(number);
      return Ok();
    };
    return Ok();
  });
}

int32_t kontor_txn_hash_set(kontor_txn* txn, const void* key, size_t key_length, const void* field,
                            size_t field_length, const void* value, size_t value_length,
                            kontor_error* error) {
  return AddKeyStep(
      txn, key, key_length, kontor::Access::kWrite, error,
      [&](KeyVerb* verb) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(field, field_length));
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        *verb = [field_copy = std::string(AsBytes(field, field_length)),
                 value_copy = std::string(AsBytes(value, value_length))](
                    Operation& operation, Bytes name, ReplySink& reply) -> Status {
          KONTOR_ASSIGN_OR_RETURN(const bool is_new,
                                  kontor::verbs::HashSet(operation, name, field_copy, value_copy));
          reply.Integer(is_new ? 1 : 0);
          return Ok();
        };
        return Ok();
      },
      field_length + value_length);
}

int32_t kontor_txn_hash_increment(kontor_txn* txn, const void* key, size_t key_length,
                                  const void* field, size_t field_length, int64_t delta,
                                  kontor_error* error) {
  return AddKeyStep(
      txn, key, key_length, kontor::Access::kWrite, error, [&](KeyVerb* verb) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(field, field_length));
        *verb = [copy = std::string(AsBytes(field, field_length)), delta](
                    Operation& operation, Bytes name, ReplySink& reply) -> Status {
          KONTOR_ASSIGN_OR_RETURN(const int64_t number,
                                  kontor::verbs::HashIncrement(operation, name, copy, delta));
          reply.Integer(number);
          return Ok();
        };
        return Ok();
      });
}

int32_t kontor_txn_list_push(kontor_txn* txn, const void* key, size_t key_length, uint32_t side,
                             const void* value, size_t value_length, kontor_error* error) {
  return AddKeyStep(
      txn, key, key_length, kontor::Access::kWrite, error,
      [&](KeyVerb* verb) -> Status {
        KONTOR_RETURN_IF_ERROR(CheckValue(value, value_length));
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckSide(side));
        *verb = [copy = std::string(AsBytes(value, value_length)),
                 list_side = static_cast<kontor::verbs::ListSide>(side)](
                    Operation& operation, Bytes name, ReplySink& reply) -> Status {
          KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                                  kontor::verbs::ListPush(operation, name, list_side, copy));
          reply.Integer(static_cast<int64_t>(length));
          return Ok();
        };
        return Ok();
      },
      value_length);
}

int32_t kontor_txn_exec(kontor_txn* txn, size_t argument_count, const void* const* arguments,
                        const size_t* argument_lengths, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(Enter(txn));
    std::vector<Bytes> collected;
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CollectArguments(argument_count, arguments, argument_lengths, &collected));
    return AddCommand(txn, collected);
  });
}

int32_t kontor_txn_enqueue(kontor_txn* txn, kontor_queue* queue, const void* body,
                           size_t body_length, uint32_t priority, int64_t delay_ms,
                           kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckPriority(priority));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckDelay(delay_ms));
    return AddEnqueue(txn, queue, {.priority = priority, .delay_ms = delay_ms}, body, body_length);
  });
}

int32_t kontor_txn_enqueue_with(kontor_txn* txn, kontor_queue* queue, const void* body,
                                size_t body_length, const kontor_enqueue_options* options,
                                kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_ASSIGN_OR_RETURN(const kontor::NewMessage message,
                            kontor::capi::MessageOf(options, queue));
    return AddEnqueue(txn, queue, message, body, body_length);
  });
}

int32_t kontor_txn_acknowledge(kontor_txn* txn, kontor_queue* queue, uint64_t receipt,
                               kontor_error* error) {
  return kontor_txn_complete(txn, queue, receipt, nullptr, 0, error);
}

int32_t kontor_txn_complete(kontor_txn* txn, kontor_queue* queue, uint64_t receipt,
                            const void* result, size_t result_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(EnterWithQueue(txn, queue));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckBytes(result, result_length,
                                                    kontor::limits::kMessageBytes, "the result"));
    auto reply = MakeReply(txn);
    reply->Ok();
    txn->steps.AddAcknowledge(queue->queue, kontor::Receipt::FromBits(receipt),
                              AsBytes(result, result_length));
    txn->replies.push_back(std::move(reply));
    return Ok();
  });
}

int32_t kontor_txn_publish(kontor_txn* txn, const void* channel, size_t channel_length,
                           const void* body, size_t body_length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(Enter(txn));
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckBytes(channel, channel_length,
                                                    kontor::limits::kNameBytes, "the channel"));
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CheckBytes(body, body_length, kontor::limits::kMessageBytes, "the message"));
    auto reply = MakeReply(txn);
    txn->steps.AddPublish(AsBytes(channel, channel_length), AsBytes(body, body_length));
    txn->replies.push_back(std::move(reply));
    return Ok();
  });
}

int32_t kontor_txn_set_durability(kontor_txn* txn, uint32_t durability, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    KONTOR_RETURN_IF_ERROR(Enter(txn));
    if (durability > KONTOR_DURABILITY_SYNC) {
      return Status(Code::kOutOfRange, "durability is 0 to 2, not " + std::to_string(durability));
    }
    if (durability == KONTOR_DURABILITY_SYNC && txn->connection->core()->journal == nullptr) {
      return Status(Code::kUnsupported, "an engine in memory has no files to sync");
    }
    txn->durability = static_cast<kontor::Durability>(durability);
    return Ok();
  });
}

int32_t kontor_txn_commit(kontor_txn* txn, kontor_reply** replies, kontor_error* error) {
  if (replies != nullptr) *replies = nullptr;
  return Guarded(error, [&]() -> Status {
    if (!Valid(txn)) return Invalid("the transaction");
    KONTOR_RETURN_IF_ERROR(txn->connection->Check());
    return CommitSteps(txn, replies);
  });
}
