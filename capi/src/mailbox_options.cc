#include <string>

#include "handles.h"

namespace {

using kontor::Code;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Valid;

// False for an option this version does not know.
bool SetNumber(kontor::MailboxOptions* options, uint32_t option, int64_t value) {
  switch (option) {
    case KONTOR_MAILBOX_CAPACITY_MESSAGES:
      options->capacity_messages = static_cast<uint64_t>(value);
      return true;
    case KONTOR_MAILBOX_CAPACITY_BYTES:
      options->capacity_bytes = value == 0 ? UINT64_MAX : static_cast<uint64_t>(value);
      return true;
    case KONTOR_MAILBOX_OVERFLOW:
      options->overflow = static_cast<kontor::OverflowPolicy>(value);
      return true;
    case KONTOR_MAILBOX_BLOCK_MS:
      options->block_ms = value;
      return true;
    case KONTOR_MAILBOX_INTEREST_LINGER_MS:
      options->interest_linger_ms = value;
      return true;
    default:
      return false;
  }
}

}  // namespace

int32_t kontor_mailbox_options_new(kontor_mailbox_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return kontor::capi::Null("options");
    *options = nullptr;
    *options = new kontor_mailbox_options;
    return kontor::Ok();
  });
}

void kontor_mailbox_options_free(kontor_mailbox_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_mailbox_options_set_number(kontor_mailbox_options* options, uint32_t option,
                                          int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the mailbox options");
    kontor::MailboxOptions changed = options->options;
    if (!SetNumber(&changed, option, value)) {
      return Status(Code::kUnsupported, "mailbox option " + std::to_string(option) +
                                            " is unknown to version " + kontor_version_string());
    }
    if (value < 0 || (option == KONTOR_MAILBOX_OVERFLOW && value > UINT32_MAX)) {
      return Status(Code::kOutOfRange, "mailbox option " + std::to_string(option) + " cannot be " +
                                           std::to_string(value));
    }
    KONTOR_RETURN_IF_ERROR(kontor::Validate(changed));
    options->options = changed;
    return kontor::Ok();
  });
}
