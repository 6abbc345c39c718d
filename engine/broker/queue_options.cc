#include "broker/queue_options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/random.h"

namespace kontor {
namespace {

using O = QueueOptions;
constexpr QueueOption kOptions[] = {
    {"durable", "DURABLE", &O::durable, 0, 1},
    {"lease_ms", "LEASE", &O::lease_ms, 1, limits::kLeaseMs},
    {"max_deliveries", "MAXDELIVERIES", &O::max_deliveries, 0, limits::kDeliveries},
    {"retry_delay_ms", "RETRYDELAY", &O::retry_delay_ms, 0, limits::kDelayMs},
    {"max_length", "MAXLENGTH", &O::max_length, 0, INT64_MAX},
    {"backoff", "BACKOFF", &O::backoff, 0, 1},
    {"retry_delay_max_ms", "RETRYDELAYMAX", &O::retry_delay_max_ms, 0, limits::kDelayMs},
    {"retry_jitter_percent", "RETRYJITTER", &O::retry_jitter_percent, 0, 100},
    {"deduplication_ms", "DEDUPLICATION", &O::deduplication_ms, 0, limits::kDelayMs},
    {"overflow", "OVERFLOW", &O::overflow, 0, 2},
    {"max_age_ms", "MAXAGE", &O::max_age_ms, 0, limits::kDelayMs},
    {"age_policy", "AGEPOLICY", &O::age_policy, 0, 1},
    {"rate_count", "RATE", &O::rate_count, 0, INT32_MAX},
    {"rate_window_ms", "RATEWINDOW", &O::rate_window_ms, 1, limits::kRateWindowMs},
    {"group_rate_count", "GROUPRATE", &O::group_rate_count, 0, INT32_MAX},
    {"group_rate_window_ms", "GROUPRATEWINDOW", &O::group_rate_window_ms, 1, limits::kRateWindowMs},
    {"result_ms", "RESULTS", &O::result_ms, 0, limits::kDelayMs},
    {"depth_threshold", "DEPTHTHRESHOLD", &O::depth_threshold, 0, limits::kDepthThreshold},
    {"age_threshold_ms", "AGETHRESHOLD", &O::age_threshold_ms, 0, limits::kDelayMs},
    {"compress_bytes", "COMPRESS", &O::compress_bytes, 0, limits::kMessageBytes},
};

// The first byte of the encoding. The first layout, which is still read, had five options and no
// list. The second tells how many there are: those that are missing have their defaults, and an
// older engine refuses one too many, which it would not obey.
constexpr uint8_t kFirstLayout = 1;
constexpr uint8_t kLayout = 2;

Status CheckRange(const char* option, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return Ok();
  return Status(Code::kOutOfRange, absl::StrCat("queue option ", option, " is ", value,
                                                "; it must be from ", least, " to ", most));
}

bool ReadFirstLayout(Decoder* decoder, QueueOptions* options) {
  uint8_t durable = 0;
  uint64_t max_deliveries = 0;
  uint64_t max_length = 0;
  if (!decoder->GetFixed8(&durable) || !decoder->GetSignedVarint(&options->lease_ms) ||
      !decoder->GetVarint(&max_deliveries) || !decoder->GetSignedVarint(&options->retry_delay_ms) ||
      !decoder->GetVarint(&max_length)) {
    return false;
  }
  options->durable = durable;
  options->max_deliveries = static_cast<int64_t>(max_deliveries);
  options->max_length = static_cast<int64_t>(std::min<uint64_t>(max_length, INT64_MAX));
  return true;
}

bool ReadLayout(Decoder* decoder, QueueOptions* options) {
  uint64_t numbers = 0;
  if (!decoder->GetVarint(&numbers) || numbers > std::size(kOptions)) return false;
  for (size_t i = 0; i < numbers; ++i) {
    if (!decoder->GetSignedVarint(&(options->*kOptions[i].value))) return false;
  }
  uint64_t delays = 0;
  if (!decoder->GetVarint(&delays) || delays > limits::kRetryDelays) return false;
  options->retry_delays_ms.resize(delays);
  return std::all_of(options->retry_delays_ms.begin(), options->retry_delays_ms.end(),
                     [decoder](int64_t& delay_ms) { return decoder->GetSignedVarint(&delay_ms); });
}

}  // namespace

absl::Span<const QueueOption> AllQueueOptions() { return kOptions; }

Status Validate(const QueueOptions& options) {
  for (const QueueOption& option : kOptions) {
    KONTOR_RETURN_IF_ERROR(
        CheckRange(option.name, options.*option.value, option.least, option.most));
  }
  if (options.retry_delays_ms.size() > limits::kRetryDelays) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("queue option retry_delays_ms has ", options.retry_delays_ms.size(),
                               " delays; it can have ", limits::kRetryDelays));
  }
  for (const int64_t delay_ms : options.retry_delays_ms) {
    KONTOR_RETURN_IF_ERROR(CheckRange("retry_delays_ms", delay_ms, 0, limits::kDelayMs));
  }
  return Ok();
}

int64_t RetryDelayMs(const QueueOptions& options, uint32_t deliveries, uint64_t seed) {
  const uint32_t retry = std::max(deliveries, uint32_t{1}) - 1;  // the first is number 0
  int64_t delay_ms = options.retry_delay_ms;
  if (!options.retry_delays_ms.empty()) {
    const size_t last = options.retry_delays_ms.size() - 1;
    delay_ms = options.retry_delays_ms[std::min<size_t>(retry, last)];
  } else if (options.backoff == static_cast<int64_t>(Backoff::kExponential)) {
    const int64_t most_ms =
        options.retry_delay_max_ms == 0 ? limits::kDelayMs : options.retry_delay_max_ms;
    // Doubled 40 times even one millisecond is above every limit.
    const uint32_t doublings = std::min(retry, uint32_t{40});
    delay_ms = delay_ms > (most_ms >> doublings) ? most_ms : delay_ms << doublings;
  }
  // Jitter shortens, so that a limit holds with it, too.
  const int64_t span_ms = delay_ms / 100 * options.retry_jitter_percent +
                          delay_ms % 100 * options.retry_jitter_percent / 100;
  if (span_ms == 0) return delay_ms;
  return delay_ms - static_cast<int64_t>(Random(seed).Below(static_cast<uint64_t>(span_ms) + 1));
}

std::string Encode(const QueueOptions& options) {
  std::string encoded;
  encoded.push_back(static_cast<char>(kLayout));
  PutVarint(&encoded, std::size(kOptions));
  for (const QueueOption& option : kOptions) PutSignedVarint(&encoded, options.*option.value);
  PutVarint(&encoded, options.retry_delays_ms.size());
  for (const int64_t delay_ms : options.retry_delays_ms) PutSignedVarint(&encoded, delay_ms);
  return encoded;
}

Status Decode(Bytes encoded, QueueOptions* options) {
  Decoder decoder(encoded);
  uint8_t layout = 0;
  QueueOptions read;
  if (!decoder.GetFixed8(&layout) || (layout != kFirstLayout && layout != kLayout)) {
    return Status(Code::kCorrupt, "queue options are in an unknown layout");
  }
  const bool whole =
      layout == kLayout ? ReadLayout(&decoder, &read) : ReadFirstLayout(&decoder, &read);
  if (!whole || !decoder.empty()) return Status(Code::kCorrupt, "queue options are damaged");
  const Status valid = Validate(read);
  if (!valid.ok()) return Status(Code::kCorrupt, absl::StrCat("damaged: ", valid.message()));
  *options = std::move(read);
  return Ok();
}

}  // namespace kontor
