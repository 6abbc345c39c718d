// The three ways to run the shell: at a terminal, on lines from a pipe, on what the command line
// says.
#ifndef KONTOR_SHELL_RUN_H_
#define KONTOR_SHELL_RUN_H_

#include "client.h"
#include "interrupts.h"
#include "settings.h"

namespace kontor::shell {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitNotOpened = 3;
constexpr int kExitSignalBase = 128;

// Whether nobody is asked for commands.
bool IsScript(const Script& script);

// Runs until there is nothing more to do and returns the exit code.
int Run(const Script& script, Client* client, Interrupts* interrupts);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_RUN_H_
