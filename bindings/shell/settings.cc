#include "settings.h"

#include <kontor/kontor.h>

#include "options.h"

namespace kontor::shell {

bool ParseDurability(const std::string& name, std::optional<uint32_t>* durability,
                     std::string* message) {
  if (name == "memory") {
    *durability = KONTOR_DURABILITY_MEMORY;
  } else if (name == "async") {
    *durability = KONTOR_DURABILITY_ASYNC;
  } else if (name == "sync") {
    *durability = KONTOR_DURABILITY_SYNC;
  } else {
    *message = "--durability is memory, async or sync, not '" + name + "'";
    return false;
  }
  return true;
}

bool CheckDurability(const std::string& directory, std::optional<uint32_t> durability,
                     std::string* message) {
  if (directory.empty() &&
      durability.value_or(KONTOR_DURABILITY_MEMORY) != KONTOR_DURABILITY_MEMORY) {
    *message = "--durability async and sync need a directory";
    return false;
  }
  if (!directory.empty() && durability == KONTOR_DURABILITY_MEMORY) {
    *message =
        "--durability memory keeps no files, so it takes no directory; leave one of them out";
    return false;
  }
  return true;
}

namespace {

enum LongOption : int { kDurability = 256, kRaw, kNoRaw, kHelp, kVersion };

constexpr option kLongOptions[] = {{"command", required_argument, nullptr, 'c'},
                                   {"durability", required_argument, nullptr, kDurability},
                                   {"raw", no_argument, nullptr, kRaw},
                                   {"no-raw", no_argument, nullptr, kNoRaw},
                                   {"help", no_argument, nullptr, kHelp},
                                   {"version", no_argument, nullptr, kVersion},
                                   {nullptr, 0, nullptr, 0}};

// Arguments that are no options come as option 1, in order; ':' tells a missing value from an
// unknown option.
constexpr char kShortOptions[] = "-:c:h";
constexpr int kOperand = 1;

bool Apply(int chosen, const std::string& value, Settings* settings,
           std::vector<std::string>* operands, std::string* message) {
  switch (chosen) {
    case kOperand:
      operands->push_back(value);
      return true;
    case 'c':
      settings->lines.push_back(value);
      return true;
    case kDurability:
      return ParseDurability(value, &settings->durability, message);
    case kRaw:
    case kNoRaw:
      settings->raw = chosen == kRaw;
      return true;
    case 'h':
    case kHelp:
      settings->action = Action::kShowHelp;
      return true;
    case kVersion:
      settings->action = Action::kShowVersion;
      return true;
    default:
      return false;
  }
}

// [shell] [dir]
bool ApplyOperands(std::vector<std::string> operands, Settings* settings, std::string* message) {
  if (!operands.empty() && operands[0] == "shell") operands.erase(operands.begin());
  if (operands.size() > 1) {
    *message = "'" + operands[1] + "' is one argument too many; a command goes after -- or into -c";
    return false;
  }
  if (operands.empty()) return true;
  if (operands[0].empty()) {
    *message = "the directory has no name; leave it out to work in memory";
    return false;
  }
  settings->directory = operands[0];
  return true;
}

bool Check(const Settings& settings, std::string* message) {
  if (!settings.lines.empty() && !settings.command.empty()) {
    *message = "-c and -- exclude each other";
    return false;
  }
  return CheckDurability(settings.directory, settings.durability, message);
}

}  // namespace

bool ParseSettings(int argc, char** argv, Settings* settings, std::string* message) {
  std::vector<std::string> operands;
  const auto apply = [&](int chosen, const std::string& value) {
    return Apply(chosen, value, settings, &operands, message);
  };
  if (!ParseOptions(argc, argv, kShortOptions, kLongOptions, "this command", apply, message)) {
    return false;
  }
  for (int i = optind; i < argc; ++i) settings->command.emplace_back(argv[i]);
  return ApplyOperands(operands, settings, message) && Check(*settings, message);
}

const char* UsageText() {
  return "usage: kontor [shell] [directory] [option...] [-- command [argument...]]\n"
         "       kontor serve [directory] [option...]    to Redis clients; serve --help tells "
         "more\n"
         "       kontor cli [option...] [command...]     at such a server, or any Redis; cli "
         "--help tells more\n"
         "\n"
         "Opens a Kontor data directory, which is made if it is missing; without one, works in "
         "memory.\n"
         "On a terminal it asks for commands; else it reads them from standard input, one per "
         "line.\n"
         "\n"
         "  -c, --command LINE            run this line instead; may be given several times\n"
         "      --durability memory|async|sync\n"
         "                                what a finished command promises; default: async with a "
         "directory\n"
         "      --raw, --no-raw           bare bytes, or replies as on a terminal; default: by "
         "standard output\n"
         "  -h, --help                    this text\n"
         "      --version                 the version\n"
         "\n"
         "Exit codes: 0 done; 1 a command replied an error, or the output or the data could not "
         "be\n"
         "written; 2 wrong usage; 3 the directory could not be opened; 130 interrupted (128 + "
         "signal).\n"
         "History: $KONTOR_HISTORY, else ~/.kontor_history; none where that variable is empty.\n";
}

}  // namespace kontor::shell
