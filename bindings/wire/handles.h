// Owning pointers for the C handles the listener uses.
#ifndef KONTOR_WIRE_HANDLES_H_
#define KONTOR_WIRE_HANDLES_H_

#include <kontor/kontor.h>

#include <memory>

namespace kontor::wire {

template <auto kFree>
struct HandleDeleter {
  template <typename Handle>
  void operator()(Handle* handle) const {
    kFree(handle);
  }
};

using SessionHandle = std::unique_ptr<kontor_session, HandleDeleter<kontor_session_free>>;
using SessionOptionsHandle =
    std::unique_ptr<kontor_session_options, HandleDeleter<kontor_session_options_free>>;

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_HANDLES_H_
