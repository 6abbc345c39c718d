#include "books.h"

#include <charconv>
#include <set>
#include <stdexcept>

#include "schema.h"

namespace judge {
namespace {

using Hash = std::map<std::string, std::string, std::less<>>;

Hash ReadHash(kontor::Database& db, std::string_view key) {
  const kontor::Reply reply = db.Execute({"HGETALL", key});
  if (reply.is_error()) throw std::runtime_error(std::string(reply.bytes()));
  Hash hash;
  for (size_t i = 0; i + 1 < reply.size(); i += 2) {
    hash[std::string(reply[i].bytes())] = reply[i + 1].bytes();
  }
  return hash;
}

int64_t Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("not a number: '" + std::string(text) + "'");
  }
  return value;
}

std::string_view Field(const Hash& hash, std::string_view name) {
  const auto found = hash.find(name);
  return found == hash.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<Result> ReadResult(kontor::Database& db, uint64_t number) {
  const Hash hash = ReadHash(db, ResultKey(number));
  if (hash.empty()) return std::nullopt;
  const std::optional<Verdict> verdict = VerdictNamed(Field(hash, "verdict"));
  if (!verdict) throw std::runtime_error(ResultKey(number) + " holds no verdict");
  return Result{.verdict = *verdict,
                .how = std::string(Field(hash, "how")),
                .attempt = Number(Field(hash, "attempt")),
                .latency_ms = Number(Field(hash, "latency_ms")),
                .times = Number(Field(hash, "times"))};
}

// All result keys there are, found by SCAN and not by asking for the expected ones.
std::set<std::string> ResultKeys(kontor::Database& db) {
  const std::string pattern = std::string(kResultPrefix) + "*";
  std::set<std::string> keys;
  std::string cursor = "0";
  do {
    const kontor::Reply page = db.Execute({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
    if (page.is_error()) throw std::runtime_error(std::string(page.bytes()));
    for (size_t i = 0; i < page[1].size(); ++i) keys.emplace(page[1][i].bytes());
    cursor = page[0].bytes();
  } while (cursor != "0");
  return keys;
}

}  // namespace

Books ReadBooks(kontor::Database& db, uint64_t submissions) {
  Books books;
  std::set<std::string> keys = ResultKeys(db);
  for (uint64_t number = 0; number < submissions; ++number) {
    books.results.push_back(ReadResult(db, number));
    keys.erase(ResultKey(number));
  }
  books.strays = keys.size();
  for (uint64_t producer = 0; producer < kProducers; ++producer) {
    books.submitted += Number(db.Get(ProducedKey(producer)).value_or("0"));
  }
  for (const auto& [name, value] : ReadHash(db, kTotals)) books.totals[name] = Number(value);
  const kontor::QueueFigures queue = kontor::Queue(db, kQueue).Figures();
  books.ready = queue.ready;
  books.delayed = queue.delayed;
  books.leased = queue.leased;
  books.dead = queue.dead;
  return books;
}

}  // namespace judge
