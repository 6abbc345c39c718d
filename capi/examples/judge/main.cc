// The judge: a contest server in one process, and its own crash test. See README.md.
#include <cstdio>
#include <exception>

#include "engine.h"
#include "options.h"
#include "supervisor.h"

int main(int argc, char** argv) {
  try {
    const judge::CommandLine line = judge::ParseCommandLine(argc, argv);
    if (line.help) {
      std::fputs(judge::UsageText().c_str(), stdout);
      return 0;
    }
    return line.engine ? judge::RunEngine(line) : judge::Supervise(line);
  } catch (const judge::UsageError& error) {
    std::fprintf(stderr, "judge: %s\n%s", error.what(), judge::UsageText().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "\njudge: %s\n", error.what());
  }
  return 2;
}
