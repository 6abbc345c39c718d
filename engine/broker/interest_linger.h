#ifndef KONTOR_BROKER_INTEREST_LINGER_H_
#define KONTOR_BROKER_INTEREST_LINGER_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "base/bytes.h"
#include "broker/subject.h"

namespace kontor {

// What has lost its last subscription, and is told of that only if it gets none for a while: so who
// watches is spared what comes and goes. It has no clock: time goes on with Tick, and a while
// begins with the next one. Not thread-safe.
class InterestLinger {
 public:
  explicit InterestLinger(int64_t linger_ms) : linger_ms_(linger_ms) {}

  // Throws std::bad_alloc with nothing changed.
  void Lose(SubjectKind kind, Bytes name);
  // Whether it was lost, and nobody has been told yet: then nobody will be.
  bool Regain(SubjectKind kind, Bytes name);
  // tell(kind, name) for each that is lost long enough.
  template <typename Tell>
  void Tick(int64_t now_ms, Tell tell) {
    for (auto at = lost_.rbegin(); at != lost_.rend() && at->due_ms == kNotBegun; ++at) {
      at->due_ms = now_ms + linger_ms_;
    }
    while (!lost_.empty() && lost_.front().due_ms <= now_ms) {
      const Lost& lost = lost_.front();
      tell(lost.entry->first.kind, lost.entry->first.name);
      by_name_.erase(lost.entry);
      lost_.pop_front();
    }
  }
  size_t size() const { return by_name_.size(); }

 private:
  static constexpr int64_t kNotBegun = INT64_MAX;
  struct Lost;
  using LostList = std::list<Lost>;
  using ByName = std::map<SubjectName, LostList::iterator, SubjectNameLess>;
  struct Lost {
    int64_t due_ms;
    ByName::iterator entry;
  };

  const int64_t linger_ms_;
  LostList lost_;  // those that are due first come first
  ByName by_name_;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_INTEREST_LINGER_H_
