#ifndef KONTOR_TESTS_STYLE_TEMPORARY_DIRECTORY_H_
#define KONTOR_TESTS_STYLE_TEMPORARY_DIRECTORY_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace kontor {

// An empty directory of the machine's, gone with everything in it when the test is over.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(testing::TempDir() + "kontor_test_XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_STYLE_TEMPORARY_DIRECTORY_H_
