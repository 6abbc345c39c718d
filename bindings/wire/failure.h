// Why a call of the listener failed, on its way to the caller's kontor_error.
#ifndef KONTOR_WIRE_FAILURE_H_
#define KONTOR_WIRE_FAILURE_H_

#include <cstdint>
#include <stdexcept>
#include <string>

namespace kontor::wire {

// Thrown within the library, never out of it.
class Failure : public std::runtime_error {
 public:
  Failure(int32_t code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  int32_t code() const { return code_; }

 private:
  int32_t code_;
};

// KONTOR_IO: "cannot <what>: <what the system says of `error_number`>".
Failure SystemFailure(const std::string& what, int error_number);

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_FAILURE_H_
