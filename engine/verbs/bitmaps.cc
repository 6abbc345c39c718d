#include "verbs/bitmaps.h"

#include <algorithm>
#include <string>

#include "verbs/check_limits.h"
#include "verbs/keys.h"
#include "verbs/strings.h"

namespace kontor::verbs {
namespace {

// The bits a range selects of a string that is not empty; none if there are none.
struct SelectedBits {
  uint64_t first;
  uint64_t last;
};

std::optional<SelectedBits> Select(Bytes text, const BitRange& range) {
  const auto size = static_cast<int64_t>(range.in_bits ? text.size() * 8 : text.size());
  const int64_t start = std::max<int64_t>(range.start < 0 ? range.start + size : range.start, 0);
  const int64_t end =
      std::min(std::max<int64_t>(range.end < 0 ? range.end + size : range.end, 0), size - 1);
  if (start > end) return std::nullopt;
  const auto first = static_cast<uint64_t>(start);
  const auto last = static_cast<uint64_t>(end);
  return range.in_bits ? SelectedBits{first, last} : SelectedBits{first * 8, last * 8 + 7};
}

// Whether the string may be as long as this byte needs.
Status CheckByte(Bytes key, uint64_t byte) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  return byte < limits::kValueBytes ? Ok() : ValueTooLarge();
}

// Fills up with zeros as far as a byte, if need be. `text` is what the key holds, before and after.
void GrowTo(Operation& operation, Bytes key, uint64_t byte, Bytes* text) {
  if (byte < text->size()) {
    operation.RevokeLease(key);
  } else {
    operation.WriteString(key, byte, Bytes("\0", 1));
    *text = operation.Find(key)->text();
  }
}

// `text` is what the key holds, before and after.
std::optional<int64_t> RunStep(Operation& operation, Bytes key, const BitFieldStep& step,
                               Bytes* text) {
  const int64_t old = ReadBitField(*text, step.field);
  if (!step.writes()) return old;
  const bool adds = step.action == BitFieldStep::Action::kIncrement;
  const std::optional<int64_t> made =
      AddInBitField(step.field, adds ? old : step.number, adds ? step.number : 0, step.overflow);
  if (!made) return std::nullopt;
  if (*made != old) {
    operation.WriteString(key, step.field.first_byte(), WithBitField(*text, step.field, *made));
    *text = operation.Find(key)->text();
  }
  return adds ? *made : old;
}

}  // namespace

Result<bool> BitGet(Operation& operation, Bytes key, uint64_t offset) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> text, StringGet(operation, key));
  return text && BitAt(*text, offset);
}

Result<bool> BitSet(Operation& operation, Bytes key, uint64_t offset, bool bit) {
  const BitField field{.offset = offset, .bits = 1};
  KONTOR_RETURN_IF_ERROR(CheckByte(key, field.last_byte()));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> held, StringGet(operation, key));
  const Bytes text = held.value_or(Bytes());
  KONTOR_RETURN_IF_ERROR(CheckGap(operation, text.size(), field.first_byte()));
  const bool old = BitAt(text, offset);
  if (old != bit || field.last_byte() >= text.size()) {
    operation.WriteString(key, field.first_byte(), WithBitField(text, field, bit ? 1 : 0));
    operation.Announce(KeyEventClass::kString, "setbit", key);
  } else {
    operation.RevokeLease(key);
  }
  return old;
}

Result<uint64_t> BitCount(Operation& operation, Bytes key, const BitRange& range) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> text, StringGet(operation, key));
  if (!text || text->empty()) return uint64_t{0};
  if (range.start < 0 && range.end < 0 && range.start > range.end) return uint64_t{0};
  const std::optional<SelectedBits> bits = Select(*text, range);
  return bits ? CountBits(*text, bits->first, bits->last) : 0;
}

Result<int64_t> BitPosition(Operation& operation, Bytes key, bool bit, const BitRange& range,
                            bool open_ended) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> text, StringGet(operation, key));
  if (!text) return int64_t{bit ? -1 : 0};
  const std::optional<SelectedBits> bits = Select(*text, range);
  if (!bits) return int64_t{-1};
  const std::optional<uint64_t> found = FindBit(*text, bit, bits->first, bits->last);
  if (found) return static_cast<int64_t>(*found);
  return open_ended && !bit ? static_cast<int64_t>(bits->last + 1) : int64_t{-1};
}

Result<uint64_t> BitCombine(Operation& operation, BitOperation combine, Bytes target,
                            absl::Span<const Bytes> sources) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  std::vector<Bytes> texts;
  texts.reserve(sources.size());
  for (const Bytes source : sources) {
    KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> text, StringGet(operation, source));
    texts.push_back(text.value_or(Bytes()));
  }
  const std::string combined = CombineBits(combine, texts);
  if (!combined.empty()) {
    operation.SetString(target, combined, 0);
    operation.Announce(KeyEventClass::kString, "set", target);
  } else {
    KeyDelete(operation, target);
  }
  return uint64_t{combined.size()};
}

Result<std::vector<std::optional<int64_t>>> BitFields(Operation& operation, Bytes key,
                                                      absl::Span<const BitFieldStep> steps) {
  bool writes = false;
  uint64_t last_byte = 0;
  for (const BitFieldStep& step : steps) {
    if (!step.writes()) continue;
    writes = true;
    last_byte = std::max<uint64_t>(last_byte, step.field.last_byte());
  }
  if (writes) KONTOR_RETURN_IF_ERROR(CheckByte(key, last_byte));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> held, StringGet(operation, key));
  std::vector<std::optional<int64_t>> answers;
  answers.reserve(steps.size());
  Bytes text = held.value_or(Bytes());
  if (writes) KONTOR_RETURN_IF_ERROR(CheckGap(operation, text.size(), last_byte));
  if (writes) GrowTo(operation, key, last_byte, &text);
  for (const BitFieldStep& step : steps) answers.push_back(RunStep(operation, key, step, &text));
  if (writes) operation.Announce(KeyEventClass::kString, "setbit", key);
  return answers;
}

}  // namespace kontor::verbs
