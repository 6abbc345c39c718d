#include "cli.h"

#include <cstdio>
#include <memory>
#include <string>

#include "cli_settings.h"
#include "client.h"
#include "interrupts.h"
#include "open.h"
#include "run.h"
#include "socket_connection.h"

namespace kontor::shell {
namespace {

constexpr char kProgram[] = "kontor cli";

int ConnectAndRun(const CliSettings& settings, Interrupts* interrupts) {
  Client client(std::make_unique<SocketConnection>(settings.address, interrupts), settings.login,
                !IsScript(settings));
  Reply failure;
  switch (client.Open(&failure)) {
    case Ran::kReplied:
      return Run(settings, &client, interrupts);
    case Ran::kInterrupted:
      return kExitSignalBase + interrupts->pending();
    case Ran::kSilent:
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
