// Part of kontor.hpp: one wait for many things.
#ifndef KONTOR_CPP_WAIT_SET_HPP_
#define KONTOR_CPP_WAIT_SET_HPP_

#include <kontor/cpp/common.hpp>
#include <vector>

namespace kontor {
inline namespace api {

// Waits for the descriptors of mailboxes, consumers, sessions, and any others. From any thread.
class WaitSet {
 public:
  WaitSet() {
    kontor_wait_set* set = nullptr;
    detail::Check(kontor_wait_set_new(&set, detail::ErrorSlot()));
    handle_.reset(set);
  }
  // False if it is in the set already. `tag` is for the host.
  bool Add(int descriptor, uint64_t tag) {
    return detail::Check(kontor_wait_set_add(handle(), descriptor, tag, detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  // False if it was not in the set.
  bool Remove(int descriptor) {
    return detail::Check(kontor_wait_set_remove(handle(), descriptor, detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  // The tags of those that are readable; none if none became so in time, or it was interrupted.
  std::vector<uint64_t> Wait(milliseconds timeout) {
    constexpr size_t kMostAtOnce = 64;
    std::vector<uint64_t> tags(kMostAtOnce);
    size_t count = 0;
    detail::Check(kontor_wait_set_wait(handle(), timeout.count(), tags.data(), tags.size(), &count,
                                       detail::ErrorSlot()));
    tags.resize(count);
    return tags;
  }
  // Readable while one of them is.
  int descriptor() const {
    int32_t descriptor = -1;
    detail::Check(kontor_wait_set_descriptor(handle(), &descriptor, detail::ErrorSlot()));
    return descriptor;
  }
  // Ends all waits, until Reset; also in a signal handler.
  void Interrupt() { kontor_wait_set_interrupt(handle()); }
  void Reset() { kontor_wait_set_reset(handle()); }
  kontor_wait_set* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_wait_set, kontor_wait_set_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_WAIT_SET_HPP_
