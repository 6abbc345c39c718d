#include "verbs/sets.h"

#include <algorithm>

#include "verbs/check_limits.h"
#include "verbs/keys.h"

namespace kontor::verbs {
namespace {

// The sets of the keys; null where there is none.
Result<std::vector<const Set*>> FindAll(Operation& operation, absl::Span<const Bytes> keys) {
  std::vector<const Set*> sets;
  for (const Bytes key : keys) {
    KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
    sets.push_back(set);
  }
  return sets;
}

// Visits what is in all of the sets, until `visit` answers false. The smallest one is walked, and
// the next ones ask for least.
template <typename Visitor>
void ForEachInAll(std::vector<const Set*> sets, Visitor visit) {
  for (const Set* set : sets) {
    if (set == nullptr) return;
  }
  std::sort(sets.begin(), sets.end(),
            [](const Set* a, const Set* b) { return a->size() < b->size(); });
  bool goes_on = true;
  sets.front()->ForEach([&](const Element& member) {
    const bool in_all = goes_on && std::all_of(sets.begin() + 1, sets.end(), [&](const Set* set) {
                          return set->Contains(member.bytes());
                        });
    if (in_all) goes_on = visit(member);
  });
}

void AddAll(const Set& from, Set* to) {
  from.ForEach([to](const Element& member) { to->Add(member.bytes()); });
}

// What is in the first set and in no other. Either every member of the first is looked for in the
// others, or every member of the others is removed: whatever touches fewer members.
void Subtract(const std::vector<const Set*>& sets, Set* result) {
  const Set* const first = sets.front();
  if (first == nullptr) return;
  size_t others = 0;
  for (const Set* set : sets) others += set == nullptr ? 0 : set->size();
  others -= first->size();
  if (first->size() * (sets.size() - 1) / 2 > others) {
    AddAll(*first, result);
    for (size_t i = 1; i < sets.size(); ++i) {
      if (sets[i] == nullptr) continue;
      sets[i]->ForEach([&](const Element& member) { result->Remove(member.bytes()); });
    }
    return;
  }
  first->ForEach([&](const Element& member) {
    const bool elsewhere = std::any_of(sets.begin() + 1, sets.end(), [&](const Set* set) {
      return set != nullptr && set->Contains(member.bytes());
    });
    if (!elsewhere) result->Add(member.bytes());
  });
}

}  // namespace

Result<const Set*> SetFind(Operation& operation, Bytes key) {
  const Set* set = nullptr;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &set));
  return set;
}

Result<uint64_t> SetSize(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
  return set == nullptr ? uint64_t{0} : uint64_t{set->size()};
}

Result<bool> SetContains(Operation& operation, Bytes key, Bytes member) {
  KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
  return set != nullptr && set->Contains(member);
}

Result<uint64_t> SetAdd(Operation& operation, Bytes key, absl::Span<const Bytes> members) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  for (const Bytes member : members) KONTOR_RETURN_IF_ERROR(CheckValue(member));
  KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
  KONTOR_RETURN_IF_ERROR(CheckElements(set == nullptr ? 0 : set->size(), members.size()));
  uint64_t added = 0;
  for (const Bytes member : members) {
    if (set != nullptr && set->Contains(member)) continue;
    operation.AddMember(key, member);
    ++added;
    if (set == nullptr) KONTOR_RETURN_IF_ERROR(operation.Find(key, &set));
  }
  if (added > 0) operation.Announce(KeyEventClass::kSet, "sadd", key);
  return added;
}

Result<uint64_t> SetRemove(Operation& operation, Bytes key, absl::Span<const Bytes> members) {
  KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
  uint64_t removed = 0;
  for (const Bytes member : members) {
    if (set == nullptr || !set->Contains(member)) continue;
    const bool last = set->size() == 1;
    operation.RemoveMember(key, member);
    ++removed;
    if (last) break;  // the key is gone
  }
  if (removed > 0) operation.AnnounceTaking(KeyEventClass::kSet, "srem", key);
  return removed;
}

Result<bool> SetMove(Operation& operation, Bytes source, Bytes target, Bytes member) {
  KONTOR_ASSIGN_OR_RETURN(const Set* from, SetFind(operation, source));
  if (from == nullptr) return false;
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  KONTOR_ASSIGN_OR_RETURN(const Set* to, SetFind(operation, target));
  if (!from->Contains(member)) return false;
  if (source == target) return true;
  const bool is_new = to == nullptr || !to->Contains(member);
  if (is_new) KONTOR_RETURN_IF_ERROR(CheckElements(to == nullptr ? 0 : to->size(), 1));
  if (is_new) operation.AddMember(target, member);
  operation.RemoveMember(source, member);
  operation.AnnounceTaking(KeyEventClass::kSet, "srem", source);
  if (is_new) operation.Announce(KeyEventClass::kSet, "sadd", target);
  return true;
}

Result<std::vector<std::string>> SetPop(Operation& operation, Bytes key, uint64_t count,
                                        NextRandom next_random) {
  std::vector<std::string> popped;
  KONTOR_ASSIGN_OR_RETURN(const Set* set, SetFind(operation, key));
  if (set == nullptr || count == 0) return popped;
  for (const size_t place : ChooseDistinctPlaces(set->size(), count, next_random)) {
    const Element member = set->at(place);
    popped.emplace_back(member.bytes());
  }
  if (popped.size() == set->size()) {
    operation.Delete(key);
  } else {
    for (const std::string& member : popped) operation.RemoveMember(key, member);
  }
  operation.AnnounceTaking(KeyEventClass::kSet, "spop", key);
  return popped;
}

Result<std::unique_ptr<Set>> SetCombine(Operation& operation, SetAlgebra algebra,
                                        absl::Span<const Bytes> keys) {
  KONTOR_ASSIGN_OR_RETURN(const std::vector<const Set*> sets, FindAll(operation, keys));
  auto result = std::make_unique<Set>();
  switch (algebra) {
    case SetAlgebra::kIntersection:
      ForEachInAll(sets, [&](const Element& member) {
        result->Add(member.bytes());
        return true;
      });
      break;
    case SetAlgebra::kUnion:
      for (const Set* set : sets) {
        if (set != nullptr) AddAll(*set, result.get());
      }
      break;
    case SetAlgebra::kDifference:
      Subtract(sets, result.get());
      break;
  }
  return result;
}

Result<uint64_t> SetIntersectionSize(Operation& operation, absl::Span<const Bytes> keys,
                                     uint64_t limit) {
  KONTOR_ASSIGN_OR_RETURN(const std::vector<const Set*> sets, FindAll(operation, keys));
  uint64_t size = 0;
  ForEachInAll(sets, [&](const Element& /*member*/) { return ++size != limit; });
  return size;
}

Result<uint64_t> SetCombineInto(Operation& operation, Bytes target, SetAlgebra algebra,
                                absl::Span<const Bytes> keys) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<Set> result, SetCombine(operation, algebra, keys));
  KONTOR_RETURN_IF_ERROR(CheckElements(0, result->size()));
  const Bytes event = algebra == SetAlgebra::kIntersection ? "sinterstore"
                      : algebra == SetAlgebra::kUnion      ? "sunionstore"
                                                           : "sdiffstore";
  KeyStore(operation, KeyEventClass::kSet, event, target, [&] {
    result->ForEach([&](const Element& member) { operation.AddMember(target, member.bytes()); });
  });
  return uint64_t{result->size()};
}

}  // namespace kontor::verbs
