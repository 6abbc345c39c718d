#ifndef KONTOR_BROKER_SUBJECT_INDEX_H_
#define KONTOR_BROKER_SUBJECT_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "broker/glob_index.h"
#include "broker/linked_table.h"
#include "broker/name_hash.h"
#include "broker/subject.h"
#include "broker/token_trie.h"

namespace kontor {

// The subjects of one engine, by name and by the channels they match. Adding throws std::bad_alloc
// with nothing changed; removing needs no memory. Not thread-safe.
class SubjectIndex {
 public:
  SubjectIndex() = default;
  SubjectIndex(const SubjectIndex&) = delete;
  SubjectIndex& operator=(const SubjectIndex&) = delete;
  ~SubjectIndex();

  // Null if there is none.
  Subject* Find(SubjectKind kind, Bytes name) const {
    return Table(kind).Find(NameHash(name),
                            [&](const Subject& subject) { return subject.name() == name; });
  }
  // It must not be there; a token pattern must be valid.
  Subject* Add(SubjectKind kind, Bytes name);
  // Takes it out and frees it.
  void Remove(Subject* subject);

  size_t count(SubjectKind kind) const { return Table(kind).size(); }
  bool has_patterns() const {
    return count(SubjectKind::kPattern) + count(SubjectKind::kTokens) != 0;
  }
  // visit(subject); it must not change the index.
  template <typename Visit>
  void ForEach(SubjectKind kind, Visit visit) const {
    Table(kind).ForEach(visit);
  }
  // visit(subject) for the channel of this name and each pattern that matches it, once.
  template <typename Visit>
  void ForEachMatch(Bytes channel, Visit visit) const {
    if (Subject* const exact = Find(SubjectKind::kChannel, channel); exact != nullptr) visit(exact);
    if (count(SubjectKind::kPattern) != 0) globs_.ForEachMatch(channel, visit);
    if (count(SubjectKind::kTokens) != 0) tokens_.ForEachMatch(channel, visit);
  }

  // What all of it takes of the heap, except what readers take beside their subject.
  size_t memory_bytes() const;

 private:
  using Subjects = LinkedTable<Subject>;
  Subjects& Table(SubjectKind kind) { return tables_[static_cast<size_t>(kind)]; }
  const Subjects& Table(SubjectKind kind) const { return tables_[static_cast<size_t>(kind)]; }

  std::array<Subjects, kSubjectKinds> tables_;
  GlobIndex globs_;
  TokenTrie tokens_;
  size_t subject_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_SUBJECT_INDEX_H_
