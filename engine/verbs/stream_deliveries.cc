#include "verbs/stream_deliveries.h"

#include <algorithm>

#include "base/check.h"
#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

using Pending = ConsumerGroup::Pending;

std::optional<Stream::Entry> FindEntry(const Stream& stream, const StreamId& id) {
  const Stream::Iterator found = stream.From(id);
  if (!found.valid() || found.id() != id) return std::nullopt;
  return found.entry();
}

// The clock may have been set back.
int64_t IdleMs(int64_t delivered_unix_ms, int64_t now_unix_ms) {
  return std::max<int64_t>(now_unix_ms - delivered_unix_ms, 0);
}

StreamDelivery DeliveryOf(const Pending& pending, const Stream::Entry& entry, int64_t now_unix_ms) {
  return {pending.id, entry, IdleMs(pending.delivered_unix_ms, now_unix_ms), pending.deliveries};
}

// A reader, and what it reads from.
class Delivering {
 public:
  static Result<Delivering> To(Operation& operation, const StreamReader& reader) {
    KONTOR_RETURN_IF_ERROR(CheckValue(reader.consumer));
    KONTOR_ASSIGN_OR_RETURN(const FoundGroup found,
                            StreamGroupFind(operation, reader.key, reader.group));
    return Delivering(operation, reader, found);
  }

  const Stream& stream() const { return *found_.stream; }
  const ConsumerGroup& group() const { return *found_.group; }
  int64_t now() const { return operation_.now_unix_ms(); }
  // Null if it is not there yet.
  const ConsumerGroup::Consumer* consumer() const { return group().FindConsumer(reader_.consumer); }

  // Those of a group who wait for entries get them in the order they came in.
  bool IsItsTurn() const {
    return operation_.MayTakeInLine(reader_.key, ValueType::kStream, reader_.group);
  }
  // It is asking now. What it gets makes it active.
  void SeeConsumer(bool gets) const {
    const bool is_new = consumer() == nullptr;
    const int64_t active = is_new ? -1 : consumer()->active_unix_ms;
    operation_.SetConsumer(
        reader_.key, reader_.group,
        {.name = reader_.consumer, .seen_unix_ms = now(), .active_unix_ms = gets ? now() : active});
    if (is_new) {
      operation_.Announce(KeyEventClass::kStream, "xgroup-createconsumer", reader_.key);
    }
  }
  void SetPending(const StreamId& id, int64_t delivered_unix_ms, uint64_t deliveries) const {
    operation_.SetPending(reader_.key, reader_.group,
                          {.id = id,
                           .consumer = reader_.consumer,
                           .delivered_unix_ms = delivered_unix_ms,
                           .deliveries = deliveries});
  }
  void RemovePending(const StreamId& id) const {
    operation_.RemovePending(reader_.key, reader_.group, id);
  }
  void SetGroup(const StreamGroupState& state) const {
    operation_.SetGroup(reader_.key, reader_.group, state);
  }

 private:
  Delivering(Operation& operation, const StreamReader& reader, const FoundGroup& found)
      : operation_(operation), reader_(reader), found_(found) {
    KONTOR_CHECK(found_.group != nullptr);  // the caller has looked
  }

  Operation& operation_;
  const StreamReader reader_;
  const FoundGroup found_;
};

// What has been pending for so long and still has an entry, the longest first.
std::vector<StreamDelivery> FindIdle(const Delivering& to, int64_t min_idle_ms, uint64_t most) {
  std::vector<StreamDelivery> idle;
  for (auto each = to.group().deliveries().From(0); each.valid(); each.Next()) {
    const bool is_enough = most != 0 && idle.size() == most;
    if (is_enough || IdleMs(each.entry().unix_ms, to.now()) < min_idle_ms) break;
    const std::optional<Stream::Entry> entry = FindEntry(to.stream(), each.entry().id);
    if (!entry.has_value()) continue;
    idle.push_back(DeliveryOf(*to.group().Lookup(each.entry().id), *entry, to.now()));
  }
  return idle;
}

// What the group has read when it has read these as well.
StreamGroupState Advance(const Delivering& to, absl::Span<const Stream::Entry> entries) {
  ConsumerGroup advanced;
  advanced.entries_read = to.group().entries_read;
  for (const Stream::Entry& entry : entries) {
    advanced.entries_read = to.stream().EntriesReadWith(advanced, entry.id());
  }
  return {.last_delivered_id = entries.back().id(), .entries_read = advanced.entries_read};
}

std::vector<Stream::Entry> FindNew(const Delivering& to, uint64_t most) {
  const std::optional<StreamId> first = to.group().last_delivered_id.Next();
  if (!first.has_value()) return {};
  return StreamEntries(to.stream(), {.first = *first, .most = most});
}

}  // namespace

