#ifndef KONTOR_BROKER_QUEUE_OPTIONS_H_
#define KONTOR_BROKER_QUEUE_OPTIONS_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

struct QueueOptions {
  bool durable = true;  // journaled; otherwise the messages live as long as the process
  int64_t lease_ms =
      30'000;  // how long a taken message is its taker's, unless the take says otherwise
  uint32_t max_deliveries =
      0;  // a message not acknowledged after so many goes to the dead letters; 0: never
  int64_t retry_delay_ms =
      0;                    // how long a returned or expired message rests before it is ready again
  uint64_t max_length = 0;  // messages that are not dead; more are refused (kFull); 0: no limit

  friend bool operator==(const QueueOptions&, const QueueOptions&) = default;
};

// kOutOfRange, naming the option and its bounds.
Status Validate(const QueueOptions& options);

// The body of a kQueueDeclare effect (persist/FORMAT.md). Decode answers kCorrupt for anything
// else.
std::string Encode(const QueueOptions& options);
Status Decode(Bytes encoded, QueueOptions* options);

}  // namespace kontor

#endif  // KONTOR_BROKER_QUEUE_OPTIONS_H_
