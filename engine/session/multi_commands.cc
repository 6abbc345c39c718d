// MULTI, EXEC, DISCARD, WATCH, UNWATCH.

#include <new>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/check.h"
#include "command/queue_commands.h"
#include "db/engine.h"
#include "session/session.h"
#include "txn/execute.h"

namespace kontor {
namespace {

// What an EXEC answers whose watched keys have changed: nobody outside sees this status.
Status WatchedKeyChanged() { return Status(Code::kAgain); }

// Not SPUBLISH: its channels keep nothing, and no queue is bound to them.
bool IsPublish(const Multi::Queued& queued) { return queued.command->name == "PUBLISH"; }

Status Misplaced(const char* what) { return Status(Code::kInvalid, what); }

}  // namespace

void Session::BeginMulti(Arguments /*arguments*/) {
  if (multi_.open()) return Reply(Misplaced("MULTI calls can not be nested"));
  multi_.Open();
  writer_.Ok();
}

void Session::Discard(Arguments /*arguments*/) {
  if (!multi_.open()) return Reply(Misplaced("DISCARD without MULTI"));
  multi_.Close();
  watched_.Clear();
  writer_.Ok();
}

void Session::Watch(Arguments arguments) {
  if (multi_.open()) return Reply(Misplaced("WATCH inside MULTI is not allowed"));
  const Status watched = watched_.Add(selected_database_, arguments.subspan(1));
  watched.ok() ? writer_.Ok() : Reply(watched);
}

void Session::Unwatch(Arguments /*arguments*/) {
  // As a step of a transaction it changes nothing: EXEC forgets what is watched in any case, and
  // does so when no lock is held.
  if (!multi_.open()) watched_.Clear();
  writer_.Ok();
}

void Session::Exec(Arguments /*arguments*/) {
  if (!multi_.open()) return Reply(Misplaced("EXEC without MULTI"));
  if (multi_.refused()) {
    multi_.Close();
    watched_.Clear();
    return Reply(Misplaced("EXECABORT Transaction discarded because of previous errors."));
  }
  const size_t mark = writer_.mark();
  Status status;
  Publishes publishes;
  {
    const absl::Cleanup executed = [this] { executes_ = false; };
    executes_ = true;
    status = multi_.IsOneCommit() ? CommitQueued(&publishes) : ExecuteQueued(&publishes);
  }
  if (status.ok()) {
    ReplyToPublishes(publishes);
  } else {
    writer_.Truncate(mark);
    if (status.code() == Code::kAgain) {
      writer_.NullArray();
    } else if (status.code() == Code::kNoMemory || multi_.IsOneCommit()) {
      const std::string text = "EXECABORT Transaction discarded because of: " + ErrorText(status);
      Reply(Misplaced(text.c_str()));
    } else {
      Reply(status);
    }
  }
  multi_.Close();
  watched_.Clear();
  if (ends_after_exec_) End();
}

Status Session::ExecuteQueued(Publishes* publishes) {
  Core* const core = engine_->core();
  ShardSet shards = multi_.Shards(core->keyspace);
  shards |= watched_.shards();
  // Looking whether a watched key has expired may remove it.
  const bool looks = multi_.access() == Access::kRead && watched_.size() > 0;
  const Access access = looks ? Access::kRelease : multi_.access();
  // A collection that is deleted is freed with this, when the locks are released.
  UndoLog undo(&core->keyspace);
  return kontor::Execute(
      core, shards, access, selected_database_,
      [&](Operation& operation) { return RunQueued(&operation, &undo, publishes); },
      multi_.StoredBytes());
}

Status Session::CommitQueued(Publishes* publishes) {
  Core* const core = engine_->core();
  Transaction transaction;
  Transaction::Outcome* const outcome = &publishes->outcome.emplace();
  for (const Multi::Queued& queued : multi_.commands()) {
    if ((queued.command->flags & kQueueStep) != 0) {
      KONTOR_RETURN_IF_ERROR(
          AddQueueSteps(core, *queued.command, queued.arguments(), &transaction));
    } else if (IsPublish(queued)) {
      transaction.AddPublish(queued.bytes[1], queued.bytes[2]);
    } else if ((queued.command->flags & (kAllKeys | kWrites)) == (kAllKeys | kWrites)) {
      return Status(Code::kUnsupported, std::string(queued.command->name) +
                                            " cannot be part of a transaction with queues");
    }
  }
  ShardSet shards = multi_.Shards(core->keyspace);
  shards |= watched_.shards();
  transaction.AddKeys(
      shards, multi_.access(),
      [&](Operation& operation) { return RunQueued(&operation, operation.undo(), publishes); },
      multi_.StoredBytes());
  return transaction.Commit(core, selected_database_, core->durability, outcome);
}

// With the locks of all keys. A command that fails changes nothing and stops nobody, as in Redis.
Status Session::RunQueued(Operation* operation, UndoLog* undo, Publishes* publishes) {
  if (watched_.HaveChanged(operation)) return WatchedKeyChanged();
  writer_.Array(multi_.commands().size());
  size_t step = 0;
  for (const Multi::Queued& queued : multi_.commands()) {
    operation->set_database(selected_database_);
    if ((queued.command->flags & kPublishes) != 0) {
      publishes->places.push_back(writer_.mark());
      step += IsPublish(queued) ? 1 : 0;
      continue;
    }
    if ((queued.command->flags & kQueueStep) == 0) {
      RunOneQueued(queued, operation, undo);
      continue;
    }
    // An enqueue is one step and has an id; of acknowledgements each receipt is one.
    KONTOR_CHECK(publishes->outcome.has_value());
    const uint64_t id = publishes->outcome->enqueued_ids[step];
    const size_t steps = QueueSteps(*queued.command, queued.arguments());
    writer_.Integer(static_cast<int64_t>(id != 0 ? id : steps));
    step += steps;
  }
  operation->set_undo(undo);
  return Ok();
}

// Without any lock. What is done only now may fail by itself, as every command of an EXEC.
void Session::ReplyToPublishes(const Publishes& publishes) {
  std::vector<std::string> replies;
  size_t step = 0;
  for (const Multi::Queued& queued : multi_.commands()) {
    if ((queued.command->flags & kQueueStep) != 0) {
      step += QueueSteps(*queued.command, queued.arguments());
    }
    if ((queued.command->flags & kPublishes) == 0) continue;
    RespWriter reply(&replies.emplace_back());
    if (publishes.outcome.has_value() && IsPublish(queued)) {
      reply.Integer(static_cast<int64_t>(publishes.outcome->published[step++].tags));
      continue;
    }
    const Status status = RunChecked(engine_, *queued.command, &selected_database_,
                                     queued.arguments(), WaitOptions(), &reply);
    if (!status.ok() && replies.back().empty()) reply.Error(ErrorText(status));
  }
  // From the last one, so that the places stay true.
  for (size_t i = replies.size(); i-- > 0;) output_.insert(publishes.places[i], replies[i]);
}

void Session::RunOneQueued(const Multi::Queued& queued, Operation* operation, UndoLog* undo) {
  const std::vector<Bytes> arguments = queued.arguments();
  const uint32_t flags = queued.command->flags;
  if ((flags & kNeedsSession) != 0) return (this->*FindOwn(queued.command->name))(arguments);
  if (IsPingSubscribed(*queued.command)) return PingSubscribed(arguments);
  const bool whole = (flags & kWrites) != 0 && (flags & kAllKeys) == 0;
  const size_t mark = writer_.mark();
  const Operation::Moment before = operation->moment();
  const size_t undo_before = undo->size();
  operation->set_undo(whole ? undo : nullptr);
  Status status;
  try {
    status = RunInTransaction(engine_, *queued.command, *operation, arguments, &selected_database_,
                              &writer_);
  } catch (const std::bad_alloc&) {
    if (whole) {
      undo->RollBackTo(undo_before);
      operation->Forget(before);
    }
    status = Status(Code::kNoMemory, "there is not enough memory");
  }
  if (status.ok()) return;
  writer_.Truncate(mark);
  Reply(status);
}

}  // namespace kontor
