#include "types/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace kontor {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as little-endian");

constexpr Bytes kMagic = "HYLL";
constexpr size_t kFormOffset = 4;
constexpr char kDense = 0;
constexpr char kSparse = 1;

constexpr unsigned kIndexBits = 14;
constexpr unsigned kRankBits = 64 - kIndexBits;
constexpr size_t kRegisterValues = 64;

constexpr unsigned kLongestZeros = 64;  // of the short form
constexpr unsigned kLongestValues = 4;  // in a run
constexpr uint8_t kLargestSparseValue = 32;

uint8_t ByteAt(Bytes bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// MurmurHash64A (A. Appleby, 2008, public domain) with the seed of Redis.
uint64_t HashElement(Bytes element) {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995u;
  constexpr unsigned kShift = 47;
  uint64_t hash = 0xadc83b19u ^ (element.size() * kMultiplier);
  while (element.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, element.data(), sizeof(word));
    element.remove_prefix(sizeof(word));
    word *= kMultiplier;
    word ^= word >> kShift;
    hash = (hash ^ word * kMultiplier) * kMultiplier;
  }
  if (!element.empty()) {
    uint64_t rest = 0;
    std::memcpy(&rest, element.data(), element.size());
    hash = (hash ^ rest) * kMultiplier;
  }
  hash = (hash ^ hash >> kShift) * kMultiplier;
  return hash ^ hash >> kShift;
}

// The register an element belongs to, and the value it has there: one more than the zeros that its
// hash ends with.
struct Place {
  size_t index;
  uint8_t value;
};

Place PlaceOf(Bytes element) {
  const uint64_t hash = HashElement(element);
  const uint64_t rank = hash >> kIndexBits | uint64_t{1} << kRankBits;
  return {hash % HyperLogLog::kRegisters, static_cast<uint8_t>(std::countr_zero(rank) + 1)};
}

// --- Dense ---

// Where a register lies: 6 bits from this one of two bytes, of which the second is not there where
// the first is enough.
struct DensePlace {
  explicit DensePlace(size_t index)
      : byte(HyperLogLog::kHeaderBytes + index * 6 / 8), shift(index * 6 % 8) {}
  bool straddles() const { return shift > 2; }

  size_t byte;
  unsigned shift;
};

uint8_t DenseRegister(Bytes sketch, size_t index) {
  const DensePlace place(index);
  unsigned bits = ByteAt(sketch, place.byte);
  if (place.straddles()) bits |= unsigned{ByteAt(sketch, place.byte + 1)} << 8;
  return static_cast<uint8_t>(bits >> place.shift & 63);
}

// Calls visit(value, index) for all registers, four of which lie in three bytes.
template <typename Visit>
void ForEachDense(Bytes sketch, Visit visit) {
  size_t at = HyperLogLog::kHeaderBytes;
  for (size_t index = 0; index < HyperLogLog::kRegisters; index += 4, at += 3) {
    const unsigned four = ByteAt(sketch, at) | unsigned{ByteAt(sketch, at + 1)} << 8 |
                          unsigned{ByteAt(sketch, at + 2)} << 16;
    visit(static_cast<uint8_t>(four & 63), index);
    visit(static_cast<uint8_t>(four >> 6 & 63), index + 1);
    visit(static_cast<uint8_t>(four >> 12 & 63), index + 2);
    visit(static_cast<uint8_t>(four >> 18), index + 3);
  }
}

// --- Sparse ---

struct Run {
  unsigned length = 0;  // in registers
  uint8_t value = 0;
  size_t bytes = 1;  // how long its code is
};

// False at the end. A code that breaks off is read as if a zero followed, as Redis does.
bool ReadRun(Bytes sketch, size_t at, Run* run) {
  if (at >= sketch.size()) return false;
  const unsigned first = ByteAt(sketch, at);
  if ((first & 0x80) != 0) {
    *run = {(first & 3) + 1, static_cast<uint8_t>((first >> 2 & 31) + 1), 1};
  } else if ((first & 0x40) == 0) {
    *run = {(first & 63) + 1, 0, 1};
  } else {
    const unsigned second = at + 1 < sketch.size() ? ByteAt(sketch, at + 1) : 0;
    *run = {((first & 63) << 8 | second) + 1, 0, 2};
  }
  return true;
}

// An empty run has no code.
void AppendRun(std::string* codes, uint8_t value, size_t length) {
  if (length == 0) return;
  const size_t code = length - 1;
  if (value != 0) {
    codes->push_back(static_cast<char>(0x80 | size_t{value - 1u} << 2 | code));
  } else if (length <= kLongestZeros) {
    codes->push_back(static_cast<char>(code));
  } else {
    codes->push_back(static_cast<char>(0x40 | code >> 8));
    codes->push_back(static_cast<char>(code & 0xff));
  }
}

