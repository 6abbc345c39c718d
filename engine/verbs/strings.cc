#include "verbs/strings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "types/number.h"
#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

Status CheckPair(Bytes key, Bytes value) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  return CheckValue(value);
}

int64_t DeadlineOf(const Record* record) {
  return record == nullptr ? 0 : record->deadline_unix_ms();
}

// What a key holds after its value was written with this deadline.
void Write(Operation& operation, Bytes key, Bytes value, const Record* old,
           const StringSetOptions& options) {
  const int64_t deadline_unix_ms =
      options.keep_deadline ? DeadlineOf(old) : options.deadline_unix_ms;
  if (deadline_unix_ms == 0 || deadline_unix_ms > operation.now_unix_ms()) {
    operation.SetString(key, value, deadline_unix_ms);
    operation.Announce(KeyEventClass::kString, "set", key);
    const bool expires = deadline_unix_ms != 0 && !options.keep_deadline;
    if (expires) operation.Announce(KeyEventClass::kGeneric, "expire", key);
  } else if (old != nullptr) {
    operation.Delete(key);
    operation.Announce(KeyEventClass::kGeneric, "del", key);
  } else {
    operation.RevokeLease(key);
  }
}

}  // namespace

Result<std::optional<Bytes>> StringGet(Operation& operation, Bytes key) {
  std::optional<Bytes> value;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &value));
  return value;
}

Result<uint64_t> StringLength(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  return uint64_t{value ? value->size() : 0};
}

Result<Bytes> StringRange(Operation& operation, Bytes key, int64_t start, int64_t stop) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  if (!value || value->empty()) return Bytes();
  const auto size = static_cast<int64_t>(value->size());
  if (start < 0 && stop < 0 && start > stop) return Bytes();
  const int64_t first = std::max<int64_t>(start < 0 ? start + size : start, 0);
  const int64_t last = std::clamp<int64_t>(stop < 0 ? stop + size : stop, 0, size - 1);
  if (first > last) return Bytes();
  return value->substr(static_cast<size_t>(first), static_cast<size_t>(last - first + 1));
}

Status StringPair::CheckComparable() const {
  // Lengths are below 2^30, so this cannot overflow.
  if ((a.size() + 1) * (b.size() + 1) <= limits::kCommonSubsequencePairs) return Ok();
  return Status(Code::kTooLarge,
                "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
}

Result<StringPair> StringFindPair(Operation& operation, Bytes key_a, Bytes key_b) {
  std::optional<Bytes> a;
  std::optional<Bytes> b;
  if (!operation.Find(key_a, &a).ok() || !operation.Find(key_b, &b).ok()) {
    return Status(Code::kInvalid, "The specified keys must contain string values");
  }
  return StringPair{a.value_or(Bytes()), b.value_or(Bytes())};
}

Result<StringSetResult> StringSet(Operation& operation, Bytes key, Bytes value,
                                  const StringSetOptions& options) {
  KONTOR_RETURN_IF_ERROR(CheckPair(key, value));
  StringSetResult result;
  const Record* const old = operation.Find(key);
  if (options.return_old && old != nullptr) {
    if (!old->is_string()) return WrongType();
    result.old.emplace(old->text());
  }
  const bool refused = options.condition == SetCondition::kIfAbsent    ? old != nullptr
                       : options.condition == SetCondition::kIfPresent ? old == nullptr
                                                                       : false;
  if (refused) return result;
  Write(operation, key, value, old, options);
  result.set = true;
  return result;
}

Status StringSetMany(Operation& operation, absl::Span<const KeyAndValue> pairs) {
  for (const KeyAndValue& pair : pairs) KONTOR_RETURN_IF_ERROR(CheckPair(pair.key, pair.value));
  for (const KeyAndValue& pair : pairs) {
    operation.SetString(pair.key, pair.value, 0);
    operation.Announce(KeyEventClass::kString, "set", pair.key);
  }
  return Ok();
}

Result<bool> StringSetManyIfAbsent(Operation& operation, absl::Span<const KeyAndValue> pairs) {
  for (const KeyAndValue& pair : pairs) {
    if (operation.Find(pair.key) != nullptr) return false;
  }
  KONTOR_RETURN_IF_ERROR(StringSetMany(operation, pairs));
  return true;
}

Result<std::optional<std::string>> StringGetDelete(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  if (!value) {
    operation.RevokeLease(key);
    return std::optional<std::string>();
  }
  std::optional<std::string> taken(std::in_place, *value);
  operation.Delete(key);
  operation.Announce(KeyEventClass::kGeneric, "del", key);
  return taken;
}

Result<std::optional<std::string>> StringGetExpire(Operation& operation, Bytes key,
                                                   int64_t deadline_unix_ms) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  if (!value) {
    const bool deletes = deadline_unix_ms != 0 && deadline_unix_ms <= operation.now_unix_ms();
    if (deletes) operation.RevokeLease(key);
    return std::optional<std::string>();
  }
  std::optional<std::string> copy(std::in_place, *value);
  if (deadline_unix_ms != 0 && deadline_unix_ms <= operation.now_unix_ms()) {
    operation.Delete(key);
    operation.Announce(KeyEventClass::kGeneric, "del", key);
  } else if (DeadlineOf(operation.Find(key)) != deadline_unix_ms) {
    operation.Expire(key, deadline_unix_ms);
    operation.Announce(KeyEventClass::kGeneric, deadline_unix_ms != 0 ? "expire" : "persist", key);
  } else if (deadline_unix_ms != 0) {
    operation.NoteWrite(key);
    operation.Announce(KeyEventClass::kGeneric, "expire", key);
  }
  return copy;
}

