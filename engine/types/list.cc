#include "types/list.h"

#include <algorithm>

namespace kontor {

size_t List::Remove(Bytes value, int64_t count) {
  const size_t matches = static_cast<size_t>(std::count(elements_.begin(), elements_.end(), value));
  const size_t wanted = count == 0 ? matches : static_cast<size_t>(count < 0 ? -count : count);
  const size_t erased = std::min(matches, wanted);
  // Of the matches, in their order, those from `first` on go.
  const size_t first = count < 0 ? matches - erased : 0;
  size_t met = 0;
  std::erase_if(elements_, [&](const std::string& element) {
    if (element != value) return false;
    const bool goes = met >= first && met < first + erased;
    ++met;
    return goes;
  });
  return erased;
}

}  // namespace kontor
