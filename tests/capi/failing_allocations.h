#ifndef KONTOR_TESTS_CAPI_FAILING_ALLOCATIONS_H_
#define KONTOR_TESTS_CAPI_FAILING_ALLOCATIONS_H_

#include <cstddef>
#include <cstdint>

// Replaces operator new of the whole process, so that allocations can be made to fail.
namespace kontor::no_memory {

// 0: every allocation of this thread succeeds; n: the n-th from now fails, and those after it do
// not.
extern thread_local int64_t fail_at;
// Allocations of this thread that are larger fail.
extern thread_local size_t fail_above_bytes;
// What this thread was given so far.
extern thread_local size_t allocated_bytes;

}  // namespace kontor::no_memory

#endif  // KONTOR_TESTS_CAPI_FAILING_ALLOCATIONS_H_
