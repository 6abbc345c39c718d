// Options of a command line, as getopt_long has them.
#ifndef KONTOR_SHELL_OPTIONS_H_
#define KONTOR_SHELL_OPTIONS_H_

#include <getopt.h>

#include <functional>
#include <string>

namespace kontor::shell {

// What one option says, with its value, empty if it has none. False, with the reason in the message
// that the caller gave, if it cannot be so.
using ApplyOption = std::function<bool(int chosen, const std::string& value)>;

// Applies all of them; what is left begins at optind. False, with *message: one is unknown to
// `program`, lacks its value, or was not applied.
bool ParseOptions(int argc, char** argv, const char* short_options, const option* long_options,
                  const std::string& program, const ApplyOption& apply, std::string* message);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_OPTIONS_H_
