#ifndef KONTOR_TESTS_INTEROP_PEERS_H_
#define KONTOR_TESTS_INTEROP_PEERS_H_

#include <kontor/kontor.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "interop/resp_value.h"

namespace interop {

using Commands = std::vector<std::vector<std::string>>;

// A connection to something that speaks RESP: commands go in, one reply for each comes out.
class Peer {
 public:
  virtual ~Peer() = default;
  // Fails the test if there are fewer replies; what is missing is of type 0.
  std::vector<RespValue> Run(const Commands& commands);
  RespValue Run(const std::vector<std::string>& command) { return Run(Commands{command})[0]; }
  // Waits for what a subscription brings; of type 0, with the test failed, if nothing comes.
  RespValue Receive();
  // Another connection to the same server, which must outlive it.
  virtual std::unique_ptr<Peer> Another() = 0;

 private:
  // The next value of what was received, once it is whole.
  bool Next(std::string_view* unsent, RespValue* value);
  // Sends what it can of `unsent` and removes that, appends what came to `received`. False if
  // neither was possible for ten seconds, or the connection ended.
  virtual bool Exchange(std::string_view* unsent, std::string* received) = 0;

  std::string received_;
};

// A redis-server of our own, in a folder and at a Unix socket of its own; it is killed with the
// object that Start answered.
class RedisServer final : public Peer {
 public:
  // Null, with the test failed, if there is none.
  static std::unique_ptr<RedisServer> Start();
  ~RedisServer() override;
  const std::string& socket_path() const { return socket_path_; }
  std::unique_ptr<Peer> Another() override;

 private:
  RedisServer() = default;
  bool Exchange(std::string_view* unsent, std::string* received) override;

  std::string folder_;
  std::string socket_path_;
  pid_t process_ = -1;
  int socket_ = -1;
};

// A session on an engine in memory, or on the one of a directory.
class KontorSession final : public Peer {
 public:
  explicit KontorSession(const std::string& directory = "");
  ~KontorSession() override;
  std::unique_ptr<Peer> Another() override;
  // Copies what is on the disk now to a directory that is not there yet.
  void CopyTo(const std::string& directory);

 private:
  explicit KontorSession(kontor_db* db);
  bool Exchange(std::string_view* unsent, std::string* received) override;

  std::string directory_;
  kontor_db* db_ = nullptr;
  bool owns_db_ = true;
  kontor_session* session_ = nullptr;
};

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_PEERS_H_
