// The `kontor` command: a prompt on a data directory.
#include <kontor/kontor.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "cli.h"
#include "client.h"
#include "open.h"
#include "run.h"
#include "serve.h"
#include "session_connection.h"
#include "settings.h"

namespace kontor::shell {
namespace {

constexpr char kProgram[] = "kontor";

// A listener may have been left out of this build.
int ServeIfBuilt([[maybe_unused]] int argc, [[maybe_unused]] char** argv) {
#if defined(KONTOR_SHELL_SERVES)
  return Serve(argc, argv);
#else
  Complain(kProgram, "this kontor was built without libasio-dev, so it cannot serve");
  return kExitUsage;
#endif
}

int Main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "serve") return ServeIfBuilt(argc - 1, argv + 1);
  if (first == "cli") return Cli(argc - 1, argv + 1);
  Settings settings;
  std::string message;
  if (!ParseSettings(argc, argv, &settings, &message)) {
    Complain(kProgram, message + "; kontor --help tells more");
    return kExitUsage;
  }
  switch (settings.action) {
    case Action::kShowHelp:
      std::fputs(UsageText(), stdout);
      return kExitDone;
    case Action::kShowVersion:
      std::printf("kontor %s\n", kontor_version_string());
      return kExitDone;
    case Action::kRun:
      break;
  }
  return WithDatabase(
      kProgram, settings.directory, settings.durability,
      [&](Database* database, Interrupts* interrupts) {
        Client client(std::make_unique<SessionConnection>(database, settings.directory, interrupts),
                      Login(), !IsScript(settings));
        return Run(settings, &client, interrupts);
      });
}

}  // namespace
}  // namespace kontor::shell

int main(int argc, char** argv) {
  try {
    return kontor::shell::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "kontor: %s\n", failure.what());
    return kontor::shell::kExitFailed;
  }
}
