#include "open.h"

#include <cstdio>

#include "run.h"

namespace kontor::shell {

void Complain(const char* program, const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", program, message.c_str());
}

int WithInterrupts(const char* program, const std::function<int(Interrupts*)>& work) {
  Interrupts interrupts;
  if (interrupts.Install()) return work(&interrupts);
  Complain(program, "the system refuses an event descriptor; close other programs and try again");
  return kExitFailed;
}

int WithDatabase(const char* program, const std::string& directory,
                 std::optional<uint32_t> durability,
                 const std::function<int(Database*, Interrupts*)>& work) {
  return WithInterrupts(program, [&](Interrupts* interrupts) {
    Database database;
    std::string message;
    if (!database.Open(directory, durability, &message)) {
      Complain(program, message);
      return kExitNotOpened;
    }
    const std::string note = database.RecoveryNote();
    if (!note.empty()) Complain(program, note);
    const int exit_code = work(&database, interrupts);
    if (database.Close(&message)) return exit_code;
    Complain(program, "the engine could not be closed in order: " + message);
    return exit_code == kExitDone ? kExitFailed : exit_code;
  });
}

}  // namespace kontor::shell
