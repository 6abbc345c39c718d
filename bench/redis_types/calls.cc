#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "one_core.h"
#include "redis_types/measures.h"
#include "redis_types/store.h"
#include "versus/questions.h"

namespace bench {
namespace {

constexpr uint64_t kAskedKeys = 100'000;
constexpr size_t kMostReplyBytes = 128;

std::string Encode(Command command) {
  std::string bytes = "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string_view word : command) {
    bytes += "$" + std::to_string(word.size()) + "\r\n";
    bytes.append(word).append("\r\n");
  }
  return bytes;
}

struct Expected {
  uint32_t type;  // as kontor_exec tells it
  size_t bytes;   // as RESP
};

// A request as arguments and as bytes; another key is written over the one that stands in both.
class Request {
 public:
  Request(std::vector<std::string_view> command, Expected expected)
      : command_(std::move(command)), expected_(expected) {
    if (command_.size() > 1) {
      key_ = command_[1];
      command_[1] = key_;
    }
    bytes_ = Encode(command_);
    place_ = key_.empty() ? 0 : bytes_.find(key_);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void Draw(Random* random) {
    if (key_.empty()) return;
    const Key key(Uniform(random->Next(), kAskedKeys));
    std::memcpy(key_.data(), key.view().data(), kKeyBytes);
    std::memcpy(bytes_.data() + place_, key.view().data(), kKeyBytes);
  }
  Command command() const { return command_; }
  std::string_view bytes() const { return bytes_; }
  const Expected& expected() const { return expected_; }

 private:
  std::vector<std::string_view> command_;
  const Expected expected_;
  std::string key_;
  std::string bytes_;
  size_t place_ = 0;
};

void CheckReply(const char* reply, size_t length, size_t expected) {
  if (length != expected || reply[0] == '-' || reply[length - 1] != '\n') Fail("a wrong reply");
}

class Caller {
 public:
  virtual ~Caller() = default;
  virtual void Ask(const Request& request) = 0;
};

class ExecCaller : public Caller {
 public:
  explicit ExecCaller(kontor_db* db) : db_(db) {}
  void Ask(const Request& request) override {
    if (Execute(db_, request.command()) != request.expected().type) Fail("a wrong reply");
  }

 private:
  kontor_db* const db_;
};

class SessionCaller : public Caller {
 public:
  explicit SessionCaller(kontor_db* db) {
    if (kontor_session_new(db, &session_, nullptr) != KONTOR_OK) Fail("no session");
  }
  ~SessionCaller() override { kontor_session_free(session_); }
  void Ask(const Request& request) override {
    char reply[kMostReplyBytes];
    size_t length = 0;
    const std::string_view bytes = request.bytes();
    if (kontor_session_write(session_, bytes.data(), bytes.size(), nullptr) != KONTOR_OK ||
        kontor_session_read(session_, reply, sizeof(reply), &length, nullptr) != KONTOR_OK) {
      Fail("a session ended");
    }
    CheckReply(reply, length, request.expected().bytes);
  }

 private:
  kontor_session* session_ = nullptr;
};

// Nothing but the two system calls that no client can do without.
class SocketCaller : public Caller {
 public:
  explicit SocketCaller(const char* path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      Fail("no connection to redis");
    }
  }
  ~SocketCaller() override { close(socket_); }
  void Ask(const Request& request) override {
    const std::string_view bytes = request.bytes();
    if (write(socket_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      Fail("redis went away");
    }
    char reply[kMostReplyBytes];
    size_t length = 0;
    while (length < request.expected().bytes) {
      const ssize_t some = read(socket_, reply + length, sizeof(reply) - length);
      if (some <= 0) Fail("redis went away");
      length += static_cast<size_t>(some);
    }
    CheckReply(reply, length, request.expected().bytes);
  }

 private:
  const int socket_;
};

// Moves this thread and the server to one core, or lets them run anywhere.
class Cores {
 public:
  explicit Cores(int server_pid) : tasks_("/proc/" + std::to_string(server_pid) + "/task") {}
  void Pin(bool pinned) const {
    const cpu_set_t& cores = pinned ? one_ : all_;
    MoveTo(0, cores);
    for (const auto& task : std::filesystem::directory_iterator(tasks_)) {
      MoveTo(std::atoi(task.path().filename().c_str()), cores);
    }
  }

