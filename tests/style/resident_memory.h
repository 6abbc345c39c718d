#ifndef KONTOR_TESTS_STYLE_RESIDENT_MEMORY_H_
#define KONTOR_TESTS_STYLE_RESIDENT_MEMORY_H_

#include <unistd.h>

#include <cstdint>
#include <fstream>

// What the process really takes. A sanitizer takes several times what the program does, so with one
// nothing can be said of it.

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KONTOR_SHADOW_MEMORY 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KONTOR_SHADOW_MEMORY 1
#endif

namespace kontor {

inline int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0;
  int64_t resident = 0;
  statm >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace kontor

#endif  // KONTOR_TESTS_STYLE_RESIDENT_MEMORY_H_
