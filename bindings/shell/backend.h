// What commands are run on: the engine of this process, or a server at the other end of a socket.
#ifndef KONTOR_SHELL_BACKEND_H_
#define KONTOR_SHELL_BACKEND_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reply.h"

namespace kontor::shell {

enum class Ran {
  kReplied,
  kInterrupted,  // a signal ended the wait
  kLost,         // there is no connection, and the reply says why
};

// A subscription that is listened to: messages come on their own.
class Listening {
 public:
  virtual ~Listening() = default;
  Listening() = default;
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  // Runs a command of this mode, nothing for any other; what it replied at once, which may be less
  // than all. Not while the last one is being answered.
  virtual std::optional<std::vector<Reply>> Run(const std::vector<std::string>& words) = 0;
  // What is there to show, nothing if there is nothing now. Does not wait.
  virtual std::optional<Reply> Next() = 0;
  // Readable while Next may have something.
  virtual int descriptor() const = 0;
  // The last command is still being answered.
  virtual bool is_answering() const = 0;
  // Nothing is listened to any more.
  virtual bool over() const = 0;
  // It is over because the connection was lost.
  virtual bool lost() const = 0;
};

// Belongs to the main thread.
class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual Ran Run(const std::vector<std::string>& words, Reply* reply) = 0;
  // Whether a command, by its first word, begins a listening mode, and the begin of one, in which
  // that command is then run. Where it cannot begin, the reply says why.
  virtual bool BeginsListening(const std::string& word) const = 0;
  virtual Ran Listen(std::unique_ptr<Listening>* listening, Reply* reply) = 0;
  // Whether others can publish while the shell listens: then the end of its input ends nothing.
  virtual bool shared() const = 0;
  // What came on its own outside of a listening mode.
  virtual std::vector<Reply> TakePushes() = 0;

  // What stands before "> ", and what the shell greets with.
  virtual std::string Prompt() const = 0;
  virtual std::string Greeting() const = 0;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_BACKEND_H_
