#include "verbs/hyperloglogs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

Status Corrupt() { return Status(Code::kCorrupt, "Corrupted HLL object detected"); }

// The sketch of a key; none if it is absent.
Status Find(Operation& operation, Bytes key, std::optional<Bytes>* sketch) {
  KONTOR_RETURN_IF_ERROR(operation.Find(key, sketch));
  if (!*sketch || HyperLogLog::IsSketch(**sketch)) return Ok();
  return Status(Code::kWrongType, "Key is not a valid HyperLogLog string value.");
}

Status FindPresent(Operation& operation, Bytes key, Bytes* sketch) {
  std::optional<Bytes> found;
  KONTOR_RETURN_IF_ERROR(Find(operation, key, &found));
  if (!found) return Status(Code::kNotFound, "The specified key does not exist");
  *sketch = *found;
  return Ok();
}

// Where two strings of one size differ: from the first such byte to the last.
struct Difference {
  size_t begin = 0;
  size_t end = 0;
};

Difference DifferenceOf(Bytes a, Bytes b) {
  const auto first = std::mismatch(a.begin(), a.end(), b.begin()).first;
  const auto last = std::mismatch(a.rbegin(), a.rend(), b.rbegin()).first;
  if (first == a.end()) return {};
  return {static_cast<size_t>(first - a.begin()), static_cast<size_t>(a.rend() - last)};
}

// Writes a changed sketch over the old one; of a dense one only what has changed.
void Store(Operation& operation, Bytes key, const std::optional<Bytes>& old, Bytes sketch) {
  if (!old || old->size() != sketch.size() || !HyperLogLog::IsDense(*old)) {
    const Record* const record = operation.Find(key);
    operation.SetString(key, sketch, record == nullptr ? 0 : record->deadline_unix_ms());
    return;
  }
  constexpr size_t kHeader = HyperLogLog::kHeaderBytes;
  const Difference header = DifferenceOf(old->substr(0, kHeader), sketch.substr(0, kHeader));
  const Difference body = DifferenceOf(old->substr(kHeader), sketch.substr(kHeader));
  const auto write = [&](size_t begin, size_t end) {
    if (begin != end) operation.WriteString(key, begin, sketch.substr(begin, end - begin));
  };
  write(header.begin, header.end);
  write(kHeader + body.begin, kHeader + body.end);
}

// The sketch to be changed: a copy, or a new one.
HyperLogLog CopyOf(const std::optional<Bytes>& sketch) {
  return sketch ? HyperLogLog(*sketch) : HyperLogLog();
}

// Sets *any_dense if one of them is.
Status MergeAll(Operation& operation, absl::Span<const Bytes> keys,
                HyperLogLog::Registers* registers, bool* any_dense) {
  for (const Bytes key : keys) {
    std::optional<Bytes> sketch;
    KONTOR_RETURN_IF_ERROR(Find(operation, key, &sketch));
    if (!sketch) continue;
    if (!HyperLogLog::Merge(*sketch, registers)) return Corrupt();
    *any_dense |= HyperLogLog::IsDense(*sketch);
  }
  return Ok();
}

Status TestFailed(const std::string& what) { return Status(Code::kInternal, "TESTFAILED " + what); }

Bytes BytesOf(const uint64_t& element) {
  return Bytes(reinterpret_cast<const char*>(&element), sizeof(element));
}

// Adds `count` elements to a dense sketch and to one that begins sparse, and compares their
// estimates with each other and with the truth at each power of ten.
Status TestEstimates(uint64_t count) {
  constexpr double kStandardError = 1.04 / 128;
  HyperLogLog sketch;
  HyperLogLog dense;
  if (!dense.MakeDense()) return TestFailed("an empty sketch is corrupt");
  uint64_t checkpoint = 1;
  for (uint64_t i = 1; i <= count; ++i) {
    const uint64_t element = i * 0x9e3779b97f4a7c15u;
    const bool raised = sketch.Add(BytesOf(element)) == HyperLogLog::Raised::kYes;
    if (raised != (dense.Add(BytesOf(element)) == HyperLogLog::Raised::kYes)) {
      return TestFailed("dense and sparse disagree about element " + std::to_string(i));
    }
    if (i != checkpoint) continue;
    if (i < HyperLogLog::kMostSparseBytes / 2 && HyperLogLog::IsDense(sketch.bytes())) {
      return TestFailed("sparse encoding not used");
    }
    const auto estimate = HyperLogLog::Estimate(sketch.bytes());
    if (!estimate || estimate != HyperLogLog::Estimate(dense.bytes())) {
      return TestFailed("dense/sparse disagree");
    }
    const double error = std::abs(static_cast<double>(*estimate) - static_cast<double>(i));
    if (error > std::ceil(6 * kStandardError * static_cast<double>(i))) {
      return TestFailed("Too big error. card:" + std::to_string(i) +
                        " estimate:" + std::to_string(*estimate));
    }
    checkpoint *= 10;
  }
  return Ok();
}

}  // namespace

