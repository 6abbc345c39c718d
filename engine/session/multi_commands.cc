// MULTI, EXEC, DISCARD, WATCH, UNWATCH.

#include <deque>
#include <new>
#include <string>
#include <vector>

#include "db/engine.h"
#include "session/session.h"
#include "txn/execute.h"

namespace kontor {
namespace {

// What an EXEC answers whose watched keys have changed: nobody outside sees this status.
Status WatchedKeyChanged() { return Status(Code::kAgain); }

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
  Core* const core = engine_->core();
  ShardSet shards = multi_.Shards(core->keyspace);
  shards |= watched_.shards();
  // A collection that is deleted is freed with these, when the locks are released.
  std::deque<UndoLog> undo_logs;
  // Looking whether a watched key has expired may remove it.
  const bool looks = multi_.access() == Access::kRead && watched_.size() > 0;
  const Access access = looks ? Access::kRelease : multi_.access();
  const Status status = kontor::Execute(
      core, shards, access, selected_database_,
      [&](Operation& operation) { return RunQueued(&operation, &undo_logs); },
      multi_.StoredBytes());
  if (!status.ok()) {
    writer_.Truncate(mark);
    if (status.code() == Code::kAgain) {
      writer_.NullArray();
    } else if (status.code() == Code::kNoMemory) {
      Reply(
          Misplaced(("EXECABORT Transaction discarded because of: " + ErrorText(status)).c_str()));
    } else {
      Reply(status);
    }
  }
  multi_.Close();
  watched_.Clear();
}

// With the locks of all keys. A command that fails changes nothing and stops nobody, as in Redis.
Status Session::RunQueued(Operation* operation, std::deque<UndoLog>* undo_logs) {
  if (watched_.HaveChanged(operation)) return WatchedKeyChanged();
  writer_.Array(multi_.commands().size());
  for (const Multi::Queued& queued : multi_.commands()) {
    undo_logs->emplace_back(operation->keyspace());
    operation->set_database(selected_database_);
    RunOneQueued(queued, operation, &undo_logs->back());
  }
  return Ok();
}

void Session::RunOneQueued(const Multi::Queued& queued, Operation* operation, UndoLog* undo) {
  const std::vector<Bytes> arguments = queued.arguments();
  const uint32_t flags = queued.command->flags;
  if ((flags & kNeedsSession) != 0) return (this->*FindOwn(queued.command->name))(arguments);
  if (IsPingSubscribed(*queued.command)) return PingSubscribed(arguments);
  const bool whole = (flags & kWrites) != 0 && (flags & kAllKeys) == 0;
  const size_t mark = writer_.mark();
  const Operation::Moment before = operation->moment();
  operation->set_undo(whole ? undo : nullptr);
  Status status;
  try {
    status = RunInTransaction(engine_, *queued.command, *operation, arguments, &selected_database_,
                              &writer_);
  } catch (const std::bad_alloc&) {
    if (whole) {
      undo->Rollback();
      operation->Forget(before);
    }
    status = Status(Code::kNoMemory, "there is not enough memory");
  }
  operation->set_undo(nullptr);
  if (status.ok()) return;
  writer_.Truncate(mark);
  Reply(status);
}

}  // namespace kontor
