#ifndef KONTOR_FUZZ_DATABASE_H_
#define KONTOR_FUZZ_DATABASE_H_

#include <kontor/kontor.h>
#include <kontor/session.h>

#include <memory>
#include <string>
#include <vector>

namespace fuzz {

// Says why on standard error and aborts, which is how a fuzz target tells of a finding.
[[noreturn]] void Fail(const std::string& what);

// Frees what kontor_exec answered.
struct ReplyDeleter {
  void operator()(kontor_reply* reply) const { kontor_reply_free(reply); }
};
using Reply = std::unique_ptr<kontor_reply, ReplyDeleter>;

// The bytes of a reply that has any; else "".
std::string BytesOf(const kontor_reply* reply);
// All of a reply.
std::string TextOf(const kontor_reply* reply);

// An engine in memory, of 64 MiB at most. What must not fail is a finding if it does.
class Database {
 public:
  Database();
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  kontor_db* get() const { return db_; }
  Reply Run(const std::vector<std::string>& words);

 private:
  kontor_db* db_ = nullptr;
};

}  // namespace fuzz

#endif  // KONTOR_FUZZ_DATABASE_H_
