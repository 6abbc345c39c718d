#ifndef KONTOR_BENCH_ONE_CORE_H_
#define KONTOR_BENCH_ONE_CORE_H_

#include <sched.h>

#include <stdexcept>

namespace bench {

// Where a thread (0: this one) may run.
inline cpu_set_t CoresOf(int task) {
  cpu_set_t cores;
  if (sched_getaffinity(task, sizeof(cores), &cores) != 0) throw std::runtime_error("no cores");
  return cores;
}

inline void MoveTo(int task, const cpu_set_t& cores) {
  if (sched_setaffinity(task, sizeof(cores), &cores) != 0) throw std::runtime_error("no such core");
}

// One of them, for a client and its server: asked one thing at a time they are fastest on one core.
inline cpu_set_t OneOf(const cpu_set_t& cores) {
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int core = CPU_SETSIZE - 1; CPU_COUNT(&one) == 0; --core) {
    if (CPU_ISSET(core, &cores)) CPU_SET(core, &one);
  }
  return one;
}

}  // namespace bench

#endif  // KONTOR_BENCH_ONE_CORE_H_
