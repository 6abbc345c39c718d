#ifndef KONTOR_BROKER_RETENTION_OPTIONS_H_
#define KONTOR_BROKER_RETENTION_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// What a channel keeps of what is published on it. The names and bounds are in one table
// (AllRetentionOptions), from which the bindings, the commands and the file format are made.
struct RetentionOptions {
  int64_t durable = 1;
  int64_t last_count = 1000;  // so many messages at most; with 0 they are only numbered
  int64_t last_ms = 0;        // none that is older; 0: of any age
  int64_t max_bytes = 0;      // bodies of all that are kept; one always fits; 0: no limit

  friend bool operator==(const RetentionOptions&, const RetentionOptions&) = default;
};

struct RetentionOption {
  const char* name;      // in C, C++ and Python
  const char* argument;  // of CH.DECLARE
  int64_t RetentionOptions::*value;
  int64_t least;
  int64_t most;
};
// In the order of their numbers in the C ABI and of the file format: never reordered.
absl::Span<const RetentionOption> AllRetentionOptions();

// kOutOfRange, naming the option and its bounds.
Status Validate(const RetentionOptions& options);

// The body of a kChannelDeclare effect (persist/FORMAT.md). Decode answers kCorrupt for anything
// else.
std::string Encode(const RetentionOptions& options);
Status Decode(Bytes encoded, RetentionOptions* options);

}  // namespace kontor

#endif  // KONTOR_BROKER_RETENTION_OPTIONS_H_
