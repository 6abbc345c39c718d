#include <string>
#include <utility>

#include "absl/types/span.h"
#include "base/limits.h"
#include "handles.h"

namespace {

using kontor::Code;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Valid;

Status Unknown(uint32_t option) {
  return Status(Code::kUnsupported, "queue option " + std::to_string(option) +
                                        " is unknown to version " + kontor_version_string());
}

}  // namespace

int32_t kontor_queue_options_new(kontor_queue_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return kontor::capi::Null("options");
    *options = nullptr;
    *options = new kontor_queue_options;
    return kontor::Ok();
  });
}

void kontor_queue_options_free(kontor_queue_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_queue_options_set_number(kontor_queue_options* options, uint32_t option,
                                        int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the queue options");
    // The numbers of the C ABI are places in the table.
    const absl::Span<const kontor::QueueOption> all = kontor::AllQueueOptions();
    if (option == 0 || option > all.size()) return Unknown(option);
    kontor::QueueOptions changed = options->options;
    changed.*all[option - 1].value = value;
    KONTOR_RETURN_IF_ERROR(kontor::Validate(changed));
    options->options = std::move(changed);
    return kontor::Ok();
  });
}

int32_t kontor_queue_options_set_numbers(kontor_queue_options* options, uint32_t option,
                                         const int64_t* values, size_t count, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the queue options");
    if (option != KONTOR_QUEUE_RETRY_DELAYS_MS) return Unknown(option);
    if (values == nullptr && count != 0) return kontor::capi::Null("values");
    if (count > kontor::limits::kRetryDelays) {
      return Status(Code::kOutOfRange, "a queue has up to " +
                                           std::to_string(kontor::limits::kRetryDelays) +
                                           " delays for retries, not " + std::to_string(count));
    }
    kontor::QueueOptions changed = options->options;
    changed.retry_delays_ms.assign(values, values + count);
    KONTOR_RETURN_IF_ERROR(kontor::Validate(changed));
    options->options = std::move(changed);
    return kontor::Ok();
  });
}

int32_t kontor_queue_options_number(const kontor_queue_options* options, uint32_t option,
                                    int64_t* value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (value == nullptr) return kontor::capi::Null("value");
    *value = 0;
    if (!Valid(options)) return kontor::capi::Invalid("the queue options");
    const absl::Span<const kontor::QueueOption> all = kontor::AllQueueOptions();
    if (option == 0 || option > all.size()) return Unknown(option);
    *value = options->options.*all[option - 1].value;
    return kontor::Ok();
  });
}

int32_t kontor_queue_options_numbers(const kontor_queue_options* options, uint32_t option,
                                     const int64_t** values, size_t* count, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (values != nullptr) *values = nullptr;
    if (count != nullptr) *count = 0;
    if (values == nullptr) return kontor::capi::Null("values");
    if (count == nullptr) return kontor::capi::Null("count");
    if (!Valid(options)) return kontor::capi::Invalid("the queue options");
    if (option != KONTOR_QUEUE_RETRY_DELAYS_MS) return Unknown(option);
    *values = options->options.retry_delays_ms.data();
    *count = options->options.retry_delays_ms.size();
    return kontor::Ok();
  });
}
