#include "command.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "error.h"
#include "reply.h"
#include "waiter.h"

namespace kontor::python {
namespace {

using Clock = std::chrono::steady_clock;

// Where a blocking command has its timeout in seconds.
std::optional<size_t> TimeoutIndex(const Arguments& arguments) {
  if (arguments.size() < 2) return std::nullopt;
  std::string name = arguments.Text(0);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name == "BLMPOP") return 1;
  if (name == "BLPOP" || name == "BRPOP" || name == "BLMOVE" || name == "BRPOPLPUSH") {
    return arguments.size() - 1;
  }
  return std::nullopt;
}

std::string Format(double seconds) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), seconds, std::chars_format::fixed, 3);
  return {text, end.ptr};
}

// A command that a signal broke off and that goes on: with what is left of its timeout, 0 being for
// ever.
class RemainingTimeout {
 public:
  explicit RemainingTimeout(const Arguments& arguments) : index_(TimeoutIndex(arguments)) {
    if (index_) seconds_ = std::strtod(arguments.Text(*index_).c_str(), nullptr);
  }

  void PutInto(Arguments* arguments) const {
    if (!index_ || seconds_ <= 0) return;
    const std::chrono::duration<double> passed = Clock::now() - start_;
    arguments->Replace(*index_, Format(std::max(seconds_ - passed.count(), 0.001)));
  }

 private:
  const Clock::time_point start_ = Clock::now();
  const std::optional<size_t> index_;
  double seconds_ = 0;
};

}  // namespace

py::object RunCommand(kontor_db* db, const py::args& values, const Codec& codec) {
  Arguments arguments(values, codec);
  std::optional<RemainingTimeout> timeout;
  if (TimeoutIndex(arguments)) timeout.emplace(arguments);
  kontor_waiter* waiter = ThreadWaiter()->handle();
  for (;;) {
    kontor_reply* made = nullptr;
    const int32_t code = CallReleased([&](kontor_error* error) {
      return kontor_exec(db, arguments.size(), arguments.pointers(), arguments.lengths(), waiter,
                         &made, error);
    });
    const OwnedReply reply(made);
    if (code != KONTOR_INTERRUPTED) return ToPythonOrRaise(reply.get(), codec);
    RunSignalHandlers();
    if (timeout) timeout->PutInto(&arguments);
  }
}

}  // namespace kontor::python
