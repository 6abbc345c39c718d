// Runs any bytes as a sequence of operations on the C interface, closing and reopening included,
// beside a reference model.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "operation_sequence.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string failure = reference::RunSequence(data, size);
  if (!failure.empty()) {
    std::fprintf(stderr, "%s\n", failure.c_str());
    std::abort();
  }
  return 0;
}
