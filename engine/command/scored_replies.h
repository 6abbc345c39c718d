#ifndef KONTOR_COMMAND_SCORED_REPLIES_H_
#define KONTOR_COMMAND_SCORED_REPLIES_H_

#include <cstdint>

#include "base/bytes.h"
#include "command/reply_sink.h"
#include "types/sorted_set.h"

namespace kontor {

// Replies with members of a sorted set, one after the other: with their scores, if they are asked
// for, in pairs of their own in RESP3 and without in RESP2.
class ScoredReplies {
 public:
  // `count` members follow.
  ScoredReplies(ReplySink& reply, uint64_t count, bool with_scores)
      : reply_(reply), with_scores_(with_scores), in_pairs_(with_scores && reply.protocol() == 3) {
    reply_.Array(with_scores && !in_pairs_ ? count * 2 : count);
  }
  void Add(const SortedSet::Member& each) {
    if (in_pairs_) reply_.Array(2);
    reply_.Bulk(each.member.bytes());
    if (with_scores_) reply_.Double(each.score);
  }

 private:
  ReplySink& reply_;
  const bool with_scores_;
  const bool in_pairs_;
};

}  // namespace kontor

#endif  // KONTOR_COMMAND_SCORED_REPLIES_H_
