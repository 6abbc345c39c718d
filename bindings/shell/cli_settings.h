// The command line of `kontor cli`.
#ifndef KONTOR_SHELL_CLI_SETTINGS_H_
#define KONTOR_SHELL_CLI_SETTINGS_H_

#include <string>

#include "client.h"
#include "settings.h"
#include "socket_connection.h"

namespace kontor::shell {

struct CliSettings : Script {
  bool show_help = false;
  Address address;
  Login login;
};

// `argv[0]` is the word "cli". A password that is not given comes from the environment. False with
// a message for anything that is not understood.
bool ParseCliSettings(int argc, char** argv, CliSettings* settings, std::string* message);

const char* CliUsageText();

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_CLI_SETTINGS_H_
