#include "broker/queue_options.h"

#include "absl/strings/str_cat.h"
#include "base/codec.h"
#include "base/limits.h"

namespace kontor {
namespace {

// The first byte of the encoding. A field that comes later gets a new layout, so that an older
// engine refuses what it would not obey.
constexpr uint8_t kLayout = 1;

Status OutOfRange(const char* option, int64_t value, int64_t least, int64_t most) {
  return Status(Code::kOutOfRange, absl::StrCat("queue option ", option, " is ", value,
                                                "; it must be from ", least, " to ", most));
}

}  // namespace

Status Validate(const QueueOptions& options) {
  if (options.lease_ms < 1 || options.lease_ms > limits::kLeaseMs) {
    return OutOfRange("lease_ms", options.lease_ms, 1, limits::kLeaseMs);
  }
  if (options.max_deliveries > limits::kDeliveries) {
    return OutOfRange("max_deliveries", options.max_deliveries, 0, limits::kDeliveries);
  }
  if (options.retry_delay_ms < 0 || options.retry_delay_ms > limits::kDelayMs) {
    return OutOfRange("retry_delay_ms", options.retry_delay_ms, 0, limits::kDelayMs);
  }
  return Ok();
}

std::string Encode(const QueueOptions& options) {
  std::string encoded;
  encoded.push_back(static_cast<char>(kLayout));
  encoded.push_back(options.durable ? 1 : 0);
  PutSignedVarint(&encoded, options.lease_ms);
  PutVarint(&encoded, options.max_deliveries);
  PutSignedVarint(&encoded, options.retry_delay_ms);
  PutVarint(&encoded, options.max_length);
  return encoded;
}

Status Decode(Bytes encoded, QueueOptions* options) {
  Decoder decoder(encoded);
  uint8_t layout = 0;
  uint8_t durable = 0;
  uint64_t max_deliveries = 0;
  QueueOptions read;
  if (!decoder.GetFixed8(&layout) || layout != kLayout) {
    return Status(Code::kCorrupt, "queue options are in an unknown layout");
  }
  if (!decoder.GetFixed8(&durable) || durable > 1 || !decoder.GetSignedVarint(&read.lease_ms) ||
      !decoder.GetVarint(&max_deliveries) || max_deliveries > limits::kDeliveries ||
      !decoder.GetSignedVarint(&read.retry_delay_ms) || !decoder.GetVarint(&read.max_length) ||
      !decoder.empty()) {
    return Status(Code::kCorrupt, "queue options are damaged");
  }
  read.durable = durable == 1;
  read.max_deliveries = static_cast<uint32_t>(max_deliveries);
  const Status valid = Validate(read);
  if (!valid.ok()) return Status(Code::kCorrupt, absl::StrCat("damaged: ", valid.message()));
  *options = read;
  return Ok();
}

}  // namespace kontor
