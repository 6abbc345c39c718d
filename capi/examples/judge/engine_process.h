// The engine's process as its supervisor sees it: started, listened to, killed.
#ifndef JUDGE_ENGINE_PROCESS_H_
#define JUDGE_ENGINE_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "descriptor.h"
#include "options.h"
#include "report.h"

namespace judge {

class EngineProcess {
 public:
  // Starts this program once more in the role of the engine. Throws std::system_error.
  explicit EngineProcess(const CommandLine& line);
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;
  // Kills it if it is still there.
  ~EngineProcess();

  // The next report, waiting at most `timeout`; nullopt if none came, or it has ended.
  std::optional<Report> Next(std::chrono::milliseconds timeout);
  // It has said its last.
  bool ended() const { return !reports_.valid(); }
  void Kill();
  // Waits for its end and returns its status as waitpid gives it.
  int Wait();

 private:
  std::optional<Report> TakeLine();

  pid_t pid_ = -1;
  Descriptor reports_;
  std::string unread_;
};

}  // namespace judge

#endif  // JUDGE_ENGINE_PROCESS_H_
