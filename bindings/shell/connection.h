// A way to whoever runs commands and speaks RESP.
#ifndef KONTOR_SHELL_CONNECTION_H_
#define KONTOR_SHELL_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "reply.h"

namespace kontor::shell {

enum class Io { kDone, kNothing, kInterrupted, kFailed };

// Can be opened again and again; belongs to one thread. A signal ends every wait. Where something
// failed it is closed, and the message says why.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The message says what to do next, too.
  virtual Io Open(std::string* message) = 0;
  virtual void Close() = 0;
  virtual bool is_open() const = 0;
  // Readable while Receive may have something; -1 while it is closed.
  virtual int descriptor() const = 0;

  virtual Io Send(const std::vector<std::string>& words, std::string* message) = 0;
  // The next reply, pushes included. Where there is none it waits for it; kNothing if it need not
  // wait, or if none will come, as far as that is known.
  virtual Io Receive(bool wait, Reply* reply, std::string* message) = 0;

  // Another one to the same place, not open yet.
  virtual std::unique_ptr<Connection> Another() const = 0;
  // Whether others are served there, too.
  virtual bool is_shared() const = 0;
  // Of whoever is there, and what a person is greeted with.
  virtual std::string name() const = 0;
  virtual std::string Greeting() const = 0;
};

// A command as RESP.
std::string EncodeRequest(const std::vector<std::string>& words);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_CONNECTION_H_
