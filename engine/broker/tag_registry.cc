#include "broker/tag_registry.h"

#include <bit>
#include <new>
#include <utility>

#include "base/random.h"

namespace kontor {
namespace {

// Of a process, so that nobody outside can choose tags that collide.
uint64_t Seed() {
  static const uint64_t seed = Random::SystemSeed();
  return seed;
}

uint32_t Mixed(uint64_t bits) { return static_cast<uint32_t>(Random(bits ^ Seed()).Next()); }

}  // namespace

uint32_t TagRegistry::HashOfTag(uint64_t tag) { return Mixed(tag); }

uint32_t TagRegistry::HashOfPair(uint32_t subscription, uint64_t tag) {
  return Mixed(tag + (subscription + uint64_t{1}) * 0xd6e8feb86659fd93u);
}

// Of 2^n + m buckets the first m and the last m were split already and go by one bit more.
size_t TagRegistry::Table::BucketOf(uint32_t hash_of_it) const {
  const size_t mask = std::bit_ceil(buckets()) - 1;
  const size_t bucket = hash_of_it & mask;
  return bucket < buckets() ? bucket : hash_of_it & (mask >> 1);
}

void TagRegistry::Link(Table* table, uint32_t number) {
  Membership& membership = memberships_[number];
  uint32_t& head = table->HeadOf(table->BucketOf(table->hash(membership)));
  membership.*table->next = head;
  head = number;
  ++table->size;
  // Two, in case there was no memory for one before.
  for (int splits = 0; splits < 2 && table->buckets() < table->size; ++splits) SplitBucket(table);
}

void TagRegistry::Unlink(Table* table, uint32_t number) {
  const Membership& membership = memberships_[number];
  uint32_t* link = &table->HeadOf(table->BucketOf(table->hash(membership)));
  while (*link != number) link = &(memberships_[*link].*table->next);
  *link = membership.*table->next;
  --table->size;
  for (int joins = 0; joins < 2 && table->buckets() > 1 && table->buckets() / 2 > table->size;
       ++joins) {
    JoinBucket(table);
  }
}

// The next bucket takes its part of the one whose number lacks its highest bit.
void TagRegistry::SplitBucket(Table* table) {
  try {
    table->more_heads.PushBack(kNone);
  } catch (const std::bad_alloc&) {
    return;  // the chains are a little longer
  }
  const size_t added = table->buckets() - 1;
  uint32_t* link = &table->HeadOf(added - std::bit_floor(added));
  while (*link != kNone) {
    const uint32_t number = *link;
    Membership& membership = memberships_[number];
    if (table->BucketOf(table->hash(membership)) == added) {
      *link = membership.*table->next;
      membership.*table->next = table->HeadOf(added);
      table->HeadOf(added) = number;
    } else {
      link = &(membership.*table->next);
    }
  }
}

void TagRegistry::JoinBucket(Table* table) {
  const size_t last = table->buckets() - 1;
  uint32_t* link = &table->HeadOf(last - std::bit_floor(last));
  while (*link != kNone) link = &(memberships_[*link].*table->next);
  *link = table->HeadOf(last);
  table->more_heads.PopBack();
}

template <typename Matches>
uint32_t TagRegistry::Find(const Table& table, uint32_t hash, Matches matches) const {
  uint32_t number = table.HeadOf(table.BucketOf(hash));
  while (number != kNone && !matches(memberships_[number])) {
    number = memberships_[number].*table.next;
  }
  return number;
}

uint32_t TagRegistry::FindPair(uint32_t subscription, uint64_t tag) const {
  return Find(by_pair_, HashOfPair(subscription, tag), [&](const Membership& membership) {
    return membership.tag == tag && membership.subscription == subscription;
  });
}

uint32_t TagRegistry::FindTag(uint64_t tag) const {
  return Find(by_tag_, HashOfTag(tag),
              [&](const Membership& membership) { return membership.tag == tag; });
}

void TagRegistry::Enter(Subscription* subscription) {
  if (first_free_number_ == kNone) {
    numbers_.PushBack({.next_free = kNone});
    first_free_number_ = static_cast<uint32_t>(numbers_.size() - 1);
  }
  subscription->number = first_free_number_;
  Numbered& place = numbers_[subscription->number];
  first_free_number_ = place.next_free;
  place.subscription = subscription;
}

void TagRegistry::Leave(Subscription* subscription) {
  numbers_[subscription->number].next_free = first_free_number_;
  first_free_number_ = subscription->number;
}

void TagRegistry::MakeFree() {
  if (first_free_ != kNone) return;
  memberships_.PushBack(Membership{});
  first_free_ = static_cast<uint32_t>(memberships_.size() - 1);
  memberships_[first_free_].next_by_tag = kNone;
}

bool TagRegistry::Add(Subscription* subscription, uint64_t tag, uint64_t since) {
  if (FindPair(subscription->number, tag) != kNone) return false;
  MakeFree();
  const uint32_t number = first_free_;
  MemberArray& members = subscription->members;
  const size_t before = members.heap_bytes();
  members.PushBack(tag, number);
  member_bytes_ += members.heap_bytes() - before;
  Membership& membership = memberships_[number];
  first_free_ = membership.next_by_tag;
  membership.tag = tag;
  membership.since = since;
  membership.subscription = subscription->number;
  membership.place = members.size() - 1;
  subscription->newest_since = since;
  Link(&by_pair_, number);
  LinkTag(number);
  ++count_;
  return true;
}

// Behind the first one of its tag, if there is one.
void TagRegistry::LinkTag(uint32_t number) {
  Membership& membership = memberships_[number];
  const uint32_t first = FindTag(membership.tag);
  membership.previous_of_tag = first;
  membership.next_of_tag = first == kNone ? kNone : memberships_[first].next_of_tag;
  if (first == kNone) {
    Link(&by_tag_, number);
    return;
  }
  memberships_[first].next_of_tag = number;
  if (membership.next_of_tag != kNone) {
    memberships_[membership.next_of_tag].previous_of_tag = number;
  }
}

void TagRegistry::UnlinkTag(uint32_t number) {
  const uint32_t next = memberships_[number].next_of_tag;
  const uint32_t previous = memberships_[number].previous_of_tag;
  if (next != kNone) memberships_[next].previous_of_tag = previous;
  if (previous != kNone) {
    memberships_[previous].next_of_tag = next;
    return;
  }
  Unlink(&by_tag_, number);
  if (next != kNone) Link(&by_tag_, next);
}

void TagRegistry::RemoveMembership(uint32_t number) {
  Unlink(&by_pair_, number);
  UnlinkTag(number);
  Membership& membership = memberships_[number];
  MemberArray& members = SubscriptionOf(membership)->members;
  const size_t before = members.heap_bytes();
  const uint32_t moved = members.Erase(membership.place);
  member_bytes_ -= before - members.heap_bytes();
  if (moved != kNone) memberships_[moved].place = membership.place;
  membership.next_by_tag = std::exchange(first_free_, number);
  if (--count_ > 0) return;
  memberships_ = {};
  first_free_ = kNone;
}

bool TagRegistry::Remove(Subscription* subscription, uint64_t tag) {
  const uint32_t number = FindPair(subscription->number, tag);
  if (number == kNone) return false;
  RemoveMembership(number);
  return true;
}

Subscription* TagRegistry::RemoveAny(uint64_t tag) {
  const uint32_t first = FindTag(tag);
  if (first == kNone) return nullptr;
  // Not the first one, so that another need not take its place.
  const uint32_t next = memberships_[first].next_of_tag;
  const uint32_t number = next == kNone ? first : next;
  Subscription* const subscription = SubscriptionOf(memberships_[number]);
  RemoveMembership(number);
  return subscription;
}

void TagRegistry::AppendTags(const Subscription& subscription, uint64_t sequence,
                             std::vector<uint64_t>* tags) const {
  tags->reserve(tags->size() + subscription.members.size());
  const bool all = subscription.newest_since < sequence;
  subscription.members.ForEachRun(
      [&](const uint64_t* run, const uint32_t* memberships, size_t count) {
        if (all && count == 1) {
          tags->push_back(run[0]);
        } else if (all) {
          tags->insert(tags->end(), run, run + count);
        } else {
          for (size_t i = 0; i < count; ++i) {
            if (memberships_[memberships[i]].since < sequence) tags->push_back(run[i]);
          }
        }
      });
}

size_t TagRegistry::memory_bytes() const {
  return memberships_.memory_bytes() + by_pair_.more_heads.memory_bytes() +
         by_tag_.more_heads.memory_bytes() + numbers_.memory_bytes() + member_bytes_;
}

}  // namespace kontor
