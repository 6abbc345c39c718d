// `kontor serve`: a listener in front of the engine, until a signal ends it.
#ifndef KONTOR_SHELL_SERVE_H_
#define KONTOR_SHELL_SERVE_H_

namespace kontor::shell {

// `argv[0]` is the word "serve". Returns the exit code; a stop by a signal is 0.
int Serve(int argc, char** argv);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SERVE_H_
