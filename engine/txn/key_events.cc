#include "txn/key_events.h"

namespace kontor {
namespace {

struct Letter {
  char letter;
  uint32_t bit;
};

constexpr uint32_t Bit(KeyEventClass kind) { return static_cast<uint32_t>(kind); }

// In the order in which Redis tells them. Those before the first of the rest are meant by "A".
constexpr Letter kClasses[] = {
    {'g', Bit(KeyEventClass::kGeneric)}, {'$', Bit(KeyEventClass::kString)},
    {'l', Bit(KeyEventClass::kList)},    {'s', Bit(KeyEventClass::kSet)},
    {'h', Bit(KeyEventClass::kHash)},    {'z', Bit(KeyEventClass::kSortedSet)},
    {'x', Bit(KeyEventClass::kExpired)}, {'e', Bit(KeyEventClass::kEvicted)},
    {'t', Bit(KeyEventClass::kStream)},  {'d', Bit(KeyEventClass::kModule)},
};
constexpr Letter kNew = {'n', Bit(KeyEventClass::kNew)};
constexpr Letter kRest[] = {
    {'K', KeyEvents::kToKeyspace},
    {'E', KeyEvents::kToKeyevent},
    {'m', Bit(KeyEventClass::kMiss)},
};

constexpr uint32_t AllClasses() {
  uint32_t all = 0;
  for (const Letter& each : kClasses) all |= each.bit;
  return all;
}

uint32_t BitOf(char letter) {
  if (letter == 'A') return AllClasses();
  if (letter == kNew.letter) return kNew.bit;
  for (const Letter& each : kClasses) {
    if (each.letter == letter) return each.bit;
  }
  for (const Letter& each : kRest) {
    if (each.letter == letter) return each.bit;
  }
  return 0;
}

}  // namespace

std::optional<uint32_t> KeyEvents::Parse(Bytes letters) {
  uint32_t wanted = 0;
  for (const char letter : letters) {
    const uint32_t bit = BitOf(letter);
    if (bit == 0) return std::nullopt;
    wanted |= bit;
  }
  return wanted;
}

std::string KeyEvents::Format(uint32_t wanted) {
  std::string letters;
  const bool all = (wanted & AllClasses()) == AllClasses();
  if (all) letters += 'A';
  for (const Letter& each : kClasses) {
    if (!all && (wanted & each.bit) != 0) letters += each.letter;
  }
  if (!all && (wanted & kNew.bit) != 0) letters += kNew.letter;
  for (const Letter& each : kRest) {
    if ((wanted & each.bit) != 0) letters += each.letter;
  }
  return letters;
}

}  // namespace kontor
