#include "options.h"

#include "failure.h"

namespace kontor::wire {
namespace {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;
constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;

// By KONTOR_WIRE_...; there is no option 0.
constexpr Options::Bounds kBounds[] = {
    {"", 0, 0, 0},
    {"PORT", -1, 65535, -1},
    {"THREADS", 1, 64, 1},
    {"CLIENTS", 1, 1'000'000, 10'000},
    {"PROTECTED", 0, 1, 1},
    {"UNIX_PERMISSIONS", 0, 0777, 0600},
    {"IDLE_MS", 0, 366 * kDayMs, 0},
    {"AUTHENTICATION_MS", 0, 366 * kDayMs, 60'000},
    {"KEEPALIVE_S", 0, 32'767, 300},
    {"ARGUMENTS", 1, kMiB, kMiB},
    {"ARGUMENT_BYTES", kKiB, 512 * kMiB, 512 * kMiB},
    {"REQUEST_BYTES", kKiB, kGiB, kGiB},
    {"REPLY_BYTES", kKiB, 1024 * kGiB, kGiB},
    {"MESSAGE_BYTES", kKiB, 1024 * kGiB, 32 * kMiB},
    {"MEMORY_BYTES", kMiB, kKiB* kKiB* kGiB, kGiB},
    {"SHUTDOWN", 0, 1, 0},
    {"DEBUG", 0, 1, 0},
};
constexpr size_t kTextBytes = 1024;

Failure Unknown(const char* what, uint32_t option) {
  return Failure(KONTOR_UNSUPPORTED, std::string(what) + " option " + std::to_string(option) +
                                         " is unknown to version " + kontor_version_string());
}

}  // namespace

const Options::Bounds& Options::BoundsOf(uint32_t option) {
  if (option == 0 || option >= std::size(kBounds)) throw Unknown("number", option);
  return kBounds[option];
}

Options::Options() {
  static_assert(std::size(kBounds) == std::tuple_size_v<decltype(numbers_)>);
  for (size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = kBounds[i].default_value;
  texts_[KONTOR_WIRE_ADDRESSES] = "127.0.0.1";
}

void Options::SetNumber(uint32_t option, int64_t value) {
  const Bounds& bounds = BoundsOf(option);
  if (value < bounds.minimum || value > bounds.maximum) {
    throw Failure(KONTOR_OUT_OF_RANGE,
                  std::string(bounds.name) + " is " + std::to_string(bounds.minimum) + " to " +
                      std::to_string(bounds.maximum) + ", not " + std::to_string(value));
  }
  numbers_[option] = value;
}

void Options::SetText(uint32_t option, std::string_view text) {
  if (option == 0 || option >= texts_.size()) throw Unknown("text", option);
  if (text.size() > kTextBytes) {
    throw Failure(KONTOR_TOO_LARGE, "the text has " + std::to_string(text.size()) +
                                        " bytes; the limit is " + std::to_string(kTextBytes));
  }
  texts_[option] = text;
}

}  // namespace kontor::wire
