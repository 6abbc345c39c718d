#ifndef KONTOR_TXN_KEY_EVENTS_H_
#define KONTOR_TXN_KEY_EVENTS_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kontor {

// What becomes of keys, as events of a class and a name ("lpush"): published, where that is asked
// for, on the channels "__keyspace@<database>__:<key>" and "__keyevent@<database>__:<event>". As
// in Redis (notify-keyspace-events), whose letters these classes have.
enum class KeyEventClass : uint32_t {
  kGeneric = 1U << 0,
  kString = 1U << 1,
  kList = 1U << 2,
  kSet = 1U << 3,
  kHash = 1U << 4,
  kSortedSet = 1U << 5,
  kExpired = 1U << 6,
  kEvicted = 1U << 7,
  kStream = 1U << 8,
  kModule = 1U << 9,  // of Redis modules: there are none
  kNew = 1U << 10,
  kMiss = 1U << 11,
};

// What is asked for, in the letters of Redis. Thread-safe.
class KeyEvents {
 public:
  // Of what is published: a bit for each of KeyEventClass, and these.
  static constexpr uint32_t kToKeyspace = 1U << 12;
  static constexpr uint32_t kToKeyevent = 1U << 13;

  // None if a letter is unknown.
  static std::optional<uint32_t> Parse(Bytes letters);
  static std::string Format(uint32_t wanted);

  uint32_t wanted() const { return wanted_.load(std::memory_order_relaxed); }
  void set_wanted(uint32_t wanted) { wanted_.store(wanted, std::memory_order_relaxed); }
  // Whether such events are published anywhere. False if nothing was ever asked for.
  bool Includes(KeyEventClass kind) const {
    const uint32_t wanted = this->wanted();
    return (wanted & static_cast<uint32_t>(kind)) != 0 &&
           (wanted & (kToKeyspace | kToKeyevent)) != 0;
  }

 private:
  std::atomic<uint32_t> wanted_{0};  // relaxed: nothing else hangs on it
};

}  // namespace kontor

#endif  // KONTOR_TXN_KEY_EVENTS_H_
