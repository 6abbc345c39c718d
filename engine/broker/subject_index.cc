#include "broker/subject_index.h"

namespace kontor {

SubjectIndex::~SubjectIndex() {
  for (const Subjects& table : tables_) {
    table.ForEach([](Subject* subject) { subject->DropReference(); });
  }
}

Subject* SubjectIndex::Add(SubjectKind kind, Bytes name) {
  Subject* const subject = Subject::Make(name, NameHash(name), kind);
  try {
    if (kind == SubjectKind::kPattern) globs_.Add(subject);
    if (kind == SubjectKind::kTokens) tokens_.Add(subject);
  } catch (...) {
    Subject::Free(subject);
    throw;
  }
  Table(kind).Insert(subject);
  subject_bytes_ += subject->heap_bytes();
  return subject;
}

void SubjectIndex::Remove(Subject* subject) {
  Table(subject->kind).Remove(subject);
  if (subject->kind == SubjectKind::kPattern) globs_.Remove(subject);
  if (subject->kind == SubjectKind::kTokens) tokens_.Remove(subject);
  subject_bytes_ -= subject->heap_bytes();
  subject->DropReference();
}

size_t SubjectIndex::memory_bytes() const {
  size_t bytes = globs_.memory_bytes() + tokens_.memory_bytes() + subject_bytes_;
  for (const Subjects& table : tables_) bytes += table.memory_bytes();
  return bytes;
}

}  // namespace kontor
