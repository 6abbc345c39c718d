#include "scratch_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

namespace judge {
namespace {

namespace fs = std::filesystem;

fs::path MakeTemporary() {
  std::string name = (fs::temp_directory_path() / "kontor-judge-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a folder " + name);
  }
  return name;
}

}  // namespace

ScratchFolder::ScratchFolder(CommandLine& line) : keep_(line.keep), ours_(true) {
  if (line.directory.empty()) {
    path_ = MakeTemporary();
  } else {
    path_ = fs::absolute(line.directory);
    if (fs::exists(path_) && (!fs::is_directory(path_) || !fs::is_empty(path_))) {
      throw UsageError("--dir " + path_.string() + " is there and not an empty folder");
    }
    ours_ = fs::create_directories(path_);
  }
  line.directory = path_;
}

ScratchFolder::~ScratchFolder() {
  if (keep_) return;
  std::error_code error;
  // A compiler that outlived its killed engine may still be writing.
  for (int attempt = 0; attempt < 50; ++attempt) {
    fs::remove_all(path_ / "data", error);
    if (!error) fs::remove_all(path_ / "work", error);
    if (!error && ours_) fs::remove(path_, error);
    if (!error) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace judge