// Calls visit(run, index of its first register). False if the runs are not all registers.
template <typename Visit>
bool ForEachRun(Bytes sketch, Visit visit) {
  size_t index = 0;
  size_t at = HyperLogLog::kHeaderBytes;
  Run run;
  while (ReadRun(sketch, at, &run)) {
    if (run.length > HyperLogLog::kRegisters - index) return false;
    visit(run, index);
    index += run.length;
    at += run.bytes;
  }
  return index == HyperLogLog::kRegisters;
}

// --- The estimate ---

// How many registers have each value. Neighbours, which often have the same, are counted apart, or
// each would wait for the one before.
class Histogram {
 public:
  void Add(size_t value, size_t index, unsigned count = 1) {
    lanes_[index % kLanes][value] += count;
  }
  double operator[](size_t value) const {
    uint32_t count = 0;
    for (const auto& lane : lanes_) count += lane[value];
    return count;
  }

 private:
  static constexpr size_t kLanes = 4;
  std::array<std::array<uint32_t, kRegisterValues>, kLanes> lanes_{};
};

// The functions sigma and tau, and the estimator: O. Ertl, "New cardinality estimation algorithms
// for HyperLogLog sketches", arXiv:1702.01284, algorithm 6.
double Sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double weight = 1;
  double sum = x;
  double before = 0;
  do {
    x *= x;
    before = sum;
    sum += x * weight;
    weight += weight;
  } while (sum != before);
  return sum;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double weight = 1;
  double sum = 1 - x;
  double before = 0;
  do {
    x = std::sqrt(x);
    before = sum;
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  } while (sum != before);
  return sum / 3;
}

uint64_t EstimateFrom(const Histogram& histogram) {
  constexpr double kCount = HyperLogLog::kRegisters;
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  double sum = kCount * Tau((kCount - histogram[kRankBits + 1]) / kCount);
  for (size_t value = kRankBits; value >= 1; --value) {
    sum += histogram[value];
    sum *= 0.5;
  }
  sum += kCount * Sigma(histogram[0] / kCount);
  const double estimate = kAlpha * kCount * kCount / sum;
  // Registers that no element could have made may tell of infinitely many.
  constexpr uint64_t kMost = uint64_t{1} << 63;
  if (!(estimate < static_cast<double>(kMost))) return kMost;
  return static_cast<uint64_t>(std::llround(estimate));
}

}  // namespace

bool HyperLogLog::IsSketch(Bytes bytes) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic) return false;
  const char form = bytes[kFormOffset];
  return form == kSparse || (form == kDense && bytes.size() == kDenseBytes);
}

bool HyperLogLog::IsDense(Bytes sketch) { return sketch[kFormOffset] == kDense; }

std::optional<uint64_t> HyperLogLog::LastEstimate(Bytes sketch) {
  uint64_t estimate = 0;
  std::memcpy(&estimate, sketch.data() + kEstimateOffset, sizeof(estimate));
  if (estimate >> 63 != 0) return std::nullopt;
  return estimate;
}

std::optional<uint64_t> HyperLogLog::Estimate(Bytes sketch) {
  Histogram histogram;
  if (IsDense(sketch)) {
    ForEachDense(sketch, [&](uint8_t value, size_t index) { histogram.Add(value, index); });
    return EstimateFrom(histogram);
  }
  const bool whole = ForEachRun(
      sketch, [&](const Run& run, size_t index) { histogram.Add(run.value, index, run.length); });
  if (!whole) return std::nullopt;
  return EstimateFrom(histogram);
}

uint64_t HyperLogLog::Estimate(const Registers& registers) {
  Histogram histogram;
  for (size_t i = 0; i < kRegisters; ++i) histogram.Add(registers[i] % kRegisterValues, i);
  return EstimateFrom(histogram);
}

bool HyperLogLog::Merge(Bytes sketch, Registers* registers) {
  if (IsDense(sketch)) {
    ForEachDense(sketch, [&](uint8_t value, size_t index) {
      (*registers)[index] = std::max((*registers)[index], value);
    });
    return true;
  }
  return ForEachRun(sketch, [&](const Run& run, size_t index) {
    if (run.value == 0) return;
    for (size_t i = index; i < index + run.length; ++i) {
      (*registers)[i] = std::max((*registers)[i], run.value);
    }
  });
}

std::optional<std::string> HyperLogLog::Describe(Bytes sketch) {
  std::string text;
  size_t at = kHeaderBytes;
  Run run;
  for (size_t runs = 0; ReadRun(sketch, at, &run); ++runs, at += run.bytes) {
    if (runs == kRegisters) return std::nullopt;
    if (!text.empty()) text += ' ';
    text += run.value != 0 ? "v:" + std::to_string(run.value) + "," : run.bytes == 1 ? "z:" : "Z:";
    text += std::to_string(run.length);
  }
  return text;
}

