// `kontor cli`: the shell at a server.
#ifndef KONTOR_SHELL_CLI_H_
#define KONTOR_SHELL_CLI_H_

namespace kontor::shell {

// `argv[0]` is the word "cli". Returns the exit code.
int Cli(int argc, char** argv);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_CLI_H_
