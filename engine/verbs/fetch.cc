#include "verbs/fetch.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "base/limits.h"
#include "verbs/check_limits.h"
#include "verbs/expiry.h"

namespace kontor::verbs {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

Status CheckRange(const char* name, int64_t value, int64_t minimum, int64_t maximum) {
  if (value >= minimum && value <= maximum) return Ok();
  return Status(Code::kOutOfRange, std::string(name) + " is " + std::to_string(minimum) + " to " +
                                       std::to_string(maximum) + ", not " + std::to_string(value));
}

// The shard that an operation holds the lock of.
Shard* ShardOf(Core* core, Bytes key) { return core->keyspace.ShardOf(core->keyspace.Hash(key)); }

// One call of Fetch: attempts, and a place in the line between them.
class FetchAttempts {
 public:
  FetchAttempts(Core* core, uint32_t database, Bytes key, const FetchOptions& options,
                Waiter* waiter)
      : core_(core),
        database_(database),
        key_(key),
        options_(options),
        shard_(ShardOf(core, key)),
        place_(waiter) {}
  ~FetchAttempts() {
    if (!place_.linked()) return;
    const SequenceLockHolder lock(shard_->lock());
    LeaveLine();
  }
  FetchAttempts(const FetchAttempts&) = delete;
  FetchAttempts& operator=(const FetchAttempts&) = delete;

  // kAgain: somebody computes the value; if it `may_wait`, the caller is now in line for it.
  Status Attempt(bool may_wait, GiveValue give, Fetched* fetched) {
    return ExecuteOnKey(core_, key_, Access::kRead, database_, [&](Operation& operation) {
      shard_->lock()->AssertHeld();
      return Look(operation, may_wait, give, fetched);
    });
  }

  // When to look again without being told; < 0: never. Only who is first in line watches for the
  // end of the lease: whoever leaves the line tells the next.
  int64_t pause_ms() const { return pause_ms_; }

 private:
  Status Look(Operation& operation, bool may_wait, GiveValue give, Fetched* fetched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard_->lock()) {
    const Record* const record = operation.Find(key_);
    if (record != nullptr && !record->is_string()) return WrongType();
    const bool stale = record != nullptr && IsStale(*record, operation.now_unix_ms());
    // What may find no memory comes before the lease is taken.
    if (record != nullptr) KONTOR_RETURN_IF_ERROR(give(record->text()));
    if (record != nullptr && !stale) {
      LeaveLine();
      return Ok();
    }
    const int64_t now_ns = core_->clock->MonotonicNs();
    LeaseTable::Lease* const lease = shard_->leases()->Find(database_, key_);
    const bool held = lease != nullptr && lease->HeldAt(now_ns);
    // A stale value keeps nobody waiting, so there is no line to respect.
    const bool may_take = !held && (stale || lease == nullptr || lease->waiters.MayTake(place_));
    if (may_take) {
      fetched->lease = shard_->leases()->Hold(shard_->leases()->FindOrMake(database_, key_),
                                              now_ns + options_.lease_ms * kNsPerMs);
    }
    fetched->stale = stale;
    if (stale || may_take) {
      LeaveLine();
      return stale ? Ok() : Status(Code::kNotFound);
    }
    if (may_wait) JoinLine(now_ns);
    return Status(Code::kAgain);
  }

  bool IsStale(const Record& record, int64_t now_unix_ms) const {
    const int64_t deadline_unix_ms = record.deadline_unix_ms();
    return deadline_unix_ms != 0 && deadline_unix_ms - options_.stale_ms <= now_unix_ms;
  }

  void JoinLine(int64_t now_ns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard_->lock()) {
    LeaseTable::Lease* const lease = shard_->leases()->FindOrMake(database_, key_);
    if (!place_.linked()) lease->waiters.Append(&place_);
    const bool watches = lease->waiters.MayTake(place_) && lease->HeldAt(now_ns);
    pause_ms_ = watches ? (lease->until_ns - now_ns + kNsPerMs - 1) / kNsPerMs : -1;
  }

  void LeaveLine() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard_->lock()) {
    if (!place_.linked()) return;
    shard_->leases()->Leave(shard_->leases()->Find(database_, key_), &place_);
  }

