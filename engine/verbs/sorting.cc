#include "verbs/sorting.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "keyspace/record.h"
#include "verbs/check_limits.h"
#include "verbs/keys.h"

namespace kontor::verbs {
namespace {

// An element and what it is compared by.
struct Item {
  Element element;
  double number = 0;
  std::optional<std::string> text;
};

// As strtod reads it: spaces may stand in front, nothing at all is 0, and the text ends at its
// first NUL.
bool ReadNumber(Bytes text, double* number) {
  const std::string terminated(text);
  char* end = nullptr;
  errno = 0;
  *number = std::strtod(terminated.c_str(), &end);
  return *end == '\0' && errno != ERANGE && !std::isnan(*number);
}

// Elements in the order in which the collection has them.
Status Collect(Operation& operation, Bytes key, std::vector<Item>* items) {
  const Record* const record = operation.Find(key);
  if (record == nullptr) return Ok();
  const auto add = [items](const Element& element) { items->push_back({element, 0, {}}); };
  if (const auto* list = record->As<List>(); list != nullptr) {
    items->reserve(list->size());
    for (auto each = list->From(0); each.valid(); each.Next()) add(each.element());
  } else if (const auto* set = record->As<Set>(); set != nullptr) {
    items->reserve(set->size());
    set->ForEach(add);
  } else if (const auto* sorted = record->As<SortedSet>(); sorted != nullptr) {
    items->reserve(sorted->size());
    sorted->ForEach([&](const SortedSet::Member& each) { add(each.member); });
  } else {
    return WrongType();
  }
  return Ok();
}

// Finds what each is compared by; what is not there is 0, or comes before every text.
Status Weigh(Operation& operation, const SortOptions& options, std::vector<Item>* items) {
  bool all_numbers = true;
  for (Item& item : *items) {
    if (options.by.has_value()) {
      item.text = ValueByPattern(operation, *options.by, item.element.bytes());
    } else {
      item.text = std::string(item.element.bytes());
    }
    if (options.alphabetic || !item.text.has_value()) continue;
    all_numbers = ReadNumber(*item.text, &item.number) && all_numbers;
    item.text = std::nullopt;
  }
  if (all_numbers) return Ok();
  return Status(Code::kNotANumber, "One or more scores can't be converted into double");
}

bool IsBefore(const Item& one, const Item& other, bool alphabetic) {
  if (alphabetic) return one.text < other.text;
  if (one.number != other.number) return one.number < other.number;
  return one.element.bytes() < other.element.bytes();
}

void SortItems(const SortOptions& options, std::vector<Item>* items) {
  std::stable_sort(items->begin(), items->end(), [&](const Item& one, const Item& other) {
    return options.descending ? IsBefore(other, one, options.alphabetic)
                              : IsBefore(one, other, options.alphabetic);
  });
}

std::vector<Element> ElementsIn(const std::vector<Item>& items, const SortOptions& options) {
  const size_t skipped =
      std::min<uint64_t>(static_cast<uint64_t>(std::max<int64_t>(options.offset, 0)), items.size());
  size_t count = items.size() - skipped;
  if (options.limit >= 0) count = std::min<uint64_t>(count, static_cast<uint64_t>(options.limit));
  std::vector<Element> elements;
  elements.reserve(count);
  for (size_t i = skipped; i < skipped + count; ++i) elements.push_back(items[i].element);
  return elements;
}

// Patterns end at their first NUL, but for what is behind the first '*'.
Bytes UpToNul(Bytes text) { return text.substr(0, text.find('\0')); }

std::optional<std::string> FieldOf(const Record& record, Bytes field) {
  const auto* const hash = record.As<Hash>();
  if (hash == nullptr) return std::nullopt;
  const std::optional<Element> value = hash->Find(field);
  if (!value.has_value()) return std::nullopt;
  return std::string(value->bytes());
}

}  // namespace

bool NamesKeys(Bytes pattern) { return UpToNul(pattern).find('*') != Bytes::npos; }

std::optional<std::string> ValueByPattern(Operation& operation, Bytes pattern, Bytes element) {
  const Bytes text = UpToNul(pattern);
  if (text == "#") return std::string(element);
  const size_t star = text.find('*');
  if (star == Bytes::npos) return std::nullopt;
  const size_t arrow = text.find("->", star + 1);
  const bool has_field = arrow != Bytes::npos && arrow + 2 < text.size();
  std::string key(pattern.substr(0, star));
  key.append(element);
  key.append(pattern.substr(star + 1, has_field ? arrow - star - 1 : Bytes::npos));
  const Record* const record = operation.Find(key);
  if (record == nullptr) return std::nullopt;
  if (has_field) return FieldOf(*record, pattern.substr(arrow + 2));
  if (!record->is_string()) return std::nullopt;
  return std::string(record->text());
}

Result<std::vector<Element>> SortElements(Operation& operation, Bytes key,
                                          const SortOptions& options) {
  std::vector<Item> items;
  KONTOR_RETURN_IF_ERROR(Collect(operation, key, &items));
  const bool compares = !options.by.has_value() || NamesKeys(*options.by);
  if (compares) {
    KONTOR_RETURN_IF_ERROR(Weigh(operation, options, &items));
    SortItems(options, &items);
  } else if (KeyType(operation, key) == ValueType::kSet) {
    if (options.repeatable) {
      SortOptions by_itself;
      by_itself.alphabetic = true;
      by_itself.descending = options.descending;
      KONTOR_RETURN_IF_ERROR(Weigh(operation, by_itself, &items));
      SortItems(by_itself, &items);
    }
  } else if (options.descending) {
    std::reverse(items.begin(), items.end());
  }
  return ElementsIn(items, options);
}

Status ListStore(Operation& operation, Bytes target, const std::vector<std::string>& elements) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  KONTOR_RETURN_IF_ERROR(CheckElements(0, elements.size()));
  for (const std::string& element : elements) KONTOR_RETURN_IF_ERROR(CheckValue(element));
  KeyStore(operation, KeyEventClass::kList, "sortstore", target, [&] {
    for (const std::string& element : elements) operation.PushBack(target, element);
  });
  return Ok();
}

}  // namespace kontor::verbs
