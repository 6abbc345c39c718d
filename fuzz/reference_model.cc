#include "reference_model.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace reference {
namespace {

constexpr char kWrongType[] =
    "(error) WRONGTYPE Operation against a key holding the wrong kind of value";
constexpr char kNotAnInteger[] = "(error) ERR value is not an integer or out of range";
constexpr char kNil[] = "(nil)";
constexpr char kOk[] = "OK";

std::string Integer(int64_t value) { return "(integer) " + std::to_string(value); }
std::string Quoted(const std::string& value) { return "\"" + value + "\""; }

std::string Array(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += item + ",";
  return text + "]";
}

bool ToInteger(const std::string& text, int64_t* value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && stop == text.data() + text.size() &&
         std::to_string(*value) == text;
}

bool AddOverflows(int64_t a, int64_t b, int64_t* sum) { return __builtin_add_overflow(a, b, sum); }

// Redis' reading of start and stop: the elements [*first, *first + result).
size_t Range(int64_t start, int64_t stop, size_t size, size_t* first) {
  const auto length = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(0, length + start);
  if (stop < 0) stop = length + stop;
  stop = std::min(stop, length - 1);
  if (start > stop || start >= length || stop < 0) return 0;
  *first = static_cast<size_t>(start);
  return static_cast<size_t>(stop - start + 1);
}

}  // namespace

Key* Keys::Find(const std::string& name) {
  const auto found = database().find(name);
  return found == database().end() ? nullptr : &found->second;
}

template <typename T>
T* Keys::Find(const std::string& name, bool* wrong_type) {
  Key* const key = Find(name);
  T* const value = key == nullptr ? nullptr : std::get_if<T>(&key->value);
  *wrong_type = key != nullptr && value == nullptr;
  return value;
}

void Keys::DropIfEmpty(const std::string& name) {
  Key* const key = Find(name);
  if (key == nullptr) return;
  const auto* hash = std::get_if<HashValue>(&key->value);
  const auto* list = std::get_if<ListValue>(&key->value);
  if ((hash != nullptr && hash->empty()) || (list != nullptr && list->empty())) {
    database().erase(name);
  }
}

std::string Keys::Run(const Arguments& arguments) {
  for (const auto family :
       {&Keys::RunString, &Keys::RunKey, &Keys::RunHash, &Keys::RunList, &Keys::RunListInside}) {
    std::string reply = (this->*family)(arguments);
    if (reply != "?") return reply;
  }
  return "?";
}

std::string Keys::RunString(const Arguments& a) {
  const std::string& command = a[0];
  if (command == "SET") {
    database()[a[1]] = Key{a[2], 0};
    return kOk;
  }
  if (command == "SETNX") {
    if (Find(a[1]) != nullptr) return Integer(0);
    database()[a[1]] = Key{a[2], 0};
    return Integer(1);
  }
  const bool known = command == "GET" || command == "APPEND" || command == "STRLEN" ||
                     command == "INCRBY" || command == "SETRANGE" || command == "GETDEL";
  if (!known) return "?";
  bool wrong_type = false;
  auto* const text = Find<std::string>(a[1], &wrong_type);
  int64_t number = 0;
  if (command == "SETRANGE" && (!ToInteger(a[2], &number))) return kNotAnInteger;
  if (command == "INCRBY" && (!ToInteger(a[2], &number))) return kNotAnInteger;
  if (command == "SETRANGE" && number < 0) return "(error) ERR offset is out of range";
  if (wrong_type) return kWrongType;
  if (command == "GET") return text == nullptr ? kNil : Quoted(*text);
  if (command == "STRLEN") return Integer(text == nullptr ? 0 : static_cast<int64_t>(text->size()));
  if (command == "GETDEL") {
    if (text == nullptr) return kNil;
    const std::string value = *text;
    database().erase(a[1]);
    return Quoted(value);
  }
  if (command == "APPEND") {
    if (text == nullptr) {
      database()[a[1]] = Key{a[2], 0};
      return Integer(static_cast<int64_t>(a[2].size()));
    }
    text->append(a[2]);
    return Integer(static_cast<int64_t>(text->size()));
  }
  if (command == "SETRANGE") {
    std::string value = text == nullptr ? "" : *text;
    if (a[3].empty()) return Integer(static_cast<int64_t>(value.size()));
    const auto offset = static_cast<size_t>(number);
    value.resize(std::max(value.size(), offset + a[3].size()));
    value.replace(offset, a[3].size(), a[3]);
    if (text == nullptr) {
      database()[a[1]] = Key{value, 0};
    } else {
      *text = value;
    }
    return Integer(static_cast<int64_t>(value.size()));
  }
  int64_t old = 0;
  if (text != nullptr && !ToInteger(*text, &old)) return kNotAnInteger;
  int64_t sum = 0;
  if (AddOverflows(old, number, &sum)) return "(error) ERR increment or decrement would overflow";
  if (text == nullptr) {
    database()[a[1]] = Key{std::to_string(sum), 0};
  } else {
    *text = std::to_string(sum);
  }
  return Integer(sum);
}

