#include "serve_settings.h"

#include <charconv>

#include "options.h"
#include "settings.h"

namespace kontor::shell {
namespace {

enum LongOption : int {
  kPort = 256,
  kUnix,
  kAddress,
  kThreads,
  kClients,
  kPasswordFile,
  kUnprotected,
  kDebug,
  kDurability,
  kMaxmemory,
  kMaxmemoryPolicy,
  kNotifyKeyspaceEvents
};

constexpr option kLongOptions[] = {
    {"port", required_argument, nullptr, kPort},
    {"unix", required_argument, nullptr, kUnix},
    {"address", required_argument, nullptr, kAddress},
    {"threads", required_argument, nullptr, kThreads},
    {"clients", required_argument, nullptr, kClients},
    {"password-file", required_argument, nullptr, kPasswordFile},
    {"unprotected", no_argument, nullptr, kUnprotected},
    {"debug", no_argument, nullptr, kDebug},
    {"durability", required_argument, nullptr, kDurability},
    {"maxmemory", required_argument, nullptr, kMaxmemory},
    {"maxmemory-policy", required_argument, nullptr, kMaxmemoryPolicy},
    {"notify-keyspace-events", required_argument, nullptr, kNotifyKeyspaceEvents},
    {"help", no_argument, nullptr, 'h'},
    {nullptr, 0, nullptr, 0}};
constexpr char kShortOptions[] = "-:h";
constexpr int kOperand = 1;
constexpr int64_t kUsualPort = 6379;

// What is out of bounds is the listener's to refuse.
bool ParseNumber(const char* option, const std::string& text, std::optional<int64_t>* number,
                 std::string* message) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) {
    *message = std::string(option) + " is a number, not '" + text + "'";
    return false;
  }
  *number = value;
  return true;
}

bool ApplyDirectory(const std::string& value, ServeSettings* settings, std::string* message) {
  if (value.empty() || !settings->directory.empty()) {
    *message = value.empty() ? "the directory has no name; leave it out to work in memory"
                             : "'" + value + "' is one argument too many";
    return false;
  }
  settings->directory = value;
  return true;
}

bool Apply(int chosen, const std::string& value, ServeSettings* settings, std::string* message) {
  switch (chosen) {
    case kOperand:
      return ApplyDirectory(value, settings, message);
    case kPort:
      return ParseNumber("--port", value, &settings->port, message);
    case kThreads:
      return ParseNumber("--threads", value, &settings->threads, message);
    case kClients:
      return ParseNumber("--clients", value, &settings->clients, message);
    case kDurability:
      return ParseDurability(value, &settings->durability, message);
    case kUnix:
      settings->unix_path = value;
      return true;
    case kAddress:
      settings->addresses = value;
      return true;
    case kPasswordFile:
      settings->password_file = value;
      return true;
    case kMaxmemory:
      settings->configuration.emplace_back("maxmemory", value);
      return true;
    case kMaxmemoryPolicy:
      settings->configuration.emplace_back("maxmemory-policy", value);
      return true;
    case kNotifyKeyspaceEvents:
      settings->configuration.emplace_back("notify-keyspace-events", value);
      return true;
    case kUnprotected:
      settings->is_protected = false;
      return true;
    case kDebug:
      settings->allows_debug = true;
      return true;
    case 'h':
      settings->show_help = true;
      return true;
    default:
      return false;
  }
}

}  // namespace

bool ParseServeSettings(int argc, char** argv, ServeSettings* settings, std::string* message) {
  const auto apply = [&](int chosen, const std::string& value) {
    return Apply(chosen, value, settings, message);
  };
  if (!ParseOptions(argc, argv, kShortOptions, kLongOptions, "serve", apply, message)) return false;
  if (optind < argc) {
    *message = std::string("'") + argv[optind] + "' is one argument too many";
    return false;
  }
  if (!settings->port.has_value() && settings->unix_path.empty()) settings->port = kUsualPort;
  return CheckDurability(settings->directory, settings->durability, message);
}

const char* ServeUsageText() {
  return "usage: kontor serve [directory] [option...]\n"
         "\n"
         "Serves a Kontor data directory (without one: memory) to Redis clients until Ctrl-C, "
         "SIGTERM\n"
         "or a client's SHUTDOWN, then closes it in order.\n"
         "\n"
         "      --port N                  of TCP; 0: one that is free; default 6379, none with "
         "--unix alone\n"
         "      --unix PATH               a Unix socket, for this user only\n"
         "      --address 'A B'           numeric addresses to listen at; default 127.0.0.1\n"
         "      --password-file FILE      its first line is the password\n"
         "      --unprotected             without password, serve other hosts as well\n"
         "      --debug                   DEBUG, for tests, is for clients as well\n"
         "      --threads N               that serve clients; default 1\n"
         "      --clients N               at once; default 10000\n"
         "      --durability memory|async|sync\n"
         "      --maxmemory BYTES         as CONFIG SET takes it (100mb), and so are:\n"
         "      --maxmemory-policy POLICY what is evicted beyond it\n"
         "      --notify-keyspace-events CLASSES\n"
         "  -h, --help                    this text\n";
}

}  // namespace kontor::shell