Result<bool> HyperLogLogAdd(Operation& operation, Bytes key, absl::Span<const Bytes> elements) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  std::optional<Bytes> old;
  KONTOR_RETURN_IF_ERROR(Find(operation, key, &old));
  // Most of what is added to a large sketch changes nothing; then it is not copied.
  const bool is_dense = old && HyperLogLog::IsDense(*old);
  while (is_dense && !elements.empty() && HyperLogLog::DenseCovers(*old, elements.front())) {
    elements.remove_prefix(1);
  }
  if (is_dense && elements.empty()) {
    operation.RevokeLease(key);
    return false;
  }
  HyperLogLog sketch = CopyOf(old);
  bool changed = !old.has_value();
  for (const Bytes element : elements) {
    const HyperLogLog::Raised raised = sketch.Add(element);
    if (raised == HyperLogLog::Raised::kCorrupt) return Corrupt();
    changed |= raised == HyperLogLog::Raised::kYes;
  }
  if (!changed) {
    operation.RevokeLease(key);
    return false;
  }
  sketch.ForgetEstimate();
  Store(operation, key, old, sketch.bytes());
  operation.Announce(KeyEventClass::kString, "pfadd", key);
  return true;
}

Result<uint64_t> HyperLogLogCount(Operation& operation, Bytes key) {
  std::optional<Bytes> sketch;
  KONTOR_RETURN_IF_ERROR(Find(operation, key, &sketch));
  if (!sketch) return uint64_t{0};
  if (const auto last = HyperLogLog::LastEstimate(*sketch); last) return *last;
  const std::optional<uint64_t> estimate = HyperLogLog::Estimate(*sketch);
  if (!estimate) return Corrupt();
  const std::array<char, 8> encoded = HyperLogLog::EncodeEstimate(*estimate);
  operation.WriteString(key, HyperLogLog::kEstimateOffset, Bytes(encoded.data(), encoded.size()));
  return *estimate;
}

Result<uint64_t> HyperLogLogCountUnion(Operation& operation, absl::Span<const Bytes> keys) {
  HyperLogLog::Registers registers{};
  bool any_dense = false;
  KONTOR_RETURN_IF_ERROR(MergeAll(operation, keys, &registers, &any_dense));
  return HyperLogLog::Estimate(registers);
}

Status HyperLogLogMerge(Operation& operation, Bytes target, absl::Span<const Bytes> sources) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  HyperLogLog::Registers registers{};
  bool any_dense = false;
  KONTOR_RETURN_IF_ERROR(MergeAll(operation, {&target, 1}, &registers, &any_dense));
  KONTOR_RETURN_IF_ERROR(MergeAll(operation, sources, &registers, &any_dense));
  std::optional<Bytes> old;
  KONTOR_RETURN_IF_ERROR(Find(operation, target, &old));
  HyperLogLog merged = CopyOf(old);
  if (any_dense && !merged.MakeDense()) return Corrupt();
  for (size_t i = 0; i < registers.size(); ++i) {
    if (registers[i] == 0) continue;
    if (merged.Raise(i, registers[i]) == HyperLogLog::Raised::kCorrupt) return Corrupt();
  }
  merged.ForgetEstimate();
  Store(operation, target, old, merged.bytes());
  operation.Announce(KeyEventClass::kString, "pfadd", target);
  return Ok();
}

Result<bool> HyperLogLogIsDense(Operation& operation, Bytes key) {
  Bytes sketch;
  KONTOR_RETURN_IF_ERROR(FindPresent(operation, key, &sketch));
  return HyperLogLog::IsDense(sketch);
}

Result<bool> HyperLogLogMakeDense(Operation& operation, Bytes key) {
  Bytes old;
  KONTOR_RETURN_IF_ERROR(FindPresent(operation, key, &old));
  if (HyperLogLog::IsDense(old)) return false;
  HyperLogLog sketch(old);
  if (!sketch.MakeDense()) return Corrupt();
  Store(operation, key, old, sketch.bytes());
  return true;
}

Status HyperLogLogRegisters(Operation& operation, Bytes key, HyperLogLog::Registers* registers) {
  KONTOR_RETURN_IF_ERROR(HyperLogLogMakeDense(operation, key).status());
  Bytes sketch;
  KONTOR_RETURN_IF_ERROR(FindPresent(operation, key, &sketch));
  registers->fill(0);
  return HyperLogLog::Merge(sketch, registers) ? Ok() : Corrupt();
}

Result<std::string> HyperLogLogDescribe(Operation& operation, Bytes key) {
  Bytes sketch;
  KONTOR_RETURN_IF_ERROR(FindPresent(operation, key, &sketch));
  if (HyperLogLog::IsDense(sketch)) return Status(Code::kInvalid, "HLL encoding is not sparse");
  std::optional<std::string> text = HyperLogLog::Describe(sketch);
  if (!text) return Corrupt();
  return *std::move(text);
}

Status HyperLogLogSelfTest() { return TestEstimates(1'000'000); }

}  // namespace kontor::verbs
