// The folder a run works in, removed at its end.
#ifndef JUDGE_SCRATCH_FOLDER_H_
#define JUDGE_SCRATCH_FOLDER_H_

#include <filesystem>

#include "options.h"

namespace judge {

class ScratchFolder {
 public:
  // Makes the folder of the command line, or one of its own in TMPDIR, and writes its path there.
  // Throws UsageError if it is not empty.
  explicit ScratchFolder(CommandLine& line);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  // Removes what it made, unless it was asked to keep it.
  ~ScratchFolder();

 private:
  std::filesystem::path path_;
  bool keep_;
  bool ours_;  // the folder itself, not only what is in it
};

}  // namespace judge

#endif  // JUDGE_SCRATCH_FOLDER_H_
