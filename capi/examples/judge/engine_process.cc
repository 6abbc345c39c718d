#include "engine_process.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "engine.h"

namespace judge {

EngineProcess::EngineProcess(const CommandLine& line) {
  Pipe pipe;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // dup2 onto itself would leave the descriptor to be closed by exec.
  if (pipe.write_end.get() == kReportDescriptor) {
    pipe.write_end = Descriptor(fcntl(kReportDescriptor, F_DUPFD_CLOEXEC, kReportDescriptor + 1));
  }
  posix_spawn_file_actions_adddup2(&actions, pipe.write_end.get(), kReportDescriptor);
  const std::vector<std::string> arguments = line.EngineArguments();
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  const int error =
      posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    throw std::system_error(error, std::generic_category(), "cannot start the engine's process");
  }
  reports_ = std::move(pipe.read_end);
}

EngineProcess::~EngineProcess() {
  if (pid_ < 0) return;
  Kill();
  Wait();
}

std::optional<Report> EngineProcess::TakeLine() {
  const size_t end = unread_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  Report report = ParseReport(std::string_view(unread_).substr(0, end));
  unread_.erase(0, end + 1);
  return report;
}

std::optional<Report> EngineProcess::Next(std::chrono::milliseconds timeout) {
  if (auto report = TakeLine()) return report;
  pollfd entry = {reports_.get(), POLLIN, 0};
  if (poll(&entry, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  std::array<char, 4096> buffer;
  const ssize_t count = read(reports_.get(), buffer.data(), buffer.size());
  if (count > 0) {
    unread_.append(buffer.data(), static_cast<size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    reports_.Close();
  }
  return TakeLine();
}

void EngineProcess::Kill() {
  if (pid_ > 0) kill(pid_, SIGKILL);  // never -1, which would be everybody
}

int EngineProcess::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace judge
