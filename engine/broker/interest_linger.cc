#include "broker/interest_linger.h"

namespace kontor {

void InterestLinger::Lose(SubjectKind kind, Bytes name) {
  const ByName::iterator entry =
      by_name_.insert_or_assign(SubjectName{kind, std::string(name)}, LostList::iterator()).first;
  try {
    entry->second = lost_.insert(lost_.end(), Lost{kNotBegun, entry});
  } catch (...) {
    by_name_.erase(entry);
    throw;
  }
}

bool InterestLinger::Regain(SubjectKind kind, Bytes name) {
  const auto entry = by_name_.find(SubjectNameLess::Key(kind, name));
  if (entry == by_name_.end()) return false;
  lost_.erase(entry->second);
  by_name_.erase(entry);
  return true;
}

}  // namespace kontor
