// Part of kontor.hpp: failures, times, owned handles, the waiter.
#ifndef KONTOR_CPP_COMMON_HPP_
#define KONTOR_CPP_COMMON_HPP_

#include <kontor/kontor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kontor {
// The inline namespace keeps these names apart from any other `kontor` a program may be linked
// with.
inline namespace api {

using std::chrono::milliseconds;
using Time = std::chrono::sys_time<milliseconds>;
inline constexpr milliseconds kForever{-1};

// A failure: the code of kontor.h (KONTOR_LOCKED, ...) and a sentence that says what was wrong and
// what to do.
class Error : public std::runtime_error {
 public:
  Error(int32_t code, const std::string& message, bool retryable)
      : std::runtime_error(message), code_(code), retryable_(retryable) {}
  int32_t code() const { return code_; }
  // The same call may succeed later without anything being mended.
  bool retryable() const { return retryable_; }

 private:
  int32_t code_;
  bool retryable_;
};

namespace detail {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};
template <typename T, auto kFree>
using Owned = std::unique_ptr<T, Deleter<kFree>>;

// One place for details per thread, so that a call that goes well allocates nothing.
inline kontor_error* ErrorSlot() {
  thread_local const Owned<kontor_error, kontor_error_free> slot(kontor_error_new());
  return slot.get();
}

// Passes 0 and ordinary outcomes on and throws failures. `ErrorSlot()` was the call's last
// argument.
inline int32_t Check(int32_t code) {
  if (code >= 0) return code;
  const kontor_error* slot = ErrorSlot();
  std::string message = slot == nullptr ? "" : kontor_error_message(slot);
  if (message.empty()) message = kontor_code_name(code);
  throw Error(code, message, slot != nullptr && kontor_error_retryable(slot) != 0);
}

// For calls where an absence is no outcome that the caller asked about.
inline void MustBeFound(int32_t code) {
  if (code != KONTOR_NOT_FOUND) return;
  const kontor_error* slot = ErrorSlot();
  throw Error(code, slot == nullptr ? kontor_code_name(code) : kontor_error_message(slot), false);
}

// For calls that take no kontor_error.
inline void CheckPlain(int32_t code) {
  if (code < 0) throw Error(code, kontor_code_name(code), false);
}

// Copies bytes that a call returned, and frees them.
inline std::string TakeBytes(void* bytes, size_t length) {
  const Owned<void, kontor_free> owner(bytes);
  return std::string(static_cast<const char*>(bytes), length);
}

// A view of bytes that a handle lends through `accessor`.
template <typename T>
std::string_view Borrow(int32_t (*accessor)(const T*, const void**, size_t*), const T* handle) {
  const void* bytes = nullptr;
  size_t length = 0;
  CheckPlain(accessor(handle, &bytes, &length));
  return std::string_view(static_cast<const char*>(bytes), length);
}

// The two arrays kontor_exec takes.
class Arguments {
 public:
  explicit Arguments(std::span<const std::string_view> arguments) {
    pointers_.reserve(arguments.size());
    lengths_.reserve(arguments.size());
    for (std::string_view argument : arguments) {
      pointers_.push_back(argument.data());
      lengths_.push_back(argument.size());
    }
  }
  size_t count() const { return pointers_.size(); }
  const void* const* pointers() const { return pointers_.data(); }
  const size_t* lengths() const { return lengths_.data(); }

 private:
  std::vector<const void*> pointers_;
  std::vector<size_t> lengths_;
};

}  // namespace detail

inline std::string_view Version() { return kontor_version_string(); }
inline std::string_view CodeName(int32_t code) { return kontor_code_name(code); }

enum class Durability : uint32_t {
  kMemory = KONTOR_DURABILITY_MEMORY,
  kAsync = KONTOR_DURABILITY_ASYNC,
  kSync = KONTOR_DURABILITY_SYNC,
};
enum class Side : uint32_t { kFront = KONTOR_FRONT, kBack = KONTOR_BACK };
enum class Overflow : uint32_t {
  kDropOldest = KONTOR_OVERFLOW_DROP_OLDEST,
  kClose = KONTOR_OVERFLOW_CLOSE,
  kDropNewest = KONTOR_OVERFLOW_DROP_NEWEST,
  kConflate = KONTOR_OVERFLOW_CONFLATE,
  kBlock = KONTOR_OVERFLOW_BLOCK,
};
enum class Subject : uint32_t {
  kChannel = KONTOR_CHANNEL,
  kPattern = KONTOR_PATTERN,
  kTokens = KONTOR_TOKENS,
};

// Ends waits from outside; see kontor_waiter.
class Waiter {
 public:
  Waiter() {
    kontor_waiter* waiter = nullptr;
    detail::Check(kontor_waiter_new(&waiter, detail::ErrorSlot()));
    handle_.reset(waiter);
  }
  // From any thread and from signal handlers.
  void Interrupt() noexcept { kontor_waiter_interrupt(handle()); }
  void Reset() { detail::CheckPlain(kontor_waiter_reset(handle())); }
  kontor_waiter* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_waiter, kontor_waiter_free> handle_;
};

namespace detail {
inline kontor_waiter* HandleOf(Waiter* waiter) {
  return waiter == nullptr ? nullptr : waiter->handle();
}
}  // namespace detail

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_COMMON_HPP_
