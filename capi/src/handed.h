#ifndef KONTOR_CAPI_SRC_HANDED_H_
#define KONTOR_CAPI_SRC_HANDED_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/limits.h"
#include "handles.h"

// Arrays of messages that a call fills.
namespace kontor::capi {

// Empties the array a call fills, before anything can be refused.
inline void EmptyMessages(kontor_message** messages, size_t capacity, size_t* count) {
  if (count != nullptr) *count = 0;
  if (messages != nullptr && capacity <= limits::kTakeBatch) {
    std::fill(messages, messages + capacity, nullptr);
  }
}

inline Status CheckMessages(kontor_message** messages, size_t capacity, const size_t* count) {
  if (count == nullptr) return Null("count");
  if (messages == nullptr) return Null("messages");
  if (capacity == 0 || capacity > limits::kTakeBatch) {
    return Status(Code::kOutOfRange, "capacity is 1 to " + std::to_string(limits::kTakeBatch) +
                                         ", not " + std::to_string(capacity));
  }
  return Ok();
}

// The messages of a take, made in the caller's array; those that are not kept in the end go.
class Handed {
 public:
  explicit Handed(kontor_message** messages) : messages_(messages) {}
  ~Handed() { Keep(0); }
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

  TakenMessage* Add() {
    messages_[made_] = new kontor_message;
    return &messages_[made_++]->message;
  }
  size_t size() const { return made_; }
  void Keep(size_t count) {
    for (; made_ > count; --made_) delete std::exchange(messages_[made_ - 1], nullptr);
    made_ = 0;
  }

 private:
  kontor_message** const messages_;
  size_t made_ = 0;
};

}  // namespace kontor::capi

#endif  // KONTOR_CAPI_SRC_HANDED_H_
