#include "broker/retention_options.h"

#include "absl/strings/str_cat.h"
#include "base/codec.h"
#include "base/limits.h"

namespace kontor {
namespace {

using O = RetentionOptions;
constexpr RetentionOption kOptions[] = {
    {"durable", "DURABLE", &O::durable, 0, 1},
    {"last_count", "COUNT", &O::last_count, 0, limits::kRetainedMessages},
    {"last_ms", "AGE", &O::last_ms, 0, limits::kDelayMs},
    {"max_bytes", "BYTES", &O::max_bytes, 0, INT64_MAX},
};

// The first byte of the encoding. What comes later gets a new one, so that an older engine refuses
// what it would not obey.
constexpr uint8_t kLayout = 1;

}  // namespace

absl::Span<const RetentionOption> AllRetentionOptions() { return kOptions; }

Status Validate(const RetentionOptions& options) {
  for (const RetentionOption& option : kOptions) {
    const int64_t value = options.*option.value;
    if (value >= option.least && value <= option.most) continue;
    return Status(Code::kOutOfRange,
                  absl::StrCat("channel option ", option.name, " is ", value, "; it must be from ",
                               option.least, " to ", option.most));
  }
  return Ok();
}

std::string Encode(const RetentionOptions& options) {
  std::string encoded;
  encoded.push_back(static_cast<char>(kLayout));
  for (const RetentionOption& option : kOptions) PutSignedVarint(&encoded, options.*option.value);
  return encoded;
}

Status Decode(Bytes encoded, RetentionOptions* options) {
  Decoder decoder(encoded);
  uint8_t layout = 0;
  if (!decoder.GetFixed8(&layout) || layout != kLayout) {
    return Status(Code::kCorrupt, "channel options are in an unknown layout");
  }
  RetentionOptions read;
  for (const RetentionOption& option : kOptions) {
    if (!decoder.GetSignedVarint(&(read.*option.value))) {
      return Status(Code::kCorrupt, "channel options are damaged");
    }
  }
  if (!decoder.empty()) return Status(Code::kCorrupt, "channel options are damaged");
  const Status valid = Validate(read);
  if (!valid.ok()) return Status(Code::kCorrupt, absl::StrCat("damaged: ", valid.message()));
  *options = read;
  return Ok();
}

}  // namespace kontor
