// A publish that matches one of 100,000 patterns.

#include <kontor/kontor.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "channels/measures.h"
#include "redis_peer.h"

namespace bench {
namespace {

constexpr int kPatterns = 100'000;
constexpr int kCalls = 50;

std::string Filled(std::string form, int number) {
  return form.replace(form.find('#'), 1, std::to_string(number));
}

// Patterns of one form, and the channels that match one of each.
struct Form {
  const char* pattern;
  const char* channel;
  kontor::Subject kind = kontor::Subject::kPattern;
};

void Measure(const Form& form, int rounds) {
  kontor::Database db;
  kontor::Mailbox mailbox(db, 1 << 20);
  Redis subscriber(kRedisVariable);
  Redis publisher(kRedisVariable);
  const bool has_peer = form.kind == kontor::Subject::kPattern;
  for (int i = 0; i < kPatterns; ++i) {
    const std::string pattern = Filled(form.pattern, 100'000 + i);
    mailbox.Subscribe(pattern, 0, form.kind);
    if (has_peer) subscriber.Run({"PSUBSCRIBE", pattern});
  }
  int next = 0;
  std::vector<std::string> channels;
  for (int i = 0; i < 1000; ++i) {
    channels.push_back(Filled(form.channel, 100'000 + i * 97 % kPatterns));
  }
  std::vector<Contender> contenders = {{"kontor", [&] {
                                          const int calls = 20 * kCalls;
                                          for (int i = 0; i < calls; ++i) {
                                            const auto reached =
                                                db.Publish(channels[next++ % 1000], "x");
                                            if (reached.subscriptions != 1) {
                                              throw std::runtime_error("not one pattern matched");
                                            }
                                          }
                                          return uint64_t{calls};
                                        }}};
  if (has_peer) {
    contenders.push_back({"redis", [&] {
                            for (int i = 0; i < kCalls; ++i) {
                              publisher.Run({"PUBLISH", channels[next++ % 1000], "x"});
                            }
                            for (int i = 0; i < kCalls; ++i) subscriber.Reply();
                            return uint64_t{kCalls};
                          }});
  }
  const auto ns = MedianNanoseconds(contenders, rounds);
  const std::string what = std::string("publish that matches 1 of 100,000 `") + form.pattern + "`";
  if (has_peer) {
    PrintTarget(what, Time(ns[0]), "Redis PSUBSCRIBE: " + Time(ns[1]), ns[1] / ns[0], 1000);
  } else {
    PrintTarget(what, Time(ns[0]), "no peer; 10 us", 10e3 / ns[0], 0);
  }
}

}  // namespace

void MeasurePatterns(int rounds) {
  const Form forms[] = {
      {"user:#:*", "user:#:login"},
      {"*:room#", "europe:room#"},
      {"user:?:x#", "user:a:x#"},
      {"*.item#.*", "shop.item#.sold"},
      {"prices.#.*", "prices.#.usd", kontor::Subject::kTokens},
      {"*.#.>", "prices.#.usd.now", kontor::Subject::kTokens},
  };
  for (const Form& form : forms) Measure(form, rounds);
}

}  // namespace bench