bool HyperLogLog::DenseCovers(Bytes sketch, Bytes element) {
  const Place place = PlaceOf(element);
  return DenseRegister(sketch, place.index) >= place.value;
}

HyperLogLog::HyperLogLog() : bytes_(kMagic) {
  bytes_.resize(kHeaderBytes);
  bytes_[kFormOffset] = kSparse;
  AppendRun(&bytes_, 0, kRegisters);
}

HyperLogLog::Raised HyperLogLog::Add(Bytes element) {
  const Place place = PlaceOf(element);
  return Raise(place.index, place.value);
}

HyperLogLog::Raised HyperLogLog::Raise(size_t index, uint8_t value) {
  return IsDense(bytes_) ? RaiseDense(index, value) : RaiseSparse(index, value);
}

HyperLogLog::Raised HyperLogLog::RaiseDense(size_t index, uint8_t value) {
  const uint8_t old = DenseRegister(bytes_, index);
  if (old >= value) return Raised::kNo;
  // One bits are flipped where the values differ, in one byte or two.
  const DensePlace place(index);
  const unsigned flipped = unsigned{static_cast<uint8_t>(old ^ value)} << place.shift;
  bytes_[place.byte] = static_cast<char>(ByteAt(bytes_, place.byte) ^ (flipped & 0xff));
  if (place.straddles()) {
    bytes_[place.byte + 1] = static_cast<char>(ByteAt(bytes_, place.byte + 1) ^ flipped >> 8);
  }
  return Raised::kYes;
}

HyperLogLog::Raised HyperLogLog::RaiseSparse(size_t index, uint8_t value) {
  if (value > kLargestSparseValue) return RaiseAsDense(index, value);
  Run run;
  size_t at = kHeaderBytes;
  size_t previous = at;
  size_t first = 0;  // register of the run
  while (true) {
    if (!ReadRun(bytes_, at, &run)) return Raised::kCorrupt;
    if (index < first + run.length) break;
    previous = at;
    at += run.bytes;
    first += run.length;
  }
  if (run.value >= value) return Raised::kNo;
  if (at + run.bytes > bytes_.size()) return Raised::kCorrupt;
  // The run is split around the register.
  std::string split;
  AppendRun(&split, run.value, index - first);
  AppendRun(&split, value, 1);
  AppendRun(&split, run.value, first + run.length - index - 1);
  const bool grows = split.size() > run.bytes;
  if (grows && bytes_.size() + split.size() - run.bytes > kMostSparseBytes) {
    return RaiseAsDense(index, value);
  }
  bytes_.replace(at, run.bytes, split);
  JoinRuns(previous);
  return Raised::kYes;
}

HyperLogLog::Raised HyperLogLog::RaiseAsDense(size_t index, uint8_t value) {
  return MakeDense() ? RaiseDense(index, value) : Raised::kCorrupt;
}

// Looks at five runs, as Redis does, and joins neighbours of one value while a code can hold them.
void HyperLogLog::JoinRuns(size_t at) {
  Run run;
  for (int looked = 0; looked < 5 && ReadRun(bytes_, at, &run); ++looked) {
    Run next;
    const bool joins = run.value != 0 && ReadRun(bytes_, at + 1, &next) &&
                       next.value == run.value && run.length + next.length <= kLongestValues;
    if (!joins) {
      at += run.bytes;
      continue;
    }
    std::string joined;
    AppendRun(&joined, run.value, run.length + next.length);
    bytes_.replace(at, 2, joined);
  }
}

bool HyperLogLog::MakeDense() {
  if (IsDense(bytes_)) return true;
  HyperLogLog dense(Bytes(bytes_).substr(0, kHeaderBytes));
  dense.bytes_.resize(kDenseBytes);
  dense.bytes_[kFormOffset] = kDense;
  const bool whole = ForEachRun(bytes_, [&](const Run& run, size_t index) {
    for (size_t i = index; run.value != 0 && i < index + run.length; ++i) {
      static_cast<void>(dense.RaiseDense(i, run.value));
    }
  });
  if (whole) bytes_.swap(dense.bytes_);
  return whole;
}

void HyperLogLog::ForgetEstimate() {
  char& highest = bytes_[kEstimateOffset + sizeof(uint64_t) - 1];
  highest = static_cast<char>(highest | 0x80);
}

std::array<char, 8> HyperLogLog::EncodeEstimate(uint64_t estimate) {
  std::array<char, 8> bytes;
  std::memcpy(bytes.data(), &estimate, bytes.size());
  return bytes;
}

}  // namespace kontor
