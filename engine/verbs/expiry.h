#ifndef KONTOR_VERBS_EXPIRY_H_
#define KONTOR_VERBS_EXPIRY_H_

#include <cstdint>

namespace kontor::verbs {

enum class TimeUnit : uint32_t { kMilliseconds, kSeconds };

// The deadline that lies `amount` after `since_unix_ms` (0 for an amount that is a Unix time
// itself). False, with nothing set, if it does not fit into int64 milliseconds.
inline bool DeadlineAfter(int64_t since_unix_ms, int64_t amount, TimeUnit unit,
                          int64_t* deadline_unix_ms) {
  const int64_t milliseconds_per_unit = unit == TimeUnit::kSeconds ? 1000 : 1;
  int64_t amount_ms = 0;
  int64_t deadline = 0;
  if (__builtin_mul_overflow(amount, milliseconds_per_unit, &amount_ms)) return false;
  if (__builtin_add_overflow(since_unix_ms, amount_ms, &deadline)) return false;
  *deadline_unix_ms = deadline;
  return true;
}

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_EXPIRY_H_
