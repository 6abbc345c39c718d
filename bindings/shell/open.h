// What every way to run `kontor` on a directory begins and ends with.
#ifndef KONTOR_SHELL_OPEN_H_
#define KONTOR_SHELL_OPEN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "database.h"
#include "interrupts.h"

namespace kontor::shell {

// "<program>: <message>" to standard error.
void Complain(const char* program, const std::string& message);

// Runs `work` where signals are visible to it; returns its exit code.
int WithInterrupts(const char* program, const std::function<int(Interrupts*)>& work);

// The same on an engine, which is opened before and closed in order afterwards. What goes wrong is
// complained about; where closing fails, the exit code is not kExitDone. `directory` and
// `durability` as in Database::Open.
int WithDatabase(const char* program, const std::string& directory,
                 std::optional<uint32_t> durability,
                 const std::function<int(Database*, Interrupts*)>& work);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_OPEN_H_