Result<uint64_t> StringAppend(Operation& operation, Bytes key, Bytes suffix) {
  KONTOR_RETURN_IF_ERROR(CheckPair(key, suffix));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  if (!value) {
    operation.SetString(key, suffix, 0);
    operation.Announce(KeyEventClass::kString, "append", key);
    return uint64_t{suffix.size()};
  }
  const size_t length = value->size();
  if (suffix.size() > limits::kValueBytes - length) return ValueTooLarge();
  suffix.empty() ? operation.NoteWrite(key) : operation.WriteString(key, length, suffix);
  operation.Announce(KeyEventClass::kString, "append", key);
  return uint64_t{length + suffix.size()};
}

Result<uint64_t> StringSetRange(Operation& operation, Bytes key, int64_t offset, Bytes value) {
  KONTOR_RETURN_IF_ERROR(CheckPair(key, value));
  if (offset < 0) return Status(Code::kOutOfRange, "offset is out of range");
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> old, StringGet(operation, key));
  const size_t length = old ? old->size() : 0;
  if (value.empty()) return uint64_t{length};
  const auto begin = static_cast<uint64_t>(offset);
  if (begin > limits::kValueBytes - value.size()) return ValueTooLarge();
  KONTOR_RETURN_IF_ERROR(CheckGap(operation, length, begin));
  operation.WriteString(key, begin, value);
  operation.Announce(KeyEventClass::kString, "setrange", key);
  return std::max<uint64_t>(length, begin + value.size());
}

Result<int64_t> StringIncrement(Operation& operation, Bytes key, int64_t delta) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  int64_t number = 0;
  if (value && !ParseInteger(*value, &number)) {
    return Status(Code::kNotANumber, "value is not an integer or out of range");
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(number, delta, &sum)) {
    return Status(Code::kOutOfRange, "increment or decrement would overflow");
  }
  operation.SetString(key, FormatInteger(sum), DeadlineOf(operation.Find(key)));
  operation.Announce(KeyEventClass::kString, "incrby", key);
  return sum;
}

Result<std::string> StringIncrementFloat(Operation& operation, Bytes key, long double delta) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value, StringGet(operation, key));
  long double number = 0;
  if (value && !ParseFloat(*value, &number)) {
    return Status(Code::kNotANumber, "value is not a valid float");
  }
  const long double sum = number + delta;
  if (!std::isfinite(sum)) {
    return Status(Code::kOutOfRange, "increment would produce NaN or Infinity");
  }
  std::string text = FormatFloat(sum);
  operation.SetString(key, text, DeadlineOf(operation.Find(key)));
  operation.Announce(KeyEventClass::kString, "incrbyfloat", key);
  return text;
}

}  // namespace kontor::verbs
