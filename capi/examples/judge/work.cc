#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "schema.h"
#include "shop.h"

namespace judge {
namespace {

using namespace std::chrono_literals;

// Longer than any program may take, short enough that the work of a dead process is soon done.
constexpr kontor::milliseconds kLease = 4s;
// How long a verdict is remembered.
constexpr kontor::milliseconds kVerdictLife = 60s;

struct Judgement {
  Verdict verdict;
  std::string_view how;
};

// FNV-1a over problem and source, in hexadecimal.
std::string VerdictKey(const Order& order) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string* text : {&order.problem, &order.source}) {
    for (const char c : *text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  }
  std::array<char, 16> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return std::string(kVerdictPrefix) + std::string(digits.data(), end);
}

std::optional<Verdict> KnownVerdict(const kontor::Database& db, const std::string& key) {
  const std::optional<std::string> name = db.Get(key);
  if (!name) return std::nullopt;
  const std::optional<Verdict> verdict = VerdictNamed(*name);
  if (!verdict) throw std::runtime_error(key + " holds no verdict: " + *name);
  return verdict;
}

// From the cache, from another worker who is at it, or by compiling and running.
Judgement JudgeOrder(Shop& shop, const Order& order) {
  const std::string key = VerdictKey(order);
  if (const auto known = KnownVerdict(shop.db, key)) return {*known, kHowCached};
  bool ran = false;
  const auto [verdict, joined] = shop.flights.Do(key, [&] {
    // Another worker's flight may have landed since we looked.
    if (const auto known = KnownVerdict(shop.db, key)) return *known;
    ran = true;
    const Verdict found = shop.runner.Judge(order.problem, order.source);
    shop.db.Set(key, NameOf(found), kVerdictLife);
    ++shop.compiled;
    return found;
  });
  if (joined) return {verdict, kHowJoined};
  return {verdict, ran ? kHowRun : kHowCached};
}

// Everything that follows from a verdict, at once or not at all. Throws KONTOR_STALE_RECEIPT if the
// lease ran out meanwhile.
void CommitVerdict(Shop& shop, const kontor::Queue& queue, const kontor::Message& message,
                   const Order& order, const Judgement& judgement) {
  const std::string result = ResultKey(order.number);
  const std::string_view verdict = NameOf(judgement.verdict);
  const auto now =
      std::chrono::time_point_cast<kontor::milliseconds>(std::chrono::system_clock::now());
  kontor::Transaction commit(shop.db);
  commit.Acknowledge(queue, message)
      .HashSet(result, "verdict", verdict)
      .HashSet(result, "how", judgement.how)
      .HashSet(result, "attempt", std::to_string(message.attempt()))
      .HashSet(result, "latency_ms", std::to_string((now - message.enqueued_at()).count()))
      .HashIncrement(result, "times")
      .HashIncrement(kTotals, verdict)
      .HashIncrement(kTotals, kJudged)
      .Publish(ChannelOf(ContestOf(order.user)), std::to_string(order.user) + " " +
                                                     std::to_string(order.number) + " " +
                                                     std::string(verdict));
  if (message.attempt() > 1) commit.HashIncrement(kTotals, kRedelivered);
  commit.Commit();
}

}  // namespace

void Work(Shop& shop, const std::atomic<bool>& stopping, kontor::Waiter& waiter) {
  kontor::Queue queue(shop.db, kQueue);
  while (!stopping) {
    const std::optional<kontor::Message> message = queue.Take(500ms, kLease, &waiter);
    if (!message) continue;
    const Order order = ParseBody(message->body());
    const Judgement judgement = JudgeOrder(shop, order);
    try {
      CommitVerdict(shop, queue, *message, order, judgement);
      ++shop.here;
      ++shop.judged;
    } catch (const kontor::Error& error) {
      // Too late: the submission was, or will be, given to another worker.
      if (error.code() != KONTOR_STALE_RECEIPT) throw;
      ++shop.stale;
    }
  }
}

}  // namespace judge