Result<std::vector<StreamDelivery>> StreamReadNew(Operation& operation, const StreamReader& reader,
                                                  const StreamNews& news) {
  KONTOR_ASSIGN_OR_RETURN(const Delivering to, Delivering::To(operation, reader));
  std::vector<StreamDelivery> deliveries;
  if (news.claim_idle_ms.has_value()) deliveries = FindIdle(to, *news.claim_idle_ms, news.most);
  const size_t claimed = deliveries.size();
  std::vector<Stream::Entry> fresh;
  const bool has_room = news.most == 0 || claimed < news.most;
  if (has_room && (!news.in_turn || to.IsItsTurn())) {
    fresh = FindNew(to, news.most == 0 ? 0 : news.most - claimed);
  }
  // Who looks again in vain is not seen: all who wait do so, and it would be journaled.
  const bool finds = claimed > 0 || !fresh.empty();
  if (finds || !operation.Waits(reader.key)) {
    to.SeeConsumer(claimed > 0 || (!fresh.empty() && !news.acknowledged));
  }
  for (const StreamDelivery& each : deliveries) {
    to.SetPending(each.id, to.now(), each.deliveries + 1);
  }
  for (const Stream::Entry& entry : fresh) {
    if (!news.acknowledged) to.SetPending(entry.id(), to.now(), 1);
    deliveries.push_back({.id = entry.id(), .entry = entry});
  }
  if (!fresh.empty()) to.SetGroup(Advance(to, fresh));
  return deliveries;
}

Result<int64_t> StreamClaimableIn(Operation& operation, Bytes key, Bytes group,
                                  int64_t claim_idle_ms) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  if (found.group == nullptr) return -1;
  const int64_t now = operation.now_unix_ms();
  for (auto each = found.group->deliveries().From(0); each.valid(); each.Next()) {
    if (!found.stream->Contains(each.entry().id)) continue;
    return std::max<int64_t>(claim_idle_ms - IdleMs(each.entry().unix_ms, now), 0);
  }
  return -1;
}

Result<std::vector<StreamDelivery>> StreamReadPending(Operation& operation,
                                                      const StreamReader& reader,
                                                      const StreamId& after, uint64_t most) {
  KONTOR_ASSIGN_OR_RETURN(const Delivering to, Delivering::To(operation, reader));
  std::vector<StreamDelivery> deliveries;
  const std::optional<StreamId> first = after.Next();
  if (to.consumer() != nullptr && first.has_value()) {
    for (auto each = to.consumer()->PendingFrom(*first); each.valid(); each.Next()) {
      const Pending& pending = *to.group().Lookup(each.entry());
      deliveries.push_back({.id = pending.id,
                            .entry = FindEntry(to.stream(), pending.id),
                            .idle_ms = IdleMs(pending.delivered_unix_ms, to.now()),
                            .deliveries = pending.deliveries});
      if (deliveries.size() == most) break;
    }
  }
  to.SeeConsumer(/*gets=*/false);
  for (const StreamDelivery& each : deliveries) {
    if (each.entry.has_value()) to.SetPending(each.id, to.now(), each.deliveries + 1);
  }
  return deliveries;
}

Result<std::vector<StreamDelivery>> StreamClaimEach(Operation& operation,
                                                    const StreamReader& reader,
                                                    const StreamClaim& claim,
                                                    absl::Span<const StreamId> ids) {
  KONTOR_ASSIGN_OR_RETURN(const Delivering to, Delivering::To(operation, reader));
  if (claim.last_id > to.group().last_delivered_id) {
    to.SetGroup({.last_delivered_id = claim.last_id, .entries_read = to.group().entries_read});
  }
  to.SeeConsumer(/*gets=*/false);
  std::vector<StreamDelivery> claimed;
  for (const StreamId& id : ids) {
    const Pending* const pending = to.group().Lookup(id);
    const std::optional<Stream::Entry> entry = FindEntry(to.stream(), id);
    if (!entry.has_value()) {
      if (pending != nullptr) to.RemovePending(id);
      continue;
    }
    if (pending == nullptr && !claim.forces) continue;
    const int64_t since = pending == nullptr ? 0 : pending->delivered_unix_ms;
    if (pending != nullptr && claim.min_idle_ms > 0 && to.now() - since < claim.min_idle_ms) {
      continue;
    }
    // Claimed by force, it counts as delivered once.
    const uint64_t before = pending == nullptr ? 1 : pending->deliveries;
    claimed.push_back({.id = id, .entry = entry});
    to.SetPending(id, claim.delivered_unix_ms,
                  claim.deliveries.value_or(before + (claim.counts ? 1 : 0)));
  }
  if (!claimed.empty()) to.SeeConsumer(/*gets=*/true);
  return claimed;
}

Result<StreamClaimed> StreamClaimFrom(Operation& operation, const StreamReader& reader,
                                      const StreamAutoClaim& claim) {
  KONTOR_ASSIGN_OR_RETURN(const Delivering to, Delivering::To(operation, reader));
  StreamClaimed result;
  constexpr uint64_t kLookedAtForEach = 10;
  uint64_t left = claim.most;
  uint64_t looks_left = claim.most * kLookedAtForEach;
  auto each = to.group().PendingFrom(claim.first);
  for (; each.valid() && left > 0 && looks_left > 0; each.Next(), --looks_left) {
    const Pending& pending = each.entry();
    const std::optional<Stream::Entry> entry = FindEntry(to.stream(), pending.id);
    if (!entry.has_value()) {
      result.deleted.push_back(pending.id);
    } else if (claim.min_idle_ms > 0 && to.now() - pending.delivered_unix_ms < claim.min_idle_ms) {
      continue;
    } else {
      result.claimed.push_back(DeliveryOf(pending, *entry, to.now()));
    }
    --left;
  }
  if (each.valid()) result.next = each.entry().id;
  to.SeeConsumer(!result.claimed.empty());
  for (const StreamId& id : result.deleted) to.RemovePending(id);
  for (const StreamDelivery& delivery : result.claimed) {
    to.SetPending(delivery.id, to.now(), delivery.deliveries + (claim.counts ? 1 : 0));
  }
  return result;
}

}  // namespace kontor::verbs
