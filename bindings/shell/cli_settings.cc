#include "cli_settings.h"

#include <charconv>
#include <cstdlib>

#include "options.h"

namespace kontor::shell {
namespace {

enum LongOption : int { kUser = 256, kRaw, kNoRaw, kHelp };

constexpr option kLongOptions[] = {{"port", required_argument, nullptr, 'p'},
                                   {"host", required_argument, nullptr, 'h'},
                                   {"unix", required_argument, nullptr, 's'},
                                   {"password", required_argument, nullptr, 'a'},
                                   {"user", required_argument, nullptr, kUser},
                                   {"database", required_argument, nullptr, 'n'},
                                   {"command", required_argument, nullptr, 'c'},
                                   {"raw", no_argument, nullptr, kRaw},
                                   {"no-raw", no_argument, nullptr, kNoRaw},
                                   {"help", no_argument, nullptr, kHelp},
                                   {nullptr, 0, nullptr, 0}};
// '+': what follows the first word that is no option is a command, as it is.
constexpr char kShortOptions[] = "+:p:h:s:a:n:c:3";

bool CheckNumber(const char* option, const std::string& text, int least, int most,
                 std::string* message) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stopped == end && value >= least && value <= most) return true;
  *message = std::string(option) + " is " + std::to_string(least) + " to " + std::to_string(most) +
             ", not '" + text + "'";
  return false;
}

bool Apply(int chosen, const std::string& value, CliSettings* settings, std::string* message) {
  switch (chosen) {
    case 'p':
      settings->address.port = value;
      return CheckNumber("-p", value, 1, 65535, message);
    case 'h':
      settings->address.host = value;
      return true;
    case 's':
      settings->address.unix_path = value;
      return true;
    case 'a':
      settings->login.password = value;
      return true;
    case kUser:
      settings->login.user = value;
      return true;
    case 'n':
      settings->login.database = value;
      return CheckNumber("-n", value, 0, 1 << 20, message);
    case 'c':
      settings->lines.push_back(value);
      return true;
    case '3':
      settings->login.resp3 = true;
      return true;
    case kRaw:
    case kNoRaw:
      settings->raw = chosen == kRaw;
      return true;
    case kHelp:
      settings->show_help = true;
      return true;
    default:
      return false;
  }
}

std::string PasswordOfEnvironment() {
  for (const char* const name : {"KONTOR_PASSWORD", "REDISCLI_AUTH"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace

bool ParseCliSettings(int argc, char** argv, CliSettings* settings, std::string* message) {
  const auto apply = [&](int chosen, const std::string& value) {
    return Apply(chosen, value, settings, message);
  };
  if (!ParseOptions(argc, argv, kShortOptions, kLongOptions, "cli", apply, message)) return false;
  for (int i = optind; i < argc; ++i) settings->command.emplace_back(argv[i]);
  if (settings->login.password.empty()) settings->login.password = PasswordOfEnvironment();
  if (settings->lines.empty() || settings->command.empty()) return true;
  *message = "-c and a command exclude each other";
  return false;
}

const char* CliUsageText() {
  return "usage: kontor cli [option...] [command [argument...]]\n"
         "\n"
         "The shell at a server: `kontor serve`, the listener of a program, or any Redis. Runs the "
         "command;\n"
         "without one, asks for commands on a terminal, and else reads them from standard input, "
         "one per line.\n"
         "\n"
         "  -p, --port N                  of TCP; default 6379\n"
         "  -h, --host HOST               default 127.0.0.1\n"
         "  -s, --unix PATH               a Unix socket, instead of both\n"
         "  -a, --password PASSWORD       which others may see; rather set KONTOR_PASSWORD or "
         "REDISCLI_AUTH\n"
         "      --user NAME               to whom the password belongs\n"
         "  -n, --database N              the logical database; default 0\n"
         "  -3                            speak RESP3\n"
         "  -c, --command LINE            run this line; may be given several times\n"
         "      --raw, --no-raw           bare bytes, or replies as on a terminal; default: by "
         "standard output\n"
         "      --help                    this text\n"
         "\n"
         "Exit codes: 0 done; 1 a command replied an error, the connection was lost, or the output "
         "could not\n"
         "be written; 2 wrong usage; 3 no connection; 130 interrupted (128 + signal).\n";
}

}  // namespace kontor::shell
