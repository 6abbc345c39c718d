// The `kontor` command: a prompt on a data directory.
#include <kontor/kontor.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "database.h"
#include "interrupts.h"
#include "run.h"
#include "serve.h"
#include "settings.h"

namespace kontor::shell {
namespace {

void Complain(const std::string& message) { std::fprintf(stderr, "kontor: %s\n", message.c_str()); }

int OpenAndRun(const Settings& settings) {
  Interrupts interrupts;
  if (!interrupts.Install()) {
    Complain(
        "the system refuses an event descriptor or memory; close other programs and try again");
    return kExitFailed;
  }
  Database database;
  std::string message;
  if (!database.Open(settings.directory, settings.durability, &message)) {
    Complain(message);
    return kExitNotOpened;
  }
  const std::string note = database.RecoveryNote();
  if (!note.empty()) Complain(note);
  const int exit_code = Run(settings, &database, &interrupts);
  if (database.Close(&message)) return exit_code;
  Complain("the engine could not be closed in order: " + message);
  return exit_code == kExitDone ? kExitFailed : exit_code;
}

// A listener may have been left out of this build.
int ServeIfBuilt([[maybe_unused]] int argc, [[maybe_unused]] char** argv) {
#if defined(KONTOR_SHELL_SERVES)
  return Serve(argc, argv);
#else
  Complain("this kontor was built without libasio-dev, so it cannot serve");
  return kExitUsage;
#endif
}

int Main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "serve") return ServeIfBuilt(argc - 1, argv + 1);
  Settings settings;
  std::string message;
  if (!ParseSettings(argc, argv, &settings, &message)) {
    Complain(message + "; kontor --help tells more");
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
  return OpenAndRun(settings);
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
