// The engine the shell works on: opening it, closing it, and saying what went wrong.
#ifndef KONTOR_SHELL_DATABASE_H_
#define KONTOR_SHELL_DATABASE_H_

#include <kontor/kontor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "handles.h"

namespace kontor::shell {

// The sentence of an error, or the name of the code where there is none.
std::string ErrorSentence(int32_t code, const kontor_error* error);

class Database {
 public:
  // An empty directory: in memory. Without a durability the engine's default holds. On failure the
  // message says what is wrong and what to do next.
  bool Open(const std::string& directory, std::optional<uint32_t> durability, std::string* message);

  kontor_db* handle() const { return db_.get(); }

  // What recovery had to cut off, as one sentence; empty if nothing.
  std::string RecoveryNote() const;

  // Everything is on disk when this returns true.
  bool Close(std::string* message);

 private:
  ErrorHandle error_{kontor_error_new()};
  DbHandle db_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_DATABASE_H_
