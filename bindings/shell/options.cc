#include "options.h"

namespace kontor::shell {

bool ParseOptions(int argc, char** argv, const char* short_options, const option* long_options,
                  const std::string& program, const ApplyOption& apply, std::string* message) {
  opterr = 0;
  for (;;) {
    const int place = optind > 0 ? optind : 1;
    const int chosen = getopt_long(argc, argv, short_options, long_options, nullptr);
    if (chosen == -1) return true;
    if (chosen == '?' || chosen == ':') {
      *message = std::string("'") + argv[place] +
                 (chosen == ':' ? "' needs a value" : "' is no option of " + program);
      return false;
    }
    if (!apply(chosen, optarg != nullptr ? optarg : "")) return false;
  }
}

}  // namespace kontor::shell
