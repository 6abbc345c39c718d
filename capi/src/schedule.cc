#include <string>

#include "base/limits.h"
#include "handles.h"
#include "verbs/queue_schedules.h"

namespace {

using kontor::Code;
using kontor::Ok;
using kontor::ScheduleOptions;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckBytes;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

// In the order of their numbers.
constexpr int64_t ScheduleOptions::*kNumbers[] = {
    &ScheduleOptions::every_ms, &ScheduleOptions::first_unix_ms, &ScheduleOptions::missed,
    &ScheduleOptions::priority};
struct Text {
  std::string ScheduleOptions::*value;
  size_t most;
  const char* name;
};
constexpr Text kTexts[] = {
    {&ScheduleOptions::cron, kontor::limits::kReasonBytes, "the cron expression"},
    {&ScheduleOptions::time_zone, kontor::limits::kNameBytes, "the time zone"},
    {&ScheduleOptions::group, kontor::limits::kNameBytes, "the group's key"},
    {&ScheduleOptions::body, kontor::limits::kMessageBytes, "the message"}};

Status Unknown(uint32_t option) {
  return Status(Code::kUnsupported, "schedule option " + std::to_string(option) +
                                        " is unknown to version " + kontor_version_string());
}

// Runs a verb on a named schedule of the queue of a handle.
template <typename Verb>
int32_t OnSchedule(kontor_queue* queue, const void* name, size_t name_length, kontor_error* error,
                   Verb verb) noexcept {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(queue, &connection));
    KONTOR_RETURN_IF_ERROR(
        CheckBytes(name, name_length, kontor::limits::kNameBytes, "the schedule's name"));
    return verb(connection->core(), queue->queue.get(), AsBytes(name, name_length));
  });
}

}  // namespace

int32_t kontor_schedule_options_new(kontor_schedule_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return Null("options");
    *options = nullptr;
    *options = new kontor_schedule_options;
    return Ok();
  });
}

void kontor_schedule_options_free(kontor_schedule_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_schedule_options_set_number(kontor_schedule_options* options, uint32_t option,
                                           int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return Invalid("the schedule options");
    if (option == 0 || option > std::size(kNumbers)) return Unknown(option);
    options->options.*kNumbers[option - 1] = value;
    return Ok();
  });
}

int32_t kontor_schedule_options_set_bytes(kontor_schedule_options* options, uint32_t option,
                                          const void* bytes, size_t length, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return Invalid("the schedule options");
    if (option == 0 || option > std::size(kTexts)) return Unknown(option);
    const Text& text = kTexts[option - 1];
    KONTOR_RETURN_IF_ERROR(CheckBytes(bytes, length, text.most, text.name));
    options->options.*text.value = AsBytes(bytes, length);
    return Ok();
  });
}

int32_t kontor_queue_schedule(kontor_queue* queue, const void* name, size_t name_length,
                              const kontor_schedule_options* options, kontor_error* error) {
  return OnSchedule(
      queue, name, name_length, error,
      [&](kontor::Core* core, kontor::WorkQueue* work_queue, kontor::Bytes schedule) -> Status {
        if (!Valid(options)) return Invalid("the schedule options");
        return kontor::verbs::SetSchedule(core, work_queue, schedule, options->options);
      });
}

int32_t kontor_queue_unschedule(kontor_queue* queue, const void* name, size_t name_length,
                                kontor_error* error) {
  return OnSchedule(queue, name, name_length, error, kontor::verbs::DeleteSchedule);
}

int32_t kontor_queue_next_run(kontor_queue* queue, const void* name, size_t name_length,
                              int64_t* next_unix_ms, kontor_error* error) {
  if (next_unix_ms != nullptr) *next_unix_ms = 0;
  return OnSchedule(
      queue, name, name_length, error,
      [&](kontor::Core* core, kontor::WorkQueue* work_queue, kontor::Bytes schedule) -> Status {
        if (next_unix_ms == nullptr) return Null("next_unix_ms");
        KONTOR_ASSIGN_OR_RETURN(const kontor::verbs::ScheduleView view,
                                kontor::verbs::FindSchedule(core, work_queue, schedule));
        *next_unix_ms = view.next_unix_ms;
        return Ok();
      });
}
