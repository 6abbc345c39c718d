#ifndef KONTOR_TESTS_UNIT_TEST_SEED_H_
#define KONTOR_TESTS_UNIT_TEST_SEED_H_

#include <cstdint>
#include <cstdlib>

#include "base/random.h"

namespace kontor {

// What a random test begins from: another one each time, or KONTOR_SEED, to replay a failure, which
// prints its seed.
inline uint64_t TestSeed() {
  const char* const text = std::getenv("KONTOR_SEED");  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? Random::SystemSeed() : std::strtoull(text, nullptr, 10);
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_TEST_SEED_H_
