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

// All that are set must hold. No deadline counts as one that never comes.
struct ExpireConditions {
  bool if_none = false;     // there is no deadline
  bool if_any = false;      // there is one
  bool if_later = false;    // the new one is later
  bool if_earlier = false;  // the new one is earlier
};

// `old_unix_ms` may be 0: none.
inline bool ConditionsHold(const ExpireConditions& conditions, int64_t old_unix_ms,
                           int64_t new_unix_ms) {
  const bool none = old_unix_ms == 0;
  if (conditions.if_none && !none) return false;
  if (conditions.if_any && none) return false;
  if (conditions.if_later && (none || new_unix_ms <= old_unix_ms)) return false;
  if (conditions.if_earlier && !none && new_unix_ms >= old_unix_ms) return false;
  return true;
}

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_EXPIRY_H_
