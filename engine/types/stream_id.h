#ifndef KONTOR_TYPES_STREAM_ID_H_
#define KONTOR_TYPES_STREAM_ID_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kontor {

// What names an entry of a stream: Unix milliseconds, and a number that tells those of one
// millisecond apart. (No member has an initializer, so that it may lie in a CountedTree.)
struct StreamId {
  uint64_t ms;
  uint64_t sequence;

  friend constexpr bool operator==(const StreamId&, const StreamId&) = default;
  friend constexpr std::strong_ordering operator<=>(const StreamId& one, const StreamId& other) {
    return one.ms != other.ms ? one.ms <=> other.ms : one.sequence <=> other.sequence;
  }

  // None after the greatest; none before the least.
  constexpr std::optional<StreamId> Next() const {
    if (sequence != UINT64_MAX) return StreamId{ms, sequence + 1};
    if (ms != UINT64_MAX) return StreamId{ms + 1, 0};
    return std::nullopt;
  }
  constexpr std::optional<StreamId> Previous() const {
    if (sequence != 0) return StreamId{ms, sequence - 1};
    if (ms != 0) return StreamId{ms - 1, UINT64_MAX};
    return std::nullopt;
  }
};

// No entry has this one: it stands for "none yet".
inline constexpr StreamId kNoStreamId = {0, 0};
inline constexpr StreamId kGreatestStreamId = {UINT64_MAX, UINT64_MAX};

// "ms-sequence", in decimal.
std::string FormatStreamId(const StreamId& id);

// Reads "ms-sequence", or "ms" alone, which then has the sequence `missing_sequence`. Digits, with
// zeros, white space or a plus sign in front as Redis lets them; false if it is anything else.
bool ParseStreamId(Bytes text, uint64_t missing_sequence, StreamId* id);

// What XADD takes beside "*": an id, of which "ms-*" leaves the sequence to the stream.
struct NewStreamId {
  StreamId id;  // sequence 0 if it is not given
  bool has_sequence;
};
std::optional<NewStreamId> ParseNewStreamId(Bytes text);

// One end of a range: an id, "-" or "+" for the least and the greatest, or "(" before an id that
// does not belong to the range itself: its Next or Previous does, and where there is none the range
// is refused.
struct StreamBound {
  StreamId id;
  bool is_excluded;
};
// An id without a sequence has `missing_sequence`: 0 where a range begins, UINT64_MAX where it
// ends.
std::optional<StreamBound> ParseStreamBound(Bytes text, uint64_t missing_sequence);

}  // namespace kontor

#endif  // KONTOR_TYPES_STREAM_ID_H_
