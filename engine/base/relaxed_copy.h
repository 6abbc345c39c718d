#ifndef KONTOR_BASE_RELAXED_COPY_H_
#define KONTOR_BASE_RELAXED_COPY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

// Copying and comparing bytes that another thread may be changing at the same time. What comes out
// may be torn: whoever calls these asks a SequenceLock afterwards whether it was, and throws it
// away then.
//
// In the C++ memory model only atomic accesses may race, so under ThreadSanitizer every byte is
// one. Elsewhere they are the memory functions, which read each byte without assuming that it stays
// the same; the fences of the SequenceLock keep the compiler from moving them. (H.-J. Boehm, "Can
// seqlocks get along with programming language memory models?", 2012, and WG21 P1478.)
#if defined(__SANITIZE_THREAD__)
#define KONTOR_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KONTOR_THREAD_SANITIZER 1
#endif
#endif

namespace kontor {

// One word of memory that others may be changing. Plain words, not std::atomic, where memory that
// was something else a moment ago becomes an object without a constructor writing to it.
template <typename T>
T RelaxedLoad(const T* word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
template <typename T>
void RelaxedStore(T* word, T value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

// Such a word as a member. Only writers, who exclude each other, use its arithmetic; whoever takes
// the memory for what it was before reads it as anything.
template <typename T>
class Relaxed {
 public:
  Relaxed& operator=(T value) {
    RelaxedStore(&value_, value);
    return *this;
  }
  operator T() const { return RelaxedLoad(&value_); }  // NOLINT(google-explicit-constructor)
  Relaxed& operator+=(T amount) { return *this = static_cast<T>(T{*this} + amount); }
  Relaxed& operator-=(T amount) { return *this = static_cast<T>(T{*this} - amount); }
  Relaxed& operator|=(T bits) { return *this = static_cast<T>(T{*this} | bits); }
  Relaxed& operator++() { return *this += T{1}; }
  Relaxed& operator--() { return *this -= T{1}; }

 private:
  T value_;
};

#ifdef KONTOR_THREAD_SANITIZER

inline void RelaxedCopy(char* to, const char* from, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    __atomic_store_n(to + i, __atomic_load_n(from + i, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
  }
}

inline bool RelaxedEqual(const char* racing, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (__atomic_load_n(racing + i, __ATOMIC_RELAXED) != bytes[i]) return false;
  }
  return true;
}

#else

// Short ones without a call: as two overlapping pieces of a size that the compiler knows.
template <size_t kPiece>
void CopyTwoPieces(char* to, const char* from, size_t size) {
  char first[kPiece];
  char last[kPiece];
  std::memcpy(first, from, kPiece);
  std::memcpy(last, from + size - kPiece, kPiece);
  std::memcpy(to, first, kPiece);
  std::memcpy(to + size - kPiece, last, kPiece);
}

inline void RelaxedCopy(char* to, const char* from, size_t size) {
  if (size > 64) {
    std::memcpy(to, from, size);
  } else if (size >= 32) {
    CopyTwoPieces<32>(to, from, size);
  } else if (size >= 16) {
    CopyTwoPieces<16>(to, from, size);
  } else if (size >= 8) {
    CopyTwoPieces<8>(to, from, size);
  } else {
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

inline uint64_t LoadWord(const char* from) {
  uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

inline bool RelaxedEqual(const char* racing, Bytes bytes) {
  const size_t size = bytes.size();
  const char* const other = bytes.data();
  if (size < 8 || size > 32) return size == 0 || std::memcmp(racing, other, size) == 0;
  uint64_t difference = (LoadWord(racing) ^ LoadWord(other)) |
                        (LoadWord(racing + size - 8) ^ LoadWord(other + size - 8));
  if (size > 16) {
    difference |= (LoadWord(racing + 8) ^ LoadWord(other + 8)) |
                  (LoadWord(racing + size - 16) ^ LoadWord(other + size - 16));
  }
  return difference == 0;
}

#endif

}  // namespace kontor

#endif  // KONTOR_BASE_RELAXED_COPY_H_
