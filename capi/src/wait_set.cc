#include <memory>

#include "absl/types/span.h"
#include "handles.h"
#include "os/descriptor_set.h"

using kontor::Code;
using kontor::DescriptorSet;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

struct kontor_wait_set : kontor::capi::Handle<24> {
  std::unique_ptr<DescriptorSet> set;
};

int32_t kontor_wait_set_new(kontor_wait_set** set, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (set == nullptr) return Null("set");
    *set = nullptr;
    auto handle = std::make_unique<kontor_wait_set>();
    KONTOR_ASSIGN_OR_RETURN(handle->set, DescriptorSet::Create());
    *set = handle.release();
    return Ok();
  });
}

void kontor_wait_set_free(kontor_wait_set* set) {
  if (Valid(set)) delete set;
}

int32_t kontor_wait_set_add(kontor_wait_set* set, int32_t descriptor, uint64_t tag,
                            kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(set)) return Invalid("the wait set");
    return set->set->Add(descriptor, tag);
  });
}

int32_t kontor_wait_set_remove(kontor_wait_set* set, int32_t descriptor, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(set)) return Invalid("the wait set");
    return set->set->Remove(descriptor);
  });
}

int32_t kontor_wait_set_wait(kontor_wait_set* set, int64_t timeout_ms, uint64_t* tags,
                             size_t capacity, size_t* count, kontor_error* error) {
  if (count != nullptr) *count = 0;
  return Guarded(error, [&]() -> Status {
    if (!Valid(set)) return Invalid("the wait set");
    if (tags == nullptr) return Null("tags");
    if (count == nullptr) return Null("count");
    if (capacity == 0) return Status(Code::kOutOfRange, "capacity is at least 1");
    KONTOR_ASSIGN_OR_RETURN(*count, set->set->Wait(timeout_ms, absl::MakeSpan(tags, capacity)));
    return Ok();
  });
}

int32_t kontor_wait_set_descriptor(kontor_wait_set* set, int32_t* descriptor, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (descriptor == nullptr) return Null("descriptor");
    *descriptor = -1;
    if (!Valid(set)) return Invalid("the wait set");
    *descriptor = set->set->descriptor();
    return Ok();
  });
}

// These two run in signal handlers: nothing but atomics and system calls.
int32_t kontor_wait_set_interrupt(kontor_wait_set* set) {
  if (!Valid(set)) return KONTOR_INVALID;
  set->set->Interrupt();
  return KONTOR_OK;
}

int32_t kontor_wait_set_reset(kontor_wait_set* set) {
  if (!Valid(set)) return KONTOR_INVALID;
  set->set->Reset();
  return KONTOR_OK;
}
