// Runs any bytes as a sequence of operations on the C interface, closing and reopening included,
// beside a reference model.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "operation_sequence.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string directory = (std::filesystem::temp_directory_path() / "kontor-fuzz-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) std::abort();
  const std::string failure = reference::RunSequence(data, size, directory);
  std::filesystem::remove_all(directory);
  if (!failure.empty()) {
    std::fprintf(stderr, "%s\n", failure.c_str());
    std::abort();
  }
  return 0;
}
