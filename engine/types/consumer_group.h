#ifndef KONTOR_TYPES_CONSUMER_GROUP_H_
#define KONTOR_TYPES_CONSUMER_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "types/counted_tree.h"
#include "types/stream_id.h"

namespace kontor {

// Those who share the entries of a stream, and what was delivered to each and is not acknowledged
// yet: pending. It knows ids only; whether the stream still has an entry is for the caller to see.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; a removal needs none,
// nor does changing what is pending while it stays with its consumer. Not thread-safe. Consumers
// stay where they are until they are deleted; all else that is returned lasts until the next
// change. Times are Unix milliseconds.
class ConsumerGroup {
 public:
  class Consumer;

  // An entry that was delivered to a consumer, and not acknowledged.
  struct Pending {
    StreamId id;
    Consumer* consumer;
    int64_t delivered_unix_ms;
    uint64_t deliveries;
  };

  struct InOrder {
    bool operator()(const StreamId& one, const StreamId& other) const { return one < other; }
    bool operator()(const Pending& one, const Pending& other) const { return one.id < other.id; }
  };
  using PendingTree = CountedTree<Pending, InOrder>;
  using IdTree = CountedTree<StreamId, InOrder>;

  // When what is pending was delivered.
  struct Delivery {
    int64_t unix_ms;
    StreamId id;
  };
  struct FirstDelivered {
    bool operator()(const Delivery& one, const Delivery& other) const {
      return std::tie(one.unix_ms, one.id) < std::tie(other.unix_ms, other.id);
    }
  };
  using DeliveryTree = CountedTree<Delivery, FirstDelivered>;

  class Consumer {
   public:
    // Valid as long as the consumer.
    Bytes name() const { return name_; }
    // What is pending with it, in order; Lookup says more of each.
    size_t pending() const { return pending_.size(); }
    IdTree::Iterator PendingFrom(const StreamId& id) const;

    // When it last asked, and when it last got something, -1 for never.
    int64_t seen_unix_ms = 0;
    int64_t active_unix_ms = -1;

   private:
    friend class ConsumerGroup;
    Bytes name_;  // lies in the group's map
    IdTree pending_;
  };
  using Consumers = std::map<std::string, Consumer, std::less<>>;

  ConsumerGroup() = default;
  ConsumerGroup(const ConsumerGroup& other);
  ConsumerGroup& operator=(const ConsumerGroup&) = delete;
  ~ConsumerGroup() = default;

  // By name.
  const Consumers& consumers() const { return consumers_; }
  // Null if there is none.
  Consumer* FindConsumer(Bytes name);
  const Consumer* FindConsumer(Bytes name) const;
  // The one that is there if there is one.
  Consumer* AddConsumer(Bytes name);
  // With all that is pending with it. False if there is none.
  bool DeleteConsumer(Bytes name);

  // What is pending with all of them, in order.
  const PendingTree& pending() const { return pending_; }
  PendingTree::Iterator PendingFrom(const StreamId& id) const;
  // What is pending with all of them, that which was delivered first in front; Lookup says more.
  const DeliveryTree& deliveries() const { return deliveries_; }
  // Null if it is not pending.
  const Pending* Lookup(const StreamId& id) const;
  // Instead of what was pending by this id, with whomever. The consumer is one of this group.
  void SetPending(const Pending& pending);
  // False if it was not pending.
  bool RemovePending(const StreamId& id);

  // The last entry that was delivered to any of them as a new one.
  StreamId last_delivered_id = kNoStreamId;
  // How many of the stream's entries, from the first there ever was, it has had; none if that
  // cannot be known.
  std::optional<uint64_t> entries_read;

  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const {
    return pending_.memory_bytes() + deliveries_.memory_bytes() + consumer_bytes_;
  }

 private:
  static Delivery DeliveryOf(const Pending& pending) {
    return {pending.delivered_unix_ms, pending.id};
  }
  void AddPending(const Pending& pending);
  // Of an entry that is there.
  void EraseFrom(Consumer* consumer, const StreamId& id) noexcept;
  void InsertInto(Consumer* consumer, const StreamId& id);

  Consumers consumers_;
  PendingTree pending_;
  DeliveryTree deliveries_;    // of all in pending_
  size_t consumer_bytes_ = 0;  // of the consumers, with what is pending with them
};

}  // namespace kontor

#endif  // KONTOR_TYPES_CONSUMER_GROUP_H_
