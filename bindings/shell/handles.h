// Owning pointers for the handles of the C interface, so that no path through the shell leaks one.
#ifndef KONTOR_SHELL_HANDLES_H_
#define KONTOR_SHELL_HANDLES_H_

#include <kontor/kontor.h>

#include <memory>

namespace kontor::shell {

template <auto kFree>
struct HandleDeleter {
  template <typename Handle>
  void operator()(Handle* handle) const {
    kFree(handle);
  }
};

using ErrorHandle = std::unique_ptr<kontor_error, HandleDeleter<kontor_error_free>>;
using OptionsHandle = std::unique_ptr<kontor_options, HandleDeleter<kontor_options_free>>;
using DbHandle = std::unique_ptr<kontor_db, HandleDeleter<kontor_db_free>>;
using ReplyHandle = std::unique_ptr<kontor_reply, HandleDeleter<kontor_reply_free>>;
using SessionHandle = std::unique_ptr<kontor_session, HandleDeleter<kontor_session_free>>;

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_HANDLES_H_
