#include "interop/comparison.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "interop/differences.h"

namespace interop {
namespace {

void Normalize(Comparison comparison, RespValue* reply) {
  switch (comparison) {
    case Comparison::kExact:
      return;
    case Comparison::kUnordered:
      return SortElements(reply, 1);
    case Comparison::kUnorderedPairs:
      return SortElements(reply, 2);
    case Comparison::kKind:
      if (reply->type != '-') reply->text.clear();
      return reply->values.clear();
    case Comparison::kScan:
    case Comparison::kScanPairs:
      if (reply->values.size() != 2) return;
      return SortElements(&reply->values[1], comparison == Comparison::kScan ? 1 : 2);
  }
}

// Redis 7.0 writes a score with seventeen digits, Kontor and Redis 7.2 with as few as say the same.
// So a text of Redis' that is the same number as Kontor's becomes Kontor's.
void UnifyScores(const Step& step, RespValue* redis, const RespValue& kontor) {
  if (step.command[0].find('Z') > 1) return;  // no ZADD, no BZPOPMIN
  for (size_t i = 0; i < redis->values.size() && i < kontor.values.size(); ++i) {
    UnifyScores(step, &redis->values[i], kontor.values[i]);
  }
  char* redis_end = nullptr;
  char* kontor_end = nullptr;
  const double redis_score = std::strtod(redis->text.c_str(), &redis_end);
  const double kontor_score = std::strtod(kontor.text.c_str(), &kontor_end);
  const bool numbers =
      *redis_end == '\0' && *kontor_end == '\0' && !redis->text.empty() && !kontor.text.empty();
  if (numbers && redis_score == kontor_score) redis->text = kontor.text;
}

bool Names(const RespValue& value, std::initializer_list<std::string_view> names) {
  return value.values.empty() && std::find(names.begin(), names.end(), value.text) != names.end();
}

// Whether the map tells of a consumer with which nothing is pending.
bool IsIdleConsumer(const RespValue& map) {
  for (size_t i = 0; i + 1 < map.values.size(); ++i) {
    if (Names(map.values[i], {"pel-count", "pending"}) && map.values[i + 1].text == "0") {
      return Names(map.values[2], {"pending", "seen-time"});
    }
  }
  return false;
}

// Times, how a stream lies in memory, and consumers that have nothing, which Redis 7.0 makes later.
// What 7.2 tells beyond 7.0 goes.
void HideInInfo(RespValue* reply) {
  std::vector<RespValue>& values = reply->values;
  std::erase_if(values, IsIdleConsumer);
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    if (Names(values[i], {"active-time", "inactive"})) {
      values.erase(values.begin() + static_cast<ptrdiff_t>(i),
                   values.begin() + static_cast<ptrdiff_t>(i + 2));
    }
    if (i + 1 >= values.size()) break;
    if (Names(values[i],
              {"radix-tree-keys", "radix-tree-nodes", "seen-time", "idle", "consumers"})) {
      values[i + 1].text.clear();
    }
    if (values[i].text != "pending") continue;
    for (RespValue& pending : values[i + 1].values) {
      if (pending.values.size() > 2) pending.values[pending.values.size() - 2].text.clear();
    }
  }
  for (RespValue& value : values) HideInInfo(&value);
}

// What a stream's clock says.
void HideTimes(const Step& step, RespValue* reply) {
  if (step.command[0] == "XINFO") HideInInfo(reply);
  if (step.command[0] != "XPENDING") return;
  for (RespValue& pending : reply->values) {
    if (pending.values.size() == 4) pending.values[2].text.clear();
  }
}

// A deadline that was told relative to the clock.
bool AboutTheSameTime(const Step& step, const RespValue& redis, const RespValue& kontor) {
  const bool in_ms = step.command[0] == "PEXPIRETIME";
  if (!in_ms && step.command[0] != "EXPIRETIME") return false;
  if (redis.type != ':' || kontor.type != ':') return false;
  const int64_t most = in_ms ? 5000 : 5;
  const int64_t redis_time = std::strtoll(redis.text.c_str(), nullptr, 10);
  const int64_t kontor_time = std::strtoll(kontor.text.c_str(), nullptr, 10);
  return redis_time > 0 && kontor_time > 0 && std::abs(redis_time / 2 - kontor_time / 2) < most;
}

}  // namespace

std::optional<std::string> Compare(const Step& step, RespValue redis, RespValue kontor) {
  Normalize(step.comparison, &redis);
  Normalize(step.comparison, &kontor);
  UnifyScores(step, &redis, kontor);
  HideTimes(step, &redis);
  HideTimes(step, &kontor);
  if (AboutTheSameTime(step, redis, kontor)) return {};
  if (redis == kontor || IsDeliberate(step.command, Print(redis), Print(kontor))) return {};
  return Print(step.command) + "\n     redis: " + Print(redis) + "\n    kontor: " + Print(kontor);
}

}  // namespace interop
