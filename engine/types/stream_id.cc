#include "types/stream_id.h"

#include <algorithm>

#include "types/number.h"

namespace kontor {

namespace {

bool ParsePart(Bytes text, uint64_t* value) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
  if (text.starts_with('+')) text.remove_prefix(1);
  return ParseUnsigned(text, value);
}

}  // namespace

std::string FormatStreamId(const StreamId& id) {
  return std::to_string(id.ms) + '-' + std::to_string(id.sequence);
}

bool ParseStreamId(Bytes text, uint64_t missing_sequence, StreamId* id) {
  const size_t dash = text.find('-');
  StreamId read{0, missing_sequence};
  if (!ParsePart(text.substr(0, dash), &read.ms)) return false;
  if (dash != Bytes::npos && !ParsePart(text.substr(dash + 1), &read.sequence)) return false;
  *id = read;
  return true;
}

std::optional<NewStreamId> ParseNewStreamId(Bytes text) {
  NewStreamId parsed{kNoStreamId, true};
  if (text.ends_with("-*")) {
    parsed.has_sequence = false;
    text.remove_suffix(2);
    if (text.find('-') != Bytes::npos) return std::nullopt;
  }
  if (!ParseStreamId(text, 0, &parsed.id)) return std::nullopt;
  return parsed;
}

std::optional<StreamBound> ParseStreamBound(Bytes text, uint64_t missing_sequence) {
  if (text == "-") return StreamBound{kNoStreamId, false};
  if (text == "+") return StreamBound{kGreatestStreamId, false};
  StreamBound bound{kNoStreamId, text.starts_with('(')};
  if (bound.is_excluded) text.remove_prefix(1);
  if (!ParseStreamId(text, missing_sequence, &bound.id)) return std::nullopt;
  return bound;
}

}  // namespace kontor