std::string Keys::Rename(const Arguments& a) {
  Key* const key = Find(a[1]);
  if (key == nullptr) return "(error) ERR no such key";
  const Key moved = *key;
  database().erase(a[1]);
  database()[a[2]] = moved;
  return kOk;
}

std::string Keys::RunKey(const Arguments& a) {
  const std::string& command = a[0];
  if (command == "DBSIZE") return Integer(static_cast<int64_t>(database().size()));
  if (command == "FLUSHDB") {
    database().clear();
    return kOk;
  }
  if (command == "RENAME") return Rename(a);
  if (command == "SWAPDB") {
    std::swap(databases_[a[1][0] - '0'], databases_[a[2][0] - '0']);
    return kOk;
  }
  Key* const key = a.size() > 1 ? Find(a[1]) : nullptr;
  if (command == "DEL") return Integer(static_cast<int64_t>(database().erase(a[1])));
  if (command == "EXISTS") return Integer(key != nullptr);
  if (command == "TYPE") {
    constexpr const char* kNames[] = {"string", "hash", "list"};
    return key == nullptr ? "none" : kNames[key->value.index()];
  }
  if (command == "COPY") {
    if (a[1] == a[2]) return "(error) ERR source and destination objects are the same";
    if (key == nullptr || Find(a[2]) != nullptr) return Integer(0);
    const Key copy = *key;
    database()[a[2]] = copy;
    return Integer(1);
  }
  if (command == "MOVE") {
    Database& target = databases_[a[2][0] - '0'];
    if (&target == &database()) return "(error) ERR source and destination objects are the same";
    if (key == nullptr || target.contains(a[1])) return Integer(0);
    target[a[1]] = *key;
    database().erase(a[1]);
    return Integer(1);
  }
  if (command == "PEXPIREAT") {
    if (key == nullptr) return Integer(0);
    key->deadline_unix_ms = std::stoll(a[2]);
    return Integer(1);
  }
  if (command == "PEXPIRETIME") {
    return Integer(key == nullptr ? -2 : key->deadline_unix_ms == 0 ? -1 : key->deadline_unix_ms);
  }
  if (command == "PERSIST") {
    const bool had = key != nullptr && key->deadline_unix_ms != 0;
    if (had) key->deadline_unix_ms = 0;
    return Integer(had);
  }
  return "?";
}

