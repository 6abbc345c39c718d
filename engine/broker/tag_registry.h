#ifndef KONTOR_BROKER_TAG_REGISTRY_H_
#define KONTOR_BROKER_TAG_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/subscription.h"
#include "types/chunked_array.h"

namespace kontor {

// Which tags of one mailbox are subscribed to what: found by subscription and tag together, and all
// of one tag. A *membership* is a tag in a subscription, 40 bytes here and 12 among the members of
// the subscription; it is known by its number. Two hash tables lead to it, which grow a bucket at a
// time (linear hashing): of subscription and tag, and of tags, where the first membership of each
// tag stands for all of them.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; removing needs none. The
// room of memberships that went is used again, and given back when the last one goes. Not
// thread-safe.
class TagRegistry {
 public:
  TagRegistry() = default;
  TagRegistry(const TagRegistry&) = delete;
  TagRegistry& operator=(const TagRegistry&) = delete;

  // A subscription enters before its first tag and leaves after its last one.
  void Enter(Subscription* subscription);
  void Leave(Subscription* subscription);

  // A subscription that has left, or will never have to be found again, goes with its members.
  void Forget(const Subscription& subscription) {
    member_bytes_ -= subscription.members.heap_bytes();
  }

  // False if it is there already. `since`: see AppendTags.
  bool Add(Subscription* subscription, uint64_t tag, uint64_t since);
  // False if it is not there.
  bool Remove(Subscription* subscription, uint64_t tag);
  // Removes some membership of the tag: of which subscription; null if it has none.
  Subscription* RemoveAny(uint64_t tag);

  // Appends the tags that were added with a smaller `since` than this sequence number.
  void AppendTags(const Subscription& subscription, uint64_t sequence,
                  std::vector<uint64_t>* tags) const;

  uint64_t size() const { return count_; }
  // What it takes of the heap, the members of subscriptions included.
  size_t memory_bytes() const;

 private:
  static constexpr uint32_t kNone = MemberArray::kNone;

  struct Membership {
    uint64_t tag;
    uint64_t since;
    uint32_t subscription;     // its number
    uint32_t place;            // among the members
    uint32_t next_of_tag;      // the same tag in other subscriptions
    uint32_t previous_of_tag;  // kNone: the first one of its tag
    uint32_t next_by_tag;   // in the bucket, of the first ones of their tags; of free ones the next
    uint32_t next_by_pair;  // in the bucket
  };
  static uint32_t HashOfTag(uint64_t tag);
  static uint32_t HashOfPair(uint32_t subscription, uint64_t tag);
  static uint32_t TagHash(const Membership& membership) { return HashOfTag(membership.tag); }
  static uint32_t PairHash(const Membership& membership) {
    return HashOfPair(membership.subscription, membership.tag);
  }

  // One of the hash tables: the first membership of each bucket.
  struct Table {
    uint32_t Membership::*next;
    uint32_t (*hash)(const Membership&);
    uint32_t first_head = kNone;  // a table of one bucket needs no memory
    ChunkedArray<uint32_t> more_heads = {};
    size_t size = 0;

    size_t buckets() const { return 1 + more_heads.size(); }
    uint32_t& HeadOf(size_t bucket) { return bucket == 0 ? first_head : more_heads[bucket - 1]; }
    uint32_t HeadOf(size_t bucket) const {
      return bucket == 0 ? first_head : more_heads[bucket - 1];
    }
    size_t BucketOf(uint32_t hash) const;
  };
  void Link(Table* table, uint32_t number);
  void Unlink(Table* table, uint32_t number);
  void SplitBucket(Table* table);
  void JoinBucket(Table* table);

  // What of the memberships with this hash is the first for which matches(membership) is true.
  template <typename Matches>
  uint32_t Find(const Table& table, uint32_t hash, Matches matches) const;
  uint32_t FindPair(uint32_t subscription, uint64_t tag) const;
  uint32_t FindTag(uint64_t tag) const;

  // There is a free membership afterwards.
  void MakeFree();
  void LinkTag(uint32_t number);
  void UnlinkTag(uint32_t number);
  void RemoveMembership(uint32_t number);
  Subscription* SubscriptionOf(const Membership& membership) const {
    return numbers_[membership.subscription].subscription;
  }

  ChunkedArray<Membership> memberships_;
  uint32_t first_free_ = kNone;
  uint64_t count_ = 0;
  Table by_pair_{.next = &Membership::next_by_pair, .hash = PairHash};
  Table by_tag_{.next = &Membership::next_by_tag, .hash = TagHash};
  // Whose a number is, or, of those that are free, the next free one.
  union Numbered {
    Subscription* subscription;
    uint32_t next_free;
  };
  ChunkedArray<Numbered> numbers_;
  uint32_t first_free_number_ = kNone;
  size_t member_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_TAG_REGISTRY_H_
