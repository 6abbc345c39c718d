// The engine of this process as what commands are run on.
#ifndef KONTOR_SHELL_ENGINE_H_
#define KONTOR_SHELL_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "backend.h"
#include "database.h"
#include "interrupts.h"

namespace kontor::shell {

class Engine : public Backend {
 public:
  // What it is given must outlive it. An empty directory: in memory.
  Engine(Database* database, const Interrupts* interrupts, std::string directory);

  Ran Run(const std::vector<std::string>& words, Reply* reply) override;
  bool BeginsListening(const std::string& word) const override;
  Ran Listen(std::unique_ptr<Listening>* listening, Reply* reply) override;
  bool shared() const override { return false; }
  std::vector<Reply> TakePushes() override { return {}; }
  std::string Prompt() const override;
  std::string Greeting() const override;

 private:
  Database* const database_;
  const Interrupts* const interrupts_;
  const std::string directory_;
  std::string selected_ = "0";
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_ENGINE_H_
