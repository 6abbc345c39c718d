#ifndef KONTOR_BROKER_SUBJECT_H_
#define KONTOR_BROKER_SUBJECT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "base/bytes.h"
#include "broker/linked_table.h"

namespace kontor {

struct Subscription;

enum class SubjectKind : uint32_t {
  kChannel = 0,  // exact name
  kPattern = 1,  // Redis glob (base/glob.h)
  kTokens = 2,   // tokens between dots, with wildcards (broker/token_trie.h)
};
inline constexpr size_t kSubjectKinds = 3;

// A channel or pattern, whether there is a Subject of it or not.
struct SubjectName {
  SubjectKind kind;
  std::string name;

  friend bool operator==(const SubjectName&, const SubjectName&) = default;
};
// Finds one without making one, which would need memory.
struct SubjectNameLess {
  using is_transparent = void;
  using Key = std::pair<SubjectKind, Bytes>;
  static Key KeyOf(const SubjectName& subject) { return {subject.kind, subject.name}; }
  static const Key& KeyOf(const Key& key) { return key; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return KeyOf(a) < KeyOf(b);
  }
};

// A channel or pattern with at least one subscription. It stays as long as a subscription does, in
// the index or not, because what still waits in a mailbox is told with its name.
struct Subject : NamedNode<Subject> {
  explicit Subject(SubjectKind of_kind) : kind(of_kind) {}

  void AddReference() { references.fetch_add(1, std::memory_order_relaxed); }
  // Releases what was done with it; the last one acquires it and frees.
  void DropReference() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) Free(this);
  }

  const SubjectKind kind;
  std::atomic<uint32_t> references{1};  // the index's own
  // One for each mailbox, in no order.
  absl::InlinedVector<Subscription*, 2> readers;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_SUBJECT_H_
