#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "descriptor.h"

namespace judge {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The child's ends of everything, and its process group.
class SpawnSetup {
 public:
  SpawnSetup(const ChildCommand& command, int output) {
    Require(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    Require(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    Require(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, command.input.c_str(),
                                             O_RDONLY, 0),
            "addopen");
    Require(posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO), "adddup2");
    if (command.errors_to_output) {
      Require(posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO), "adddup2");
    } else {
      Require(posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0),
              "addopen");
    }
    Require(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP), "setflags");
    Require(posix_spawnattr_setpgroup(&attributes_, 0), "setpgroup");
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  pid_t Spawn(const ChildCommand& command) const {
    pid_t pid = 0;
    Require(posix_spawnp(&pid, command.arguments.front().c_str(), &actions_, &attributes_,
                         Pointers(command.arguments).data(), Pointers(command.environment).data()),
            "cannot start " + command.arguments.front());
    return pid;
  }

 private:
  static void Require(int error, const std::string& what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// True once the child has ended; it stays a zombie, so that its number stays its own.
bool HasEnded(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

milliseconds ProcessorTime(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    return milliseconds(0);  // it has ended meanwhile
  }
  return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
}

// Reads what there is; closes the descriptor at its end.
void Collect(Descriptor& from, std::string& output, size_t limit) {
  std::array<char, 16384> buffer;
  while (from.valid() && output.size() <= limit) {
    const ssize_t count = read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      output.append(buffer.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      from.Close();
    } else if (errno != EINTR) {
      return;  // EAGAIN: nothing more now
    }
  }
}

// Waits for the child's end, or for the limit it crosses.
std::optional<Ending> Watch(pid_t pid, Descriptor& output_end, const ChildLimits& limits,
                            std::string& output) {
  const Clock::time_point deadline = Clock::now() + limits.wall_time;
  while (!HasEnded(pid)) {
    pollfd entry = {output_end.get(), POLLIN, 0};
    poll(&entry, 1, output_end.valid() ? 10 : 1);
    Collect(output_end, output, limits.output_bytes);
    if (output.size() > limits.output_bytes) return Ending::kOutputLimit;
    if (ProcessorTime(pid) > limits.processor_time) return Ending::kTimeLimit;
    if (Clock::now() > deadline) return Ending::kTimeLimit;
  }
  Collect(output_end, output, limits.output_bytes);
  if (output.size() > limits.output_bytes) return Ending::kOutputLimit;
  return std::nullopt;
}

}  // namespace

ChildResult RunChild(const ChildCommand& command, const ChildLimits& limits) {
  Pipe pipe;
  const pid_t pid = SpawnSetup(command, pipe.write_end.get()).Spawn(command);
  pipe.write_end.Close();
  fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK);

  ChildResult result;
  const std::optional<Ending> crossed = Watch(pid, pipe.read_end, limits, result.output);
  kill(-pid, SIGKILL);  // also what it may have left behind
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (crossed) {
    result.ending = *crossed;
  } else if (WIFSIGNALED(status)) {
    result.ending = Ending::kSignalled;
    result.code = WTERMSIG(status);
  } else {
    result.code = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace judge
