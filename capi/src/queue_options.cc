#include <string>

#include "handles.h"

namespace {

using kontor::Code;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Valid;

// False for an option this version does not know.
bool SetNumber(kontor::QueueOptions* options, uint32_t option, int64_t value) {
  switch (option) {
    case KONTOR_QUEUE_DURABLE:
      options->durable = value != 0;
      return true;
    case KONTOR_QUEUE_LEASE_MS:
      options->lease_ms = value;
      return true;
    case KONTOR_QUEUE_MAX_DELIVERIES:
      options->max_deliveries = static_cast<uint32_t>(value);
      return true;
    case KONTOR_QUEUE_RETRY_DELAY_MS:
      options->retry_delay_ms = value;
      return true;
    case KONTOR_QUEUE_MAX_LENGTH:
      options->max_length = static_cast<uint64_t>(value);
      return true;
    default:
      return false;
  }
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
    kontor::QueueOptions changed = options->options;
    if (!SetNumber(&changed, option, value)) {
      return Status(Code::kUnsupported, "queue option " + std::to_string(option) +
                                            " is unknown to version " + kontor_version_string());
    }
    if (value < 0 || (option == KONTOR_QUEUE_DURABLE && value > 1) ||
        (option == KONTOR_QUEUE_MAX_DELIVERIES && value > UINT32_MAX)) {
      return Status(Code::kOutOfRange, "queue option " + std::to_string(option) + " cannot be " +
                                           std::to_string(value));
    }
    KONTOR_RETURN_IF_ERROR(kontor::Validate(changed));
    options->options = changed;
    return kontor::Ok();
  });
}
