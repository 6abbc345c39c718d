#include <string>

#include "base/limits.h"
#include "handles.h"

using kontor::Bytes;
using kontor::Code;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Valid;

namespace {

Status Unknown(uint32_t option) {
  return Status(Code::kUnsupported, "enqueue option " + std::to_string(option) +
                                        " is unknown to version " + kontor_version_string());
}

Status CheckNumber(const char* what, int64_t value, int64_t most) {
  if (value >= 0 && value <= most) return kontor::Ok();
  return Status(Code::kOutOfRange, std::string(what) + " is 0 to " + std::to_string(most) +
                                       ", not " + std::to_string(value));
}

}  // namespace

Status kontor::capi::CheckPriority(int64_t priority) {
  if (priority >= 0 && priority < kontor::limits::kPriorities) return kontor::Ok();
  return Status(Code::kOutOfRange, "priorities are 0 to " +
                                       std::to_string(kontor::limits::kPriorities - 1) + ", not " +
                                       std::to_string(priority));
}

Status kontor::capi::CheckDelay(int64_t delay_ms) {
  if (delay_ms >= 0 && delay_ms <= kontor::limits::kDelayMs) return kontor::Ok();
  return Status(Code::kOutOfRange, "delay_ms is 0 to " + std::to_string(kontor::limits::kDelayMs) +
                                       ", not " + std::to_string(delay_ms));
}

kontor::Result<kontor::NewMessage> kontor::capi::MessageOf(const kontor_enqueue_options* options,
                                                           const kontor_queue* queue) {
  if (options == nullptr) return NewMessage();
  if (!Valid(options)) return Invalid("the enqueue options");
  if (options->parent_id != 0 && Valid(queue) &&
      options->parent_engine != queue->connection->engine()) {
    return Status(Code::kInvalid, "the parent is a message of another engine");
  }
  return options->Message();
}

int32_t kontor_enqueue_options_new(kontor_enqueue_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return kontor::capi::Null("options");
    *options = nullptr;
    *options = new kontor_enqueue_options;
    return kontor::Ok();
  });
}

void kontor_enqueue_options_free(kontor_enqueue_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_enqueue_options_set_number(kontor_enqueue_options* options, uint32_t option,
                                          int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the enqueue options");
    switch (option) {
      case KONTOR_ENQUEUE_PRIORITY:
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckPriority(value));
        options->priority = static_cast<uint32_t>(value);
        return kontor::Ok();
      case KONTOR_ENQUEUE_DELAY_MS:
        KONTOR_RETURN_IF_ERROR(kontor::capi::CheckDelay(value));
        options->delay_ms = value;
        return kontor::Ok();
      case KONTOR_ENQUEUE_CHILDREN:
        KONTOR_RETURN_IF_ERROR(CheckNumber("children", value, kontor::limits::kChildren));
        options->children = static_cast<uint32_t>(value);
        return kontor::Ok();
      case KONTOR_ENQUEUE_PARENT_STEP:
        KONTOR_RETURN_IF_ERROR(
            CheckNumber("the parent's step", value, kontor::limits::kTransactionSteps - 1));
        options->parent_step = value;
        options->parent_id = 0;
        return kontor::Ok();
      default:
        return Unknown(option);
    }
  });
}

int32_t kontor_enqueue_options_set_parent(kontor_enqueue_options* options,
                                          const kontor_queue* queue, uint64_t id,
                                          kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the enqueue options");
    if (!Valid(queue)) return kontor::capi::Invalid("the parent's queue");
    if (id == 0) return Status(Code::kInvalid, "a parent has an id above 0");
    options->parent_queue = queue->queue->name();
    options->parent_engine = queue->connection->engine();
    options->parent_id = id;
    options->parent_step = kontor::NewMessage::kNoStep;
    return kontor::Ok();
  });
}

int32_t kontor_enqueue_options_set_bytes(kontor_enqueue_options* options, uint32_t option,
                                         const void* bytes, size_t length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return kontor::capi::Invalid("the enqueue options");
    if (option != KONTOR_ENQUEUE_GROUP && option != KONTOR_ENQUEUE_DEDUPLICATION_ID) {
      return Unknown(option);
    }
    const bool is_group = option == KONTOR_ENQUEUE_GROUP;
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CheckBytes(bytes, length, kontor::limits::kNameBytes,
                                 is_group ? "the group's key" : "the deduplication id"));
    (is_group ? options->group : options->deduplication_id) = kontor::capi::AsBytes(bytes, length);
    return kontor::Ok();
  });
}