std::string Keys::RunHash(const Arguments& a) {
  const std::string& command = a[0];
  const bool known = command == "HSET" || command == "HGET" || command == "HDEL" ||
                     command == "HLEN" || command == "HGETALL" || command == "HINCRBY";
  if (!known) return "?";
  int64_t delta = 0;
  if (command == "HINCRBY" && !ToInteger(a[3], &delta)) return kNotAnInteger;
  bool wrong_type = false;
  auto* hash = Find<HashValue>(a[1], &wrong_type);
  if (wrong_type) return kWrongType;
  if (command == "HLEN") return Integer(hash == nullptr ? 0 : static_cast<int64_t>(hash->size()));
  if (command == "HGET") {
    if (hash == nullptr || !hash->contains(a[2])) return kNil;
    return Quoted(hash->at(a[2]));
  }
  if (command == "HGETALL") {  // compared sorted
    std::vector<std::string> pairs;
    if (hash != nullptr) {
      for (const auto& [field, value] : *hash) pairs.push_back(Quoted(field) + "=" + Quoted(value));
    }
    return Array(pairs);
  }
  if (command == "HDEL") {
    if (hash == nullptr) return Integer(0);
    const size_t erased = hash->erase(a[2]);
    DropIfEmpty(a[1]);
    return Integer(static_cast<int64_t>(erased));
  }
  int64_t old = 0;
  int64_t sum = 0;
  if (command == "HINCRBY") {
    if (hash != nullptr && hash->contains(a[2]) && !ToInteger(hash->at(a[2]), &old)) {
      return "(error) ERR hash value is not an integer";
    }
    if (AddOverflows(old, delta, &sum)) return "(error) ERR increment or decrement would overflow";
  }
  if (hash == nullptr) {
    database()[a[1]] = Key{HashValue(), 0};
    hash = Find<HashValue>(a[1], &wrong_type);
  }
  if (command == "HINCRBY") {
    (*hash)[a[2]] = std::to_string(sum);
    return Integer(sum);
  }
  const bool is_new = !hash->contains(a[2]);
  (*hash)[a[2]] = a[3];
  return Integer(is_new);
}

std::string Keys::RunList(const Arguments& a) {
  const std::string& command = a[0];
  const bool pushes = command == "LPUSH" || command == "RPUSH";
  const bool pops = command == "LPOP" || command == "RPOP";
  if (!pushes && !pops && command != "LLEN" && command != "LRANGE" && command != "LMOVE")
    return "?";
  int64_t start = 0;
  int64_t stop = 0;
  if (command == "LRANGE" && (!ToInteger(a[2], &start) || !ToInteger(a[3], &stop))) {
    return kNotAnInteger;
  }
  bool wrong_type = false;
  auto* list = Find<ListValue>(a[1], &wrong_type);
  if (wrong_type) return kWrongType;
  if (command == "LLEN") return Integer(list == nullptr ? 0 : static_cast<int64_t>(list->size()));
  if (command == "LRANGE") {
    std::vector<std::string> items;
    size_t first = 0;
    const size_t count = list == nullptr ? 0 : Range(start, stop, list->size(), &first);
    for (size_t i = 0; i < count; ++i) items.push_back(Quoted((*list)[first + i]));
    return Array(items);
  }
  if (pushes) {
    if (list == nullptr) {
      database()[a[1]] = Key{ListValue(), 0};
      list = Find<ListValue>(a[1], &wrong_type);
    }
    if (command == "LPUSH") {
      list->push_front(a[2]);
    } else {
      list->push_back(a[2]);
    }
    return Integer(static_cast<int64_t>(list->size()));
  }
  if (list == nullptr) return kNil;
  const bool front = pops ? command == "LPOP" : a[3] == "LEFT";
  if (!pops) {
    Find<ListValue>(a[2], &wrong_type);
    if (wrong_type) return kWrongType;
  }
  const std::string value = front ? list->front() : list->back();
  if (front) {
    list->pop_front();
  } else {
    list->pop_back();
  }
  // Moving the only element of a list onto itself keeps the list and its deadline.
  if (!pops) {
    auto* target = Find<ListValue>(a[2], &wrong_type);
    if (target == nullptr) {
      database()[a[2]] = Key{ListValue(), 0};
      target = Find<ListValue>(a[2], &wrong_type);
    }
    if (a[4] == "LEFT") {
      target->push_front(value);
    } else {
      target->push_back(value);
    }
  }
  DropIfEmpty(a[1]);
  return Quoted(value);
}