 private:
  const std::string tasks_;
  const cpu_set_t all_ = CoresOf(0);
  const cpu_set_t one_ = OneOf(all_);
};

void FillStrings(Store* store) {
  for (uint64_t number = 0; number < kAskedKeys; ++number) {
    const Key key(number);
    const std::array<std::string_view, 3> command = {"SET", key.view(), Value()};
    store->Run(command);
  }
  store->Finish();
}

// The processor time of the server's only busy thread, as Linux tells it.
double ServerProcessorSeconds(int server_pid) {
  unsigned long long ns = 0;
  const std::string path = "/proc/" + std::to_string(server_pid) + "/schedstat";
  std::FILE* const file = std::fopen(path.c_str(), "r");
  if (file == nullptr || std::fscanf(file, "%llu", &ns) != 1) Fail("no schedstat of the server");
  std::fclose(file);
  return static_cast<double>(ns) / 1e9;
}

struct Contender {
  const char* name;
  Caller* caller;
  bool pinned;
  std::vector<double> ns, processor_ns;  // of each slice
};

void MeasureSlice(Request* request, Random* random, const Calls& calls, Contender* contender) {
  constexpr int kBetweenLooksAtTheClock = 64;
  const auto ask_some = [&] {
    for (int i = 0; i < kBetweenLooksAtTheClock; ++i) {
      request->Draw(random);
      contender->caller->Ask(*request);
    }
  };
  ask_some();  // so that all are awake, and where they shall run
  const auto processor_seconds = [&] {
    return ThreadProcessorSeconds() + ServerProcessorSeconds(calls.server_pid);
  };
  const double processor_begin = processor_seconds();
  const auto begin = Clock::now();
  uint64_t asked = 0;
  double passed = 0;
  for (; passed < calls.slice_seconds; passed = SecondsSince(begin)) {
    ask_some();
    asked += kBetweenLooksAtTheClock;
  }
  const double ns_of_one = 1e9 / static_cast<double>(asked);
  contender->ns.push_back(passed * ns_of_one);
  contender->processor_ns.push_back((processor_seconds() - processor_begin) * ns_of_one);
}

void MeasureRequest(Request* request, std::vector<Contender> contenders, const Cores& cores,
                    const Calls& calls) {
  Random random(SeedOfThread(0));
  for (int round = 0; round < calls.rounds; ++round) {
    for (Contender& contender : contenders) {
      cores.Pin(contender.pinned);
      MeasureSlice(request, &random, calls, &contender);
    }
  }
  std::printf("\"%s\": {", std::string(request->command()[0]).c_str());
  const char* before = "";
  for (const Contender& contender : contenders) {
    std::printf("%s\"%s\": [%.1f, %.1f]", before, contender.name, Median(contender.ns),
                Median(contender.processor_ns));
    before = ", ";
  }
  std::printf("}");
}

}  // namespace

void MeasureCalls(const Calls& calls) {
  const char* const path = std::getenv(kRedisVariable);
  if (path == nullptr) Fail("no redis-server is named");
  const Cores cores(calls.server_pid);
  KontorStore kontor;
  FillStrings(&kontor);
  {
    RedisStore redis(kRedisVariable);
    FillStrings(&redis);
  }
  ExecCaller exec(kontor.handle());
  SessionCaller session(kontor.handle());
  SocketCaller socket(path);
  const std::string place(kKeyBytes, 'k');
  Request get({"GET", place}, {KONTOR_REPLY_STRING, std::strlen("$64\r\n") + kValueBytes + 2});
  Request set({"SET", place, Value()}, {KONTOR_REPLY_STATUS, std::strlen("+OK\r\n")});
  Request ping({"PING"}, {KONTOR_REPLY_STATUS, std::strlen("+PONG\r\n")});
  const std::vector<Contender> contenders = {{"exec", &exec, false, {}, {}},
                                             {"session", &session, false, {}, {}},
                                             {"socket", &socket, false, {}, {}},
                                             {"socket_one_core", &socket, true, {}, {}}};
  const char* before = "{";
  for (Request* const request : {&get, &set, &ping}) {
    std::printf("%s", before);
    MeasureRequest(request, contenders, cores, calls);
    before = ", ";
  }
  std::printf("}\n");
}

}  // namespace bench
