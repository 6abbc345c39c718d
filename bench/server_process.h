#ifndef KONTOR_BENCH_SERVER_PROCESS_H_
#define KONTOR_BENCH_SERVER_PROCESS_H_

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace bench {

// A server of a benchmark's own, at a Unix socket, as long as this lives.
class ServerProcess {
 public:
  // Waits until the socket is there.
  ServerProcess(std::vector<std::string> command, const std::string& socket) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&process_, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("there is no " + command[0] + "; install its package");
    }
    for (int i = 0; i < 500 && access(socket.c_str(), F_OK) != 0; ++i) usleep(10'000);
  }
  ~ServerProcess() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  pid_t process_ = 0;
};

}  // namespace bench

#endif  // KONTOR_BENCH_SERVER_PROCESS_H_
