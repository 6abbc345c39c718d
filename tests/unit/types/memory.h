#ifndef KONTOR_TESTS_UNIT_TYPES_MEMORY_H_
#define KONTOR_TESTS_UNIT_TYPES_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

// The memory of this test program: counted, and failing when it is told to.
namespace kontor::testing_memory {

// 0: every allocation of this thread succeeds; n: the n-th from now fails, and those after it do
// not; kAlways: all of them fail.
inline thread_local int64_t fail_at = 0;
constexpr int64_t kAlways = -1;

// What this thread has allocated and not given back yet, as malloc rounds it.
inline thread_local size_t live_bytes = 0;

// Calls `change` with the first, the second... allocation failing, until it gets through; each time
// `unchanged` is asked. Answers how often it failed.
template <typename Change, typename Unchanged>
int UntilItSucceeds(Change change, Unchanged unchanged) {
  for (int failures = 0;; ++failures) {
    fail_at = failures + 1;
    try {
      change();
      fail_at = 0;
      return failures;
    } catch (const std::bad_alloc&) {
      fail_at = 0;
      unchanged();
    }
  }
}

// No allocation succeeds while `change` runs.
template <typename Change>
void WithoutMemory(Change change) {
  fail_at = kAlways;
  change();
  fail_at = 0;
}

}  // namespace kontor::testing_memory

#endif  // KONTOR_TESTS_UNIT_TYPES_MEMORY_H_
