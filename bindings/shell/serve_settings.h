// The command line of `kontor serve`.
#ifndef KONTOR_SHELL_SERVE_SETTINGS_H_
#define KONTOR_SHELL_SERVE_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kontor::shell {

struct ServeSettings {
  bool show_help = false;
  std::string directory;  // empty: in memory
  std::optional<uint32_t> durability;
  std::optional<int64_t> port;  // without port and path: 6379
  std::string unix_path;
  std::optional<std::string> addresses;
  std::optional<int64_t> threads;
  std::optional<int64_t> clients;
  std::string password_file;
  std::vector<std::pair<std::string, std::string>> configuration;  // for CONFIG SET
  bool is_protected = true;
  bool allows_debug = false;
};

// `argv[0]` is the word "serve". False with a message for anything that is not understood.
bool ParseServeSettings(int argc, char** argv, ServeSettings* settings, std::string* message);

const char* ServeUsageText();

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SERVE_SETTINGS_H_
