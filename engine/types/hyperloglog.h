#ifndef KONTOR_TYPES_HYPERLOGLOG_H_
#define KONTOR_TYPES_HYPERLOGLOG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kontor {

// A sketch that estimates how many different elements were added to it, within 0.81 %, in at most
// 12 KiB (P. Flajolet et al., "HyperLogLog", 2007). It lives in a string, in the encoding of Redis,
// byte for byte:
//
//   "HYLL" | form (1 byte) | 3 unused | the last estimate (8, little-endian) | registers
//
// The highest bit of the estimate says that the registers have changed since. The registers, 16384
// of 6 bits, are dense, the lowest bits of the first byte first, or sparse: runs of equal ones.
//
//   00llllll            l + 1 zeros
//   01llllll llllllll   l + 1 zeros
//   1vvvvvll            l + 1 registers of v + 1
//
// What is in a string may be anything, so every function bears any bytes.
class HyperLogLog {
 public:
  static constexpr size_t kRegisters = 16384;
  static constexpr size_t kHeaderBytes = 16;
  static constexpr size_t kDenseBytes = kHeaderBytes + kRegisters * 6 / 8;
  static constexpr size_t kMostSparseBytes = 3000;  // beyond it a sketch becomes dense

  using Registers = std::array<uint8_t, kRegisters>;

  // --- Of a string. ---

  // Whether the bytes look like a sketch: the header, and the size of a dense one. Everything below
  // needs that.
  static bool IsSketch(Bytes bytes);
  static bool IsDense(Bytes sketch);
  // None if the registers have changed since.
  static std::optional<uint64_t> LastEstimate(Bytes sketch);
  // None if the sketch is corrupt: it has too many registers, or too few.
  static std::optional<uint64_t> Estimate(Bytes sketch);
  static uint64_t Estimate(const Registers& registers);
  // Raises each register to that of the sketch where it is lower. False if the sketch is corrupt.
  static bool Merge(Bytes sketch, Registers* registers);
  // The runs of a sparse sketch as Redis prints them, "Z:16383 v:1,1", also of a corrupt one; none
  // if that has more runs than registers.
  static std::optional<std::string> Describe(Bytes sketch);
  // Whether adding the element would change nothing, asked of a dense one.
  static bool DenseCovers(Bytes sketch, Bytes element);

  // --- One that changes. ---

  // Of nothing, and sparse.
  HyperLogLog();
  // A copy.
  explicit HyperLogLog(Bytes sketch) : bytes_(sketch) {}

  Bytes bytes() const { return bytes_; }

  enum class Raised { kNo, kYes, kCorrupt };
  Raised Add(Bytes element);
  // To `value`, 1 to 63, if the register is lower.
  Raised Raise(size_t index, uint8_t value);
  // False, and nothing has changed, if it is corrupt.
  bool MakeDense();
  // The registers have changed.
  void ForgetEstimate();

  // How an estimate is noted in a sketch: these bytes at this offset.
  static constexpr size_t kEstimateOffset = 8;
  static std::array<char, 8> EncodeEstimate(uint64_t estimate);

 private:
  Raised RaiseDense(size_t index, uint8_t value);
  Raised RaiseSparse(size_t index, uint8_t value);
  Raised RaiseAsDense(size_t index, uint8_t value);
  void JoinRuns(size_t at);

  std::string bytes_;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_HYPERLOGLOG_H_