  Core* const core_;
  const uint32_t database_;
  const Bytes key_;
  const FetchOptions options_;
  Shard* const shard_;
  WaitPlace place_;
  int64_t pause_ms_ = -1;
};

// The sooner of two pauses, of which < 0 is for ever.
int64_t Sooner(int64_t a_ms, int64_t b_ms) {
  if (a_ms < 0 || b_ms < 0) return std::max(a_ms, b_ms);
  return std::min(a_ms, b_ms);
}

}  // namespace

Status StaleLease() {
  return Status(Code::kStaleReceipt,
                "the lease ran out, was given up, or was revoked by a write to its key");
}

Status CheckFetch(Bytes key, const FetchOptions& options) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_RETURN_IF_ERROR(CheckRange("stale_ms", options.stale_ms, 0, limits::kStaleMs));
  return CheckRange("lease_ms", options.lease_ms, 1, limits::kLeaseMs);
}

Status Fetch(Core* core, uint32_t database, Bytes key, const FetchOptions& options,
             const WaitOptions& wait, GiveValue give, Fetched* fetched) {
  KONTOR_RETURN_IF_ERROR(CheckFetch(key, options));
  const auto check_handle = [&] {
    const bool closed = wait.closed != nullptr && wait.closed->load(std::memory_order_acquire);
    return closed ? Status(Code::kClosed, "the handle was closed") : Ok();
  };
  Waiter own;
  Waiter* const waiter = wait.waiter == nullptr ? &own : wait.waiter;
  FetchAttempts attempts(core, database, key, options, waiter);
  std::optional<Countdown> countdown;
  while (true) {
    KONTOR_RETURN_IF_ERROR(check_handle());
    Status status = attempts.Attempt(*wait.timeout_ms != 0, give, fetched);
    if (status.code() != Code::kAgain) return status;
    // Only now this call is sure to be woken by whoever closes the handle.
    KONTOR_RETURN_IF_ERROR(check_handle());
    if (!countdown.has_value()) countdown.emplace(*wait.timeout_ms);
    const int64_t remaining_ms = countdown->RemainingMs();
    if (remaining_ms == 0) {
      return Status(Code::kTimeout, "another caller computes the value, and has not done so yet");
    }
    if (waiter->Wait(Sooner(remaining_ms, attempts.pause_ms())) == WakeReason::kInterrupted) {
      return Status(Code::kInterrupted, "the wait was interrupted");
    }
  }
}

Status FillLease(Core* core, uint32_t database, Bytes key, uint64_t lease, Bytes value,
                 int64_t ttl_ms, int64_t stale_ms) {
  KONTOR_RETURN_IF_ERROR(CheckValue(value));
  KONTOR_RETURN_IF_ERROR(
      CheckRange("ttl_ms", ttl_ms, 0, std::numeric_limits<int64_t>::max() - limits::kStaleMs));
  return ExecuteOnKey(core, key, Access::kWrite, database, [&](Operation& operation) -> Status {
    int64_t deadline_unix_ms = 0;
    if (ttl_ms != 0 && !DeadlineAfter(operation.now_unix_ms(), ttl_ms + stale_ms,
                                      TimeUnit::kMilliseconds, &deadline_unix_ms)) {
      return Status(Code::kOutOfRange, "ttl_ms ends after the end of time");
    }
    Shard* const shard = ShardOf(core, key);
    shard->lock()->AssertHeld();
    const LeaseTable::Lease* const held = shard->leases()->Find(database, key);
    if (held == nullptr || held->token != lease || !held->HeldAt(core->clock->MonotonicNs())) {
      return StaleLease();
    }
    // Like every write it ends the lease and wakes who waits.
    operation.SetString(key, value, deadline_unix_ms);
    return Ok();
  });
}

bool GiveUpLease(Core* core, uint32_t database, Bytes key, uint64_t lease) {
  Shard* const shard = ShardOf(core, key);
  const SequenceLockHolder lock(shard->lock());
  LeaseTable::Lease* const held = shard->leases()->Find(database, key);
  if (held == nullptr || held->token != lease) return false;
  const bool in_time = held->HeldAt(core->clock->MonotonicNs());
  shard->leases()->GiveUp(held);
  return in_time;
}

}  // namespace kontor::verbs
