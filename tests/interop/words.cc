// The random words of rules: few enough to meet each other often, and every border among them.

#include <algorithm>
#include <cmath>
#include <iterator>

#include "interop/grammar.h"

namespace interop {
namespace {

using Random = std::mt19937_64;

uint64_t Below(Random* random, uint64_t bound) { return (*random)() % bound; }

template <size_t kCount>
std::string OneOf(const char* const (&words)[kCount], Random* random) {
  return words[Below(random, kCount)];
}

constexpr const char* kTypes[] = {"string", "hash", "list", "set", "zset",
                                  "stream", "bits", "hll",  "geo"};

constexpr const char* kNumbers[] = {"int",   "count", "signed",  "index", "offset", "float",
                                    "score", "db",    "numkeys", "bit",   "place"};

constexpr const char* kOddNumbers[] = {"0",
                                       "1",
                                       "-1",
                                       "2147483647",
                                       "2147483648",
                                       "2147483649",
                                       "-2147483648",
                                       "-2147483649",
                                       "4294967295",
                                       "4294967296",
                                       "4294967297",
                                       "-4294967296",
                                       "-4294967297",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "9223372036854775808",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "nan",
                                       "inf",
                                       "-inf",
                                       "",
                                       " 1",
                                       "1 ",
                                       "01",
                                       "+1",
                                       "-0",
                                       "1.5",
                                       "1e3",
                                       "0x10",
                                       "abc",
                                       "1000000000000000000000"};

constexpr const char* kOddFloats[] = {"0",
                                      "-0",
                                      "0.0",
                                      "1",
                                      "-1",
                                      "1.5",
                                      "-1.5",
                                      "3.0",
                                      "1e10",
                                      "1e17",
                                      "1e21",
                                      "1e-5",
                                      "1e-7",
                                      "inf",
                                      "-inf",
                                      "+inf",
                                      "infinity",
                                      "nan",
                                      "",
                                      "abc",
                                      "1.7976931348623157e308",
                                      "1e309",
                                      "4.9e-324",
                                      "1e-400",
                                      "9007199254740992",
                                      "9007199254740993",
                                      "-9007199254740993",
                                      "0.1",
                                      "0.30000000000000004",
                                      "123456789.123456789",
                                      " 1",
                                      "1 ",
                                      "0x1p3",
                                      "1e",
                                      ".5",
                                      "5."};

// Mostly small, sometimes anything.
std::string Integer(Random* random, int64_t low, uint64_t range) {
  if (Below(random, 25) == 0) return OneOf(kOddNumbers, random);
  return std::to_string(low + static_cast<int64_t>(Below(random, range)));
}

// Not so far behind the end of a string that it would need hundreds of megabytes.
std::string BitOffset(Random* random) {
  const std::string offset = Integer(random, 0, Below(random, 8) == 0 ? 40'000 : 200);
  return offset.size() == 10 && offset < "4294967296" ? "7" : offset;
}

std::string Encoding(Random* random) {
  constexpr const char* kOddEncodings[] = {"u64", "i65", "u0",  "i0",  "x8",
                                           "",    "u",   "i-1", "u08", "8"};
  if (Below(random, 30) == 0) return OneOf(kOddEncodings, random);
  return (Below(random, 2) == 0 ? "u" : "i") + std::to_string(1 + Below(random, 63));
}

std::string Float(Random* random) {
  switch (Below(random, 8)) {
    case 0:
      return OneOf(kOddFloats, random);
    case 1:
      return std::to_string(static_cast<int64_t>(Below(random, 2000)) - 1000) + "." +
             std::to_string(Below(random, 100));
    default:
      return std::to_string(static_cast<int64_t>(Below(random, 12)) - 3);
  }
}

// Nearly all different, so that no two places are equally far from a third: their order is chance.
std::string Degrees(Random* random, int64_t bound) {
  if (Below(random, 60) == 0) return OneOf(kOddFloats, random);
  const int64_t millionths = bound * 1'000'000;
  const auto chosen = static_cast<int64_t>(Below(random, static_cast<uint64_t>(2 * millionths)));
  return std::to_string(static_cast<double>(chosen - millionths) / 1e6);
}

// From a millimeter to the way around the world, in kilometers.
std::string Radius(Random* random) {
  if (Below(random, 30) == 0) return OneOf(kOddFloats, random);
  return std::to_string(std::ldexp(static_cast<double>(1 + Below(random, 1000)) / 1e6,
                                   static_cast<int>(Below(random, 26))));
}

// What DUMP of redis-server 7.0.15 answered, sometimes damaged.
std::string Dump(Random* random) {
  constexpr std::string_view kDumps[] = {
      "000568656c6c6f0a006372df766534200a",
      "00c1e8030a0089d1478ebac4b764",
      "00c30a405002616261e042010161620a00949d5f0eb1dea445",
      "120202101000000003008161020101f178ec03ff02c313405308530000000200e04662e03c000448816302ff0a00"
      "a8f3ea770889bf58",
      "0b14040000000300000090eefeff01000000030000000a00090eec49a6504d88",
      "0203c011016101620a00954e1383d2210fe2",
      "1012120000000400816602817602816e020a01ff0a0045f842d8ea0693ca",
      "111d1d0000000600816202842d696e660581610283312e35048163020301ff0a002970c58fcde6fc31",
      "13011000000000000000010000000000000001c336404f114f000000130002010001020181660281670240090000"
      "2001019e78e01400031f0201052025080101dfff02010181682004020601ff020200010100000201016702000202"
      "000000000000000100000000000000015bab3102a201000001000000000000000200000000000000005bab3102a2"
      "010000010101635bab3102a201000002000000000000000100000000000000010000000000000002000000000000"
      "00000a00a81c5c8a8f8bd530"};
  const std::string_view hex = kDumps[Below(random, std::size(kDumps))];
  std::string dump;
  for (size_t i = 0; i < hex.size(); i += 2) {
    dump.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  if (Below(random, 10) == 0) ++dump[Below(random, dump.size())];
  if (Below(random, 20) == 0) dump.resize(Below(random, dump.size()));
  return dump;
}

std::string Key(std::string_view type, Random* random) {
  if (Below(random, 40) == 0) type = kTypes[Below(random, std::size(kTypes))];
  return std::string(type) + std::to_string(Below(random, 4));
}

std::string Value(Random* random) {
  switch (Below(random, 12)) {
    case 0:
      return OneOf(kOddNumbers, random);
    case 1:
      return OneOf(kOddFloats, random);
    case 2:
      return std::string(Below(random, 130), static_cast<char>('a' + Below(random, 26)));
    case 3:
      return std::string(Below(random, 6), static_cast<char>(Below(random, 256)));
    case 4:
      return std::string(1000 + Below(random, 3000), 'L');
    case 5:
    case 6:
      return std::to_string(Below(random, 200));
    default:
      return "v" + std::to_string(Below(random, 30));
  }
}

// Of sets, sorted sets and hashes: few, or so many that small ones become large ones.
std::string Member(Random* random) {
  switch (Below(random, 10)) {
    case 0:
      return Value(random);
    case 1:
    case 2:
      return std::to_string(Below(random, 700));
    case 3:
      return "m" + std::to_string(Below(random, 300));
    case 4:
      return std::to_string(static_cast<int64_t>(Below(random, 20)) - 10);
    default:
      return std::string(1, static_cast<char>('a' + Below(random, 8)));
  }
}

std::string Pattern(Random* random) {
  constexpr const char* kPatterns[] = {"*",   "a*",  "*1*", "[a-c]", "[^a]*", "?",  "m?",
                                       "\\a", "h*1", "",    "**a**", "[]",    "[a", "m[0-9]*"};
  return OneOf(kPatterns, random);
}

std::string LexicalBound(Random* random) {
  constexpr const char* kBounds[] = {"-", "+", "[a", "(a", "[c", "(c", "[m", "(m1",
                                     "[", "(", "a",  "",   "[1", "(5", "++"};
  return OneOf(kBounds, random);
}

// Of an entry that may be there.
std::string StreamId(Random* random) {
  constexpr const char* kOddIds[] = {"0",
                                     "0-0",
                                     "-",
                                     "(",
                                     "(5",
                                     "",
                                     "abc",
                                     "1-",
                                     "-1",
                                     "1-2-3",
                                     "1.5",
                                     "$",
                                     ">",
                                     "001-01",
                                     "18446744073709551615",
                                     "18446744073709551615-18446744073709551615",
                                     "18446744073709551616",
                                     "50-18446744073709551615",
                                     "1-18446744073709551616"};
  if (Below(random, 25) == 0) return OneOf(kOddIds, random);
  const uint64_t ms = Below(random, 2) == 0 ? 50 : Below(random, 52);
  if (Below(random, 8) == 0) return std::to_string(ms);
  return std::to_string(ms) + "-" + std::to_string(Below(random, 12));
}

// Of one that may become the last.
std::string NewStreamId(Random* random) {
  if (Below(random, 60) == 0) return StreamId(random);
  const std::string ms = std::to_string(Below(random, 51));
  return ms + (Below(random, 2) == 0 ? "-*" : "-" + std::to_string(Below(random, 12)));
}

std::string StreamBound(Random* random) {
  switch (Below(random, 6)) {
    case 0:
      return "-";
    case 1:
      return "+";
    case 2:
      return "(" + StreamId(random);
    default:
      return StreamId(random);
  }
}

std::string ScoreBound(Random* random) {
  const std::string score = Float(random);
  switch (Below(random, 5)) {
    case 0:
      return "-inf";
    case 1:
      return "+inf";
    case 2:
      return "(" + score;
    default:
      return score;
  }
}

}  // namespace

bool IsKey(std::string_view kind) {
  return kind == "any" || kind == "lexical" ||
         std::find(std::begin(kTypes), std::end(kTypes), kind) != std::end(kTypes);
}

bool IsNumber(std::string_view kind) {
  return std::find(std::begin(kNumbers), std::end(kNumbers), kind) != std::end(kNumbers);
}

const std::vector<std::string>& BorderNumbers() {
  static const auto* const numbers = [] {
    auto* const all = new std::vector<std::string>(std::begin(kOddNumbers), std::end(kOddNumbers));
    all->insert(all->end(), std::begin(kOddFloats), std::end(kOddFloats));
    return all;
  }();
  return *numbers;
}

std::string Word(std::string_view kind, Random* random) {
  if (kind == "lexical") return "lexical" + std::to_string(Below(random, 4));  // no other, ever
  if (kind == "line" || kind == "ranked")
    return std::string(kind) + std::to_string(Below(random, 2));
  if (kind != "any" && IsKey(kind)) return Key(kind, random);
  if (kind == "any") return Key(kTypes[Below(random, std::size(kTypes))], random);
  if (kind == "value") return Value(random);
  if (kind == "member" || kind == "field") return Member(random);
  if (kind == "int") return Integer(random, -10, 200);
  // How many are chosen at random: Redis would answer two billion of them.
  if (kind == "few") return std::to_string(static_cast<int64_t>(Below(random, 30)) - 15);
  if (kind == "count") return Integer(random, 0, 8);
  if (kind == "signed") return Integer(random, -5, 11);
  if (kind == "index") return Integer(random, -12, 24);
  if (kind == "offset") return Integer(random, 0, 300);
  if (kind == "bit") return BitOffset(random);
  // "#" and a number so large that it overflows Redis multiplies all the same.
  if (kind == "place") {
    return Below(random, 3) == 0 ? "#" + std::to_string(Below(random, 300)) : BitOffset(random);
  }
  if (kind == "encoding") return Encoding(random);
  if (kind == "dump") return Dump(random);
  if (kind == "float") return Float(random);
  if (kind == "longitude") return Degrees(random, 180);
  if (kind == "latitude") return Degrees(random, 86);
  if (kind == "radius") return Radius(random);
  if (kind == "pattern") return Pattern(random);
  if (kind == "lex") return LexicalBound(random);
  if (kind == "score") return ScoreBound(random);
  if (kind == "id") return StreamId(random);
  if (kind == "newid") return NewStreamId(random);
  if (kind == "bound") return StreamBound(random);
  if (kind == "group") return "g" + std::to_string(Below(random, 2));
  if (kind == "consumer") return "c" + std::to_string(Below(random, 3));
  if (kind == "db") return Integer(random, 0, 3);
  if (kind == "later") return std::to_string(4102444800 + Below(random, 3));  // the year 2100
  if (kind == "numkeys") return Below(random, 12) == 0 ? OneOf(kOddNumbers, random) : "2";
  return std::string(kind);
}

}  // namespace interop
