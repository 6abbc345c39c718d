#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace kontor {

// Not static, so that `p kontor::check_failure` works on a core file.
char check_failure[256];

void CheckFailed(const char* expression, const char* file, int line) {
  std::snprintf(check_failure, sizeof(check_failure), "%s:%d: %s", file, line, expression);
  std::abort();
}

}  // namespace kontor
