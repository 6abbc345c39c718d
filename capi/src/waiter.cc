#include "handles.h"

using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Valid;

int32_t kontor_waiter_new(kontor_waiter** waiter, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (waiter == nullptr) return kontor::capi::Null("waiter");
    *waiter = nullptr;
    *waiter = new kontor_waiter;
    (*waiter)->waiter.set_wake_on_signal(true);
    return kontor::Ok();
  });
}

void kontor_waiter_free(kontor_waiter* waiter) {
  if (Valid(waiter)) delete waiter;
}

// These two run in signal handlers: nothing but atomics and a system call.
int32_t kontor_waiter_interrupt(kontor_waiter* waiter) {
  if (!Valid(waiter)) return KONTOR_INVALID;
  waiter->waiter.Interrupt();
  return KONTOR_OK;
}

int32_t kontor_waiter_reset(kontor_waiter* waiter) {
  if (!Valid(waiter)) return KONTOR_INVALID;
  waiter->waiter.ClearInterrupt();
  return KONTOR_OK;
}
