#ifndef KONTOR_BASE_CHECK_H_
#define KONTOR_BASE_CHECK_H_

namespace kontor {

// Remembers what failed where a debugger or a core dump finds it (a library prints nothing) and
// aborts.
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

}  // namespace kontor

// An invariant that stays checked in release builds: it is cheap, and going on without it could
// lose data.
#define KONTOR_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::kontor::CheckFailed(#expression, __FILE__, __LINE__))

#endif  // KONTOR_BASE_CHECK_H_
