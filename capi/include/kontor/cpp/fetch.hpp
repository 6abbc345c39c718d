// Part of kontor.hpp: a cache in front of a database.
#ifndef KONTOR_CPP_FETCH_HPP_
#define KONTOR_CPP_FETCH_HPP_

#include <kontor/cpp/database.hpp>
#include <optional>

namespace kontor {
inline namespace api {

// The right, and the duty, to compute the value of a key. Destroying it gives it up, if it was not
// filled.
class Lease {
 public:
  explicit Lease(kontor_lease* lease) : handle_(lease) {}
  // Sets the key, to be fresh for `ttl` (zero: for ever). False, with nothing changed, if the lease
  // ran out or the key was written to.
  bool Fill(std::string_view value, milliseconds ttl = milliseconds(0)) {
    const int32_t code =
        kontor_lease_fill(handle(), value.data(), value.size(), ttl.count(), detail::ErrorSlot());
    return code != KONTOR_STALE_RECEIPT && detail::Check(code) == KONTOR_OK;
  }
  // False if it was not held any more.
  bool GiveUp() {
    const int32_t code = kontor_lease_give_up(handle(), detail::ErrorSlot());
    return code != KONTOR_STALE_RECEIPT && detail::Check(code) == KONTOR_OK;
  }
  kontor_lease* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_lease, kontor_lease_free> handle_;
};

struct FetchOptions {
  milliseconds stale{0};      // a value with no more than this left to live is stale
  milliseconds lease{30000};  // longer than the computing takes
  milliseconds timeout = kForever;
};

// A value, a lease to compute one, or both: then the value is stale. Neither: another caller
// computes it, and it did not come in time, or the waiter was interrupted.
struct Fetched {
  std::optional<std::string> value;
  bool stale = false;
  std::optional<Lease> lease;
};

inline Fetched Fetch(Database& db, std::string_view key, const FetchOptions& options = {},
                     Waiter* waiter = nullptr) {
  void* value = nullptr;
  size_t length = 0;
  uint8_t stale = 0;
  kontor_lease* lease = nullptr;
  const int32_t code = detail::Check(
      kontor_fetch(db.handle(), key.data(), key.size(), options.stale.count(),
                   options.lease.count(), options.timeout.count(), detail::HandleOf(waiter), &value,
                   &length, &stale, &lease, detail::ErrorSlot()));
  Fetched fetched;
  if (lease != nullptr) fetched.lease.emplace(lease);
  if (code == KONTOR_OK) fetched.value = detail::TakeBytes(value, length);
  fetched.stale = stale != 0;
  return fetched;
}

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_FETCH_HPP_