std::string Keys::RunListInside(const Arguments& a) {
  const std::string& command = a[0];
  const bool known =
      command == "LSET" || command == "LINSERT" || command == "LREM" || command == "LTRIM";
  if (!known) return "?";
  int64_t number = 0;
  int64_t stop = 0;
  const bool has_number = command != "LINSERT";
  if (command == "LTRIM" && (!ToInteger(a[2], &number) || !ToInteger(a[3], &stop))) {
    return kNotAnInteger;
  }
  bool wrong_type = false;
  auto* const list = Find<ListValue>(a[1], &wrong_type);
  if (command == "LREM" && !ToInteger(a[2], &number)) return kNotAnInteger;
  if (command == "LSET" && list == nullptr && !wrong_type) return "(error) ERR no such key";
  if (wrong_type) return kWrongType;
  if (has_number && command == "LSET" && !ToInteger(a[2], &number)) return kNotAnInteger;
  if (list == nullptr) return command == "LTRIM" ? kOk : Integer(0);
  const auto size = static_cast<int64_t>(list->size());
  if (command == "LSET") {
    if (number < 0) number += size;
    if (number < 0 || number >= size) return "(error) ERR index out of range";
    (*list)[static_cast<size_t>(number)] = a[3];
    return kOk;
  }
  if (command == "LINSERT") {
    auto pivot = std::find(list->begin(), list->end(), a[3]);
    if (pivot == list->end()) return Integer(-1);
    if (a[2] == "AFTER") ++pivot;
    list->insert(pivot, a[4]);
    return Integer(static_cast<int64_t>(list->size()));
  }
  if (command == "LTRIM") {
    size_t first = 0;
    const size_t count = Range(number, stop, list->size(), &first);
    const auto begin = list->begin() + static_cast<ptrdiff_t>(first);
    *list = ListValue(begin, begin + static_cast<ptrdiff_t>(count));
    DropIfEmpty(a[1]);
    return kOk;
  }
  int64_t removed = 0;
  const int64_t most = std::numeric_limits<int64_t>::max();
  const bool all = number == 0 || number == std::numeric_limits<int64_t>::min();
  const int64_t wanted = all ? most : std::abs(number);
  ListValue kept;
  if (number < 0) std::reverse(list->begin(), list->end());
  for (const std::string& element : *list) {
    if (element == a[3] && removed < wanted) {
      ++removed;
    } else {
      kept.push_back(element);
    }
  }
  if (number < 0) std::reverse(kept.begin(), kept.end());
  *list = kept;
  DropIfEmpty(a[1]);
  return Integer(removed);
}

void Queue::Enqueue(uint64_t id, uint32_t priority, const std::string& body) {
  levels_[priority].fresh.push_back({id, priority, 0, body});
}

std::optional<Queue::Message> Queue::Take() {
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    for (std::deque<Message>* lane : {&level->second.returned, &level->second.fresh}) {
      if (lane->empty()) continue;
      Message message = lane->front();
      lane->pop_front();
      ++message.attempt;
      leased_[message.id] = message;
      return message;
    }
  }
  return std::nullopt;
}

bool Queue::Acknowledge(uint64_t id) { return leased_.erase(id) != 0; }

bool Queue::Return(uint64_t id) {
  const auto found = leased_.find(id);
  if (found == leased_.end()) return false;
  levels_[found->second.priority].returned.push_back(found->second);
  leased_.erase(found);
  return true;
}

bool Queue::Bury(uint64_t id) {
  const auto found = leased_.find(id);
  if (found == leased_.end()) return false;
  dead_[id] = found->second;
  leased_.erase(found);
  return true;
}

bool Queue::Revive(uint64_t id) {
  const auto found = dead_.find(id);
  if (found == dead_.end()) return false;
  found->second.attempt = 0;
  levels_[found->second.priority].returned.push_back(found->second);
  dead_.erase(found);
  return true;
}

bool Queue::Discard(uint64_t id) { return dead_.erase(id) != 0; }

void Queue::Purge() {
  levels_.clear();
  leased_.clear();
  dead_.clear();
}

void Queue::Reopen() {
  for (const auto& [id, message] : leased_) levels_[message.priority].returned.push_back(message);
  leased_.clear();
}

size_t Queue::ready() const {
  size_t count = 0;
  for (const auto& [priority, level] : levels_) count += level.returned.size() + level.fresh.size();
  return count;
}

uint64_t Queue::LeasedAt(size_t place) const {
  if (leased_.empty()) return 0;
  return std::next(leased_.begin(), static_cast<ptrdiff_t>(place % leased_.size()))->first;
}

uint64_t Queue::DeadAt(size_t place) const {
  if (dead_.empty()) return 0;
  return std::next(dead_.begin(), static_cast<ptrdiff_t>(place % dead_.size()))->first;
}

}  // namespace reference
