#include "base/random.h"

#include <random>

namespace kontor {

uint64_t Random::SystemSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

}  // namespace kontor
