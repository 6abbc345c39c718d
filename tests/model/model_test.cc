// Random operations on the library and on a plain reference model (fuzz/reference_model.h): every
// reply, and the state after reopening, must agree. A failure prints its seed; KONTOR_SEED replays
// it, KONTOR_MODEL_SEQUENCES makes it run longer.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "operation_sequence.h"

namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<uint8_t> RandomBytes(uint64_t seed, size_t size) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::string RunBytes(const std::vector<uint8_t>& bytes) {
  return reference::RunSequence(bytes.data(), bytes.size());
}

// Cuts pieces out of a failing sequence as long as it still fails.
std::vector<uint8_t> Shrink(std::vector<uint8_t> bytes) {
  for (size_t piece = bytes.size() / 2; piece > 0; piece /= 2) {
    for (size_t at = 0; at + piece <= bytes.size();) {
      std::vector<uint8_t> shorter = bytes;
      const auto begin = shorter.begin() + static_cast<ptrdiff_t>(at);
      shorter.erase(begin, begin + static_cast<ptrdiff_t>(piece));
      if (RunBytes(shorter).empty()) {
        at += piece;
      } else {
        bytes = std::move(shorter);
      }
    }
  }
  return bytes;
}

TEST(Model, RandomSequencesAgree) {
  std::random_device device;
  const uint64_t first_seed = FromEnvironment("KONTOR_SEED", device());
  const uint64_t sequences =
      FromEnvironment("KONTOR_MODEL_SEQUENCES", std::getenv("KONTOR_SEED") == nullptr ? 500 : 1);
  for (uint64_t seed = first_seed; seed < first_seed + sequences; ++seed) {
    const std::vector<uint8_t> bytes = RandomBytes(seed, 2000);
    const std::string failure = RunBytes(bytes);
    if (failure.empty()) continue;
    FAIL() << "seed " << seed << " (KONTOR_SEED=" << seed << " replays it); shrunk:\n"
           << RunBytes(Shrink(bytes));
  }
}

}  // namespace
