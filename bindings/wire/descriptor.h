// A file descriptor that is closed with its owner.
#ifndef KONTOR_WIRE_DESCRIPTOR_H_
#define KONTOR_WIRE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace kontor::wire {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_DESCRIPTOR_H_
