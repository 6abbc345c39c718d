#include "cli.h"

#include <cstdio>
#include <string>

#include "cli_settings.h"
#include "interrupts.h"
#include "open.h"
#include "run.h"
#include "server.h"

namespace kontor::shell {
namespace {

constexpr char kProgram[] = "kontor cli";

int ConnectAndRun(const CliSettings& settings, Interrupts* interrupts) {
  const bool is_script = !settings.lines.empty() || !settings.command.empty() || !AtTerminal();
  Server server(settings.address, settings.login, interrupts, !is_script);
  Reply failure;
  switch (server.Open(&failure)) {
    case Ran::kReplied:
      return Run(settings, &server, interrupts);
    case Ran::kInterrupted:
      return kExitSignalBase + interrupts->pending();
    case Ran::kLost:
      break;
  }
  Complain(kProgram, failure.text);
  return kExitNotOpened;
}

}  // namespace

int Cli(int argc, char** argv) {
  CliSettings settings;
  std::string message;
  if (!ParseCliSettings(argc, argv, &settings, &message)) {
    Complain(kProgram, message + "; kontor cli --help tells more");
    return kExitUsage;
  }
  if (settings.show_help) {
    std::fputs(CliUsageText(), stdout);
    return kExitDone;
  }
  return WithInterrupts(
      kProgram, [&](Interrupts* interrupts) { return ConnectAndRun(settings, interrupts); });
}

}  // namespace kontor::shell
