#ifndef KONTOR_BENCH_TEMPORARY_FOLDER_H_
#define KONTOR_BENCH_TEMPORARY_FOLDER_H_

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace bench {

// A folder of this process that goes away with what is in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& base = std::filesystem::temp_directory_path()) {
    static int folders = 0;
    const std::string name =
        "kontor-bench-" + std::to_string(getpid()) + "-" + std::to_string(++folders);
    path_ = (base / name).string();
    if (!std::filesystem::create_directory(path_)) throw std::runtime_error(path_ + " exists");
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bench

#endif  // KONTOR_BENCH_TEMPORARY_FOLDER_H_
