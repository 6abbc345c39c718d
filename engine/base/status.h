#ifndef KONTOR_BASE_STATUS_H_
#define KONTOR_BASE_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace kontor {

// How an operation ended. The values are those of the C ABI: written out, never renumbered.
// Zero is done, positive values are ordinary outcomes, negative values are failures.
enum class Code : int32_t {
  kOk = 0,
  kNotFound = 1,
  kExists = 2,
  kTimeout = 3,
  kTooSmall = 4,
  kAgain = 5,
  kInterrupted = 6,
  kInvalid = -1,
  kWrongType = -2,
  kNotANumber = -3,
  kOutOfRange = -4,
  kTooLarge = -5,
  kNoMemory = -6,
  kClosed = -7,
  kLocked = -8,
  kForked = -9,
  kReadOnly = -10,
  kIo = -11,
  kCorrupt = -12,
  kNewerFormat = -13,
  kStaleReceipt = -14,
  kFull = -15,
  kUnsupported = -16,
  kInternal = -17,
};

// The upper-case name of a code, as users read it ("STALE_RECEIPT").
std::string_view CodeName(Code code);

// A code and, where it is not kOk, a sentence that says what was wrong and what to do.
class [[nodiscard]] Status {
 public:
  Status() = default;
  explicit Status(Code code, std::string message = {})
      : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  bool failed() const { return static_cast<int32_t>(code_) < 0; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status Ok() { return Status(); }

// Either a value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    KONTOR_CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  Code code() const { return status_.code(); }

  T& operator*() & {
    KONTOR_CHECK(ok());
    return *value_;
  }
  const T& operator*() const& {
    KONTOR_CHECK(ok());
    return *value_;
  }
  T&& operator*() && {
    KONTOR_CHECK(ok());
    return std::move(*value_);
  }
  T* operator->() {
    KONTOR_CHECK(ok());
    return &*value_;
  }
  const T* operator->() const {
    KONTOR_CHECK(ok());
    return &*value_;
  }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace kontor

// Leaves the function with the Status of `expression` unless it is done.
#define KONTOR_RETURN_IF_ERROR(expression)           \
  do {                                               \
    ::kontor::Status kontor_status_ = (expression);  \
    if (!kontor_status_.ok()) return kontor_status_; \
  } while (false)

#define KONTOR_CONCATENATE_INNER(a, b) a##b
#define KONTOR_CONCATENATE(a, b) KONTOR_CONCATENATE_INNER(a, b)

// Declares `declaration` with the value of a Result, or leaves the function with its Status.
#define KONTOR_ASSIGN_OR_RETURN(declaration, expression)                                   \
  KONTOR_ASSIGN_OR_RETURN_INNER(KONTOR_CONCATENATE(kontor_result_, __LINE__), declaration, \
                                expression)
#define KONTOR_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                          \
  if (!result.ok()) return result.status();                            \
  declaration = *std::move(result)

#endif  // KONTOR_BASE_STATUS_H_
