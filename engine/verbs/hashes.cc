#include "verbs/hashes.h"

#include <cmath>

#include "types/number.h"
#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

// A number stored in a field, 0 if the field is absent.
Status ParseStored(const std::optional<Element>& stored, int64_t* number) {
  *number = 0;
  if (!stored.has_value() || ParseInteger(stored->bytes(), number)) return Ok();
  return Status(Code::kNotANumber, "hash value is not an integer");
}

Status ParseStored(const std::optional<Element>& stored, long double* number) {
  *number = 0;
  if (!stored.has_value() || ParseFloat(stored->bytes(), number)) return Ok();
  return Status(Code::kNotANumber, "hash value is not a float");
}

Status CheckField(Bytes key, Bytes field, Bytes value) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_RETURN_IF_ERROR(CheckValue(field));
  return CheckValue(value);
}

}  // namespace

Result<const Hash*> HashFind(Operation& operation, Bytes key) {
  const Hash* hash = nullptr;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &hash));
  return hash;
}

Result<uint64_t> HashSet(Operation& operation, Bytes key, absl::Span<const FieldAndValue> fields,
                         FieldDeadlines deadlines, Bytes event) {
  for (const FieldAndValue& pair : fields) {
    KONTOR_RETURN_IF_ERROR(CheckField(key, pair.field, pair.value));
  }
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  const size_t before = hash == nullptr ? 0 : hash->size();
  KONTOR_RETURN_IF_ERROR(CheckElements(before, fields.size()));
  if (fields.empty()) return uint64_t{0};
  for (const FieldAndValue& pair : fields) {
    deadlines == FieldDeadlines::kKeep ? operation.SetFieldValue(key, pair.field, pair.value)
                                       : operation.SetField(key, pair.field, pair.value);
  }
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &hash));
  KONTOR_CHECK(hash != nullptr);
  operation.Announce(KeyEventClass::kHash, event, key);
  return uint64_t{hash->size() - before};
}

Result<bool> HashSet(Operation& operation, Bytes key, Bytes field, Bytes value) {
  const FieldAndValue pair{field, value};
  KONTOR_ASSIGN_OR_RETURN(const uint64_t added, HashSet(operation, key, absl::MakeSpan(&pair, 1)));
  return added == 1;
}

Result<bool> HashSetIfAbsent(Operation& operation, Bytes key, Bytes field, Bytes value) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Element> stored, HashGet(operation, key, field));
  if (stored.has_value()) return false;
  return HashSet(operation, key, field, value);
}

Result<std::optional<Element>> HashGet(Operation& operation, Bytes key, Bytes field) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  return hash == nullptr ? std::nullopt : hash->Find(field);
}

Result<uint64_t> HashLength(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  return hash == nullptr ? uint64_t{0} : uint64_t{hash->size()};
}

Result<uint64_t> HashDelete(Operation& operation, Bytes key, absl::Span<const Bytes> fields) {
  uint64_t deleted = 0;
  for (const Bytes field : fields) {
    KONTOR_ASSIGN_OR_RETURN(const std::optional<Element> stored, HashGet(operation, key, field));
    if (!stored.has_value()) continue;
    operation.DeleteField(key, field);
    ++deleted;
  }
  if (deleted > 0) operation.AnnounceTaking(KeyEventClass::kHash, "hdel", key);
  return deleted;
}

Result<FieldExpiry> HashExpireField(Operation& operation, Bytes key, Bytes field,
                                    int64_t deadline_unix_ms, const ExpireConditions& conditions) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  if (hash == nullptr || !hash->Find(field).has_value()) return FieldExpiry::kAbsent;
  if (!ConditionsHold(conditions, hash->DeadlineOf(field), deadline_unix_ms)) {
    return FieldExpiry::kRefused;
  }
  if (deadline_unix_ms <= operation.now_unix_ms()) {
    operation.DeleteField(key, field);
    operation.AnnounceTaking(KeyEventClass::kHash, "hdel", key);
    return FieldExpiry::kDeleted;
  }
  operation.ExpireField(key, field, deadline_unix_ms);
  operation.Announce(KeyEventClass::kHash, "hexpire", key);
  return FieldExpiry::kSet;
}

Result<FieldPersistence> HashPersistField(Operation& operation, Bytes key, Bytes field) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  if (hash == nullptr || !hash->Find(field).has_value()) return FieldPersistence::kAbsent;
  if (hash->DeadlineOf(field) == 0) return FieldPersistence::kHadNone;
  operation.ExpireField(key, field, 0);
  operation.Announce(KeyEventClass::kHash, "hpersist", key);
  return FieldPersistence::kPersists;
}

namespace {

Status SetNumber(Operation& operation, Bytes key, Bytes field, Bytes number, Bytes event) {
  const FieldAndValue pair{field, number};
  return HashSet(operation, key, absl::MakeSpan(&pair, 1), FieldDeadlines::kKeep, event).status();
}

}  // namespace

Result<int64_t> HashIncrement(Operation& operation, Bytes key, Bytes field, int64_t delta) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Element> stored, HashGet(operation, key, field));
  int64_t number = 0;
  KONTOR_RETURN_IF_ERROR(ParseStored(stored, &number));
  if (__builtin_add_overflow(number, delta, &number)) {
    return Status(Code::kOutOfRange, "increment or decrement would overflow");
  }
  const std::string text = FormatInteger(number);
  KONTOR_RETURN_IF_ERROR(SetNumber(operation, key, field, text, "hincrby"));
  return number;
}

Result<std::string> HashIncrementFloat(Operation& operation, Bytes key, Bytes field,
                                       long double delta) {
  if (!std::isfinite(delta)) return Status(Code::kOutOfRange, "value is NaN or Infinity");
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Element> stored, HashGet(operation, key, field));
  long double number = 0;
  KONTOR_RETURN_IF_ERROR(ParseStored(stored, &number));
  number += delta;
  if (!std::isfinite(number)) {
    return Status(Code::kOutOfRange, "increment would produce NaN or Infinity");
  }
  std::string text = FormatFloat(number);
  KONTOR_RETURN_IF_ERROR(SetNumber(operation, key, field, text, "hincrbyfloat"));
  return text;
}

Result<uint64_t> HashScan(Operation& operation, Bytes key, uint64_t cursor, uint64_t count,
                          absl::FunctionRef<void(const Hash::Field&)> visit) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, HashFind(operation, key));
  if (hash == nullptr) return uint64_t{0};
  return hash->Scan(cursor == 0 ? Hash::kScanStart : cursor, count, visit);
}

}  // namespace kontor::verbs
