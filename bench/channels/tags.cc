// One message for a million users of one process: tags of one mailbox beside an inbox for each.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <kontor/kontor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "channels/measures.h"

namespace bench {
namespace {

constexpr uint64_t kTags = 1'000'000;

}  // namespace

void MeasureTags(int rounds) {
  const std::string body(64, 'b');
  kontor::Database db;
  kontor::Mailbox mailbox(db);
  for (uint64_t tag = 0; tag < kTags; ++tag) mailbox.Subscribe("all", tag);
  std::vector<std::deque<std::shared_ptr<const std::string>>> inboxes(kTags);
  uint64_t sum = 0;
  std::vector<double> publish_ns;
  const auto kontor = [&]() -> uint64_t {
    const auto begin = std::chrono::steady_clock::now();
    db.Publish("all", body);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    publish_ns.push_back(took.count());
    const auto delivery = mailbox.Next(std::chrono::milliseconds(0));
    for (const uint64_t tag : delivery->tags()) sum += tag;
    return kTags;
  };
  const auto loop = [&]() -> uint64_t {
    const auto message = std::make_shared<const std::string>(body);
    for (auto& inbox : inboxes) inbox.push_back(message);
    for (auto& inbox : inboxes) {
      sum += inbox.front()->size();
      inbox.pop_front();
    }
    return kTags;
  };
  const auto ns = MedianNanoseconds({{"kontor", kontor}, {"loop", loop}}, rounds);
  if (sum == 0) std::printf("nothing arrived\n");
  PrintTarget("1 publish to 1 million tags, published and drained", Rate(ns[0]),
              "loop over a million deque<shared_ptr>: " + Rate(ns[1]), ns[1] / ns[0], 4);
  publish_ns.erase(publish_ns.begin());
  std::sort(publish_ns.begin(), publish_ns.end());
  const double publish = publish_ns[publish_ns.size() / 2];
  PrintTarget("the publish itself", Time(publish), "10 us", 10e3 / publish, 1);
}

}  // namespace bench
