#include "persist/rdb_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "persist/crc64.h"
#include "persist/lzf.h"
#include "persist/rdb_packed.h"
#include "persist/rdb_writer.h"
#include "types/number.h"
#include "unit/persist/rdb_testing.h"

namespace kontor {
namespace {

// "list a b", "hash f=v g=w@5" with the deadline of a field, "zset m=1.5"; sets and hashes in the
// order of their texts.
struct Printer {
  std::string operator()(const std::string& text) const { return "string " + text; }
  std::string operator()(const std::unique_ptr<List>& list) const {
    std::string text = "list";
    for (auto each = list->From(0); each.valid(); each.Next()) {
      const Element element = each.element();
      text.append(" ").append(element.bytes());
    }
    return text;
  }
  std::string operator()(const std::unique_ptr<Set>& set) const {
    std::vector<std::string> members;
    set->ForEach([&](const Element& member) { members.emplace_back(member.bytes()); });
    return "set" + Join(std::move(members));
  }
  std::string operator()(const std::unique_ptr<SortedSet>& set) const {
    std::string text = "zset";
    set->ForEach([&](const SortedSet::Member& each) {
      text.append(" ").append(each.member.bytes()).append("=").append(FormatDouble(each.score));
    });
    return text;
  }
  std::string operator()(const std::unique_ptr<Hash>& hash) const {
    std::vector<std::string> fields;
    hash->ForEach([&](const Hash::Field& each) {
      fields.push_back(std::string(each.field.bytes()) + "=" + std::string(each.value.bytes()));
      const int64_t deadline_unix_ms = hash->DeadlineOf(each.field.bytes());
      if (deadline_unix_ms != 0) fields.back() += "@" + std::to_string(deadline_unix_ms);
    });
    return "hash" + Join(std::move(fields));
  }
  std::string operator()(const std::unique_ptr<Stream>& stream) const {
    return StreamText(*stream);
  }
  static std::string Join(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    std::string text;
    for (const std::string& word : words) text += " " + word;
    return text;
  }
};

std::string Print(const RdbValue& value) { return std::visit(Printer(), value); }

// "" if it is malformed. The form is the first byte.
std::string Read(const std::string& bytes) {
  // Where a byte too many would be seen.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  RdbReader reader(Bytes(exact.data(), exact.size()));
  uint8_t form = 0;
  if (!reader.ReadByte(&form)) return "";
  const std::optional<RdbValue> value = ReadRdbValue(form, &reader);
  return value.has_value() && reader.empty() ? Print(*value) : "";
}

struct Dumped {
  const char* hex;
  std::string value;
};

constexpr const char* kStreamOf72 =
    "150110000000000000000100000000000000014066660000001f00030101010201846e616d65058361676504000102"
    "010001000185416c696365061e01050103010101dfff0283426f6204f178ec0305010001020106010101856f746865"
    "7206817802060102010301dfff02854361726f6c06f2701101040501ff030400010102000402016703078"
    "1ffffffffffffffff0100000000000000030000000000000007bd2a2702a20100000102026331bd2a2702a2010000"
    "bd2a2702a201000001000000000000000300000000000000070469646c65bd2a2702a2010000ffffffffffffffff00"
    "0168040081ffffffffffffffff00000b009b2d64cb72458a9c";

// What DUMP of redis-server 7.0.15, 7.2.6 and 8.0 answered.
const std::vector<Dumped>& Dumps() {
  static const auto* const dumps = new std::vector<Dumped>{
      {"000568656c6c6f0a006372df766534200a", "string hello"},
      {"00c0f90a005e26d130d7a242ab", "string -7"},
      {"00c1e8030a0089d1478ebac4b764", "string 1000"},
      {"00c26079feff0a00a1ca8470cc216d9d", "string -100000"},
      {"000b31323334353637383930310a00304e52d727176510", "string 12345678901"},
      {"00c30a405002616261e042010161620a00949d5f0eb1dea445",
       "string abababababababababababababababababababababababababababababababababababababababab"},
      {"120202101000000003008161020101f178ec03ff02c313405308530000000200e04662e03c000448816302ff0a"
       "00a8f3ea770889bf58",
       "list a 1 -5000 " + std::string(70, 'b') + " c"},
      {"0b14040000000300000090eefeff01000000030000000a00090eec49a6504d88", "set -70000 1 3"},
      {"0203c011016101620a00954e1383d2210fe2", "set 17 a b"},
      {"1012120000000400816602817602816e020a01ff0a0045f842d8ea0693ca", "hash f=v n=10"},
      {"111d1d0000000600816202842d696e660581610283312e35048163020301ff0a002970c58fcde6fc31",
       "zset b=-inf a=1.5 c=3"},
      {"140f0f00000003008161028162021101ff0b0073df0a129bb5a849", "set 17 a b"},
      {"1012120000000400816602817602816e020a01ff0b002c27ffab17997a43", "hash f=v n=10"},
      {"13000000000000000000010167000081ffffffffffffffff00000a00a01a953dfb9cddde",
       "stream last 0-0 deleted 0-0 added 0 group g last 0-0 read ?"},
      {"130110000000000000000500000000000000051d1d0000000a0001010001010181660200010201000100018176"
       "020401ff0105050505000001000a00399a03c8f30662af",
       "stream 5-5 f=v last 5-5 deleted 0-0 added 1"},
      {kStreamOf72,
       "stream 1-1 name=Alice age=30 3-7 other=x 4-0 name=Carol age=70000 last 4-0 deleted 2-0 "
       "added 4 group g last 3-7 read ? consumer c1 seen 1795332451005 active 1795332451005 "
       "consumer idle seen 1795332451005 active -1 pending 3-7 c1 at 1795332451005 times 1 group h "
       "last 4-0 read ?"},
      {"1905c0afd6913600002e2e0000000900816e020a01f400c0afd69136000009816602817602f405c0afd69136"
       "0000098167028177020001ff0c004cdcc160f5b2c8b7",
       "hash f=v@60000000000005 g=w n=10@60000000000000"},
      {"1800c0afd69136000003000167c3094046017777e03900017777060166017601016ec00a0c00ff79ef87579e99"
       "34",
       "hash f=v@60000000000005 g=" + std::string(70, 'w') + " n=10@60000000000000"},
      // None has a deadline any more.
      {"1905c0afd6913600001e1e000000090081670281770200018166028176020001816e020a010001ff0c0091fc2c"
       "6ea8176551",
       "hash f=v g=w n=10"},
  };
  return *dumps;
}

TEST(RdbDumpTest, ThoseOfRedisAreRead) {
  for (const Dumped& dumped : Dumps()) {
    const Result<RdbValue> value = ReadDump(FromHex(dumped.hex));
    ASSERT_TRUE(value.ok()) << dumped.hex << ": " << value.status().message();
    EXPECT_EQ(Print(*value), dumped.value);
  }
}

TEST(RdbDumpTest, EveryDamagedByteIsNoticed) {
  for (const Dumped& dumped : Dumps()) {
    const std::string dump = FromHex(dumped.hex);
    for (size_t i = 0; i < dump.size(); ++i) {
      std::string damaged = dump;
      damaged[i] = static_cast<char>(damaged[i] ^ 1);
      EXPECT_EQ(ReadDump(damaged).status().message(), "DUMP payload version or checksum are wrong");
      EXPECT_FALSE(ReadDump(Bytes(dump).substr(0, i)).ok());
    }
  }
}

TEST(RdbDumpTest, VersionAndWholeness) {
  const std::string value = FromHex("0001") + "x";
  EXPECT_TRUE(ReadDump(Sealed(value, 1)).ok());
  EXPECT_TRUE(ReadDump(Sealed(value, 12)).ok());
  EXPECT_EQ(ReadDump(Sealed(value, 13)).status().message(),
            "DUMP payload version or checksum are wrong");
  for (const std::string& bad : {std::string(), value + "x", FromHex("0002") + "x", FromHex("0f00"),
                                 FromHex("ff00"), FromHex("0100")}) {
    EXPECT_EQ(ReadDump(Sealed(bad, 10)).status().message(), "Bad data format");
  }
}

// Whatever stands in them, under a checksum that is right: an answer, and nothing read outside.
TEST(RdbDumpTest, AnyByteAnywhere) {
  for (const Dumped& dumped : Dumps()) {
    const std::string dump = FromHex(dumped.hex);
    const std::string value = dump.substr(0, dump.size() - 10);
    for (size_t i = 0; i < value.size(); ++i) {
      EXPECT_EQ(Read(value.substr(0, i)), "");
      for (int byte = 0; byte < 256; ++byte) {
        std::string damaged = value;
        damaged[i] = static_cast<char>(byte);
        Read(damaged);
      }
    }
  }
}

struct Form {
  const char* hex;
  const char* value;  // "" if it must be refused
};

TEST(RdbFormTest, OldForms) {
  const Form forms[] = {
      // Lists and sets one by one; a length in two and five bytes.
      {"0103016101 62", ""},
      {"010201610162", "list a b"},
      {"01400201610162", "list a b"},
      {"01800000000201610162", "list a b"},
      {"0181000000000000000201610162", "list a b"},
      {"01820000000201610162", ""},
      {"0181ffffffffffffffff01610162", ""},
      {"01c201610162", ""},
      {"020201610161", ""},  // twice the same
      {"0201c3", ""},
      {"0202c001c10200", "set 1 2"},
      // Sorted sets with scores as texts: 1.5, infinities, none.
      {"0303016103312e350162ff0163fe", "zset b=-inf a=1.5 c=inf"},
      {"03010161fd", ""},
      {"030101610178", ""},
      {"050101610000000000000840", "zset a=3"},
      {"05010161000000000000f87f", ""},  // not a number
      {"0402016601760167c005", "hash f=v g=5"},
      {"040201660176016601 78", ""},
      {"0402016601760166 0178", ""},
      // Zipmaps: two fields, the first value with two bytes free behind it.
      {"0910 02 01 66 01 02 76 00 00 02 67 68 02 00 78 79 ff", "hash f=v gh=xy"},
      {"090c 01 01 66 01 02 76 00 00 00 00 00 ff", ""},
      {"0907 fe 01 66 01 00 76 ff", "hash f=v"},
      {"0907 01 01 66 01 00 76 ff", "hash f=v"},
      {"0907 02 01 66 01 00 76 ff", ""},  // another number of fields
      {"0907 01 01 66 01 00 76 fe", ""},  // no end
      {"0902 00 ff", ""},                 // empty
      // Ziplists: a, 5 (immediate), 300 (two bytes).
      {"0a15 15000000 0f000000 0300 00 01 61 03 f6 02 c0 2c01 ff", ""},
      {"0a14 14000000 0f000000 0300 00 01 61 03 f6 02 c0 2c01 ff", "list a 5 300"},
      {"0a14 14000000 0e000000 0300 00 01 61 03 f6 02 c0 2c01 ff", ""},
      {"0a14 14000000 0f000000 0400 00 01 61 03 f6 02 c0 2c01 ff", ""},
      {"0a14 14000000 0f000000 0300 00 01 61 04 f6 02 c0 2c01 ff", ""},
      {"0e01 14 14000000 0f000000 0300 00 01 61 03 f6 02 c0 2c01 ff", "list a 5 300"},
      {"0d10 10000000 0d000000 0200 00 01 66 03 f1 ff", "hash f=0"},
      {"0d11 11000000 0d000000 0200 00 01 66 03 fe 80 ff", "hash f=-128"},
      {"0d10 10000000 0d000000 0200 00 01 66 03 fd ff", "hash f=12"},
      {"0c10 10000000 0d000000 0200 00 01 66 03 fd ff", "zset f=12"},
      {"0c11 11000000 0d000000 0200 00 01 66 03 01 78 ff", ""},  // no score
      {"0a0b 0b000000 0a000000 0000 ff", ""},                    // empty
      // Integers: of four bytes, not in order, of a width that there is none of.
      {"0b0c 0200000002000000 0100 0200", "set 1 2"},
      {"0b0c 0200000002000000 0200 0100", ""},
      {"0b0c 0200000002000000 0100 0100", ""},
      {"0b0c 0300000001000000 01000000", ""},
      {"0b08 0200000000000000", ""},
      // Nodes of lists: an element of its own, an unknown kind, an empty listpack and another.
      {"1201 01 02 6162", "list ab"},
      {"1201 03 02 6162", ""},
      {"1201 01 00", ""},
      {"1202 02 07 07000000 0000 ff 01 01 61", "list a"},
      {"1201 02 07 07000000 0000 ff", ""},
  };
  for (const Form& form : forms) {
    EXPECT_EQ(Read(FromHex(form.hex)), form.value) << form.hex;
  }
}

TEST(RdbFormTest, HashesWithDeadlinesOfFields) {
  const Form forms[] = {
      // One by one: each deadline is told from the earliest, or from nothing.
      {"18 0500000000000000 03 00 0165 0175 01 0166 0176 03 0167 c007", "hash e=u f=v@5 g=7@7"},
      {"18 0500000000000000 01 00 0166 0176", "hash f=v"},
      {"18 0000000000000000 01 01 0166 0176", "hash f=v"},
      {"18 ffffffffff3f0000 01 01 0166 0176", "hash f=v@70368744177663"},
      {"18 ffffffffff3f0000 01 02 0166 0176", ""},  // later than any command sets it
      {"18 0000000000400000 01 00 0166 0176", ""},
      {"18 ffffffffffffffff 01 02 0166 0176", ""},
      {"18 0500000000000000 01 81ffffffffffffffff 0166 0176", ""},
      {"18 0500000000000000 01 c0 01 0166 0176", ""},  // no length
      {"18 0500000000000000 02 00 0166 0176 01 0166 0176", ""},
      {"18 0500000000000000 00", ""},
      {"18 0500000000000000 02 01 0166 0176", ""},
      {"18 05000000000000", ""},
      {"16 02 05 0166 0176 00 0167 0177", "hash f=v@5 g=w"},
      {"16 01 81 00003fffffffffff 0166 0176", "hash f=v@70368744177663"},
      {"16 01 81 0000400000000000 0166 0176", ""},
      // Packed: deadlines behind values, in any order; what stands ahead is of no use.
      {"19 0900000000000000 0f 0f000000 0300 816602 817602 0501 ff", "hash f=v@5"},
      {"19 0000000000000000 17 17000000 0600 816602 817602 0501 816702 817702 0201 ff",
       "hash f=v@5 g=w@2"},
      {"19 0000000000000000 0f 0f000000 0300 816602 817602 0001 ff", "hash f=v"},
      {"17 0f 0f000000 0300 816602 817602 0501 ff", "hash f=v@5"},
      {"19 0f 0f000000 0300 816602 817602 0501 ff", ""},
      {"19 0000000000000000 0d 0d000000 0200 816602 817602 ff", ""},
      {"19 0000000000000000 0a 0a000000 0100 816602 ff", ""},
      {"19 0000000000000000 0f 0f000000 0400 816602 817602 0501 ff", ""},
      {"19 0000000000000000 10 10000000 0300 816602 817602 dfff02 ff", ""},  // -1
      {"19 0000000000000000 10 10000000 0300 816602 817602 816102 ff", ""},  // a text
      {"19 0000000000000000 17 17000000 0300 816602 817602 f4000000000040000009 ff", ""},
      {"19 0000000000000000 17 17000000 0600 816602 817602 0001 816602 817702 0201 ff", ""},
      {"19 0000000000000000 07 07000000 0000 ff", ""},
  };
  for (const Form& form : forms) {
    EXPECT_EQ(Read(FromHex(form.hex)), form.value) << form.hex;
  }
}

std::string Elements(const std::string& listpack) {
  std::string text;
  const bool read = ForEachInListpack(listpack, [&](const Element& element) {
    text.append(element.bytes()).append(" ");
    return true;
  });
  return read ? text : "refused";
}

TEST(RdbFormTest, EveryEncodingOfAListpack) {
  const auto packed = [](const std::string& hex, uint8_t count) {
    std::string elements = FromHex(hex);
    std::string head(6, '\0');
    const size_t size = head.size() + elements.size() + 1;
    head[0] = static_cast<char>(size & 0xff);
    head[1] = static_cast<char>(size >> 8);
    head[4] = static_cast<char>(count);
    return head + elements + '\xff';
  };
  EXPECT_EQ(Elements(packed("7f01", 1)), "127 ");
  EXPECT_EQ(Elements(packed("cfff02", 1)), "4095 ");
  EXPECT_EQ(Elements(packed("d00002", 1)), "-4096 ");
  EXPECT_EQ(Elements(packed("f1008003", 1)), "-32768 ");
  EXPECT_EQ(Elements(packed("f2ffff7f04", 1)), "8388607 ");
  EXPECT_EQ(Elements(packed("f30000008005", 1)), "-2147483648 ");
  EXPECT_EQ(Elements(packed("f4ffffffffffffff7f09", 1)), "9223372036854775807 ");
  EXPECT_EQ(Elements(packed("e00161"
                            "03",
                            1)),
            "a ");
  EXPECT_EQ(Elements(packed("f001000000"
                            "61"
                            "06",
                            1)),
            "a ");
  EXPECT_EQ(Elements(packed("8001", 1)), " ");
  EXPECT_EQ(Elements(packed("7f02", 1)), "refused");  // another length behind it
  EXPECT_EQ(Elements(packed("7f01", 2)), "refused");  // another number of elements
  EXPECT_EQ(Elements(packed("f501", 1)), "refused");  // no encoding
  EXPECT_EQ(Elements(packed("8561", 1)), "refused");  // longer than there is
  const std::string long_text(200, 'x');
  std::string with_length_in_two = FromHex("e0c8") + long_text + FromHex("01ca");
  std::string head(6, '\0');
  head[0] = static_cast<char>(with_length_in_two.size() + 7);
  head[4] = 1;
  EXPECT_EQ(Elements(head + with_length_in_two + '\xff'), long_text + " ");
}

TEST(Crc64Test, IsThatOfRedis) {
  EXPECT_EQ(Crc64("123456789"), 0xe9c6d914c4b8d9caU);
  EXPECT_EQ(Crc64(""), 0U);
  const std::string text = "any text of more than eight bytes, in any two pieces";
  for (size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(Crc64(text.substr(i), Crc64(text.substr(0, i))), Crc64(text));
  }
}

TEST(LzfTest, ThereAndBack) {
  std::string text;
  uint64_t state = 1;
  for (size_t size = 0; size < 3000; size += 1 + size / 20) {
    for (const uint64_t letters : {1U, 2U, 5U, 200U}) {
      text.clear();
      for (size_t i = 0; i < size; ++i) {
        state = state * 6364136223846793005 + 1442695040888963407;
        text.push_back(static_cast<char>((state >> 40) % letters));
      }
      const std::optional<std::string> compressed = LzfCompress(text);
      if (!compressed.has_value()) continue;
      EXPECT_LT(compressed->size(), text.size());
      EXPECT_EQ(LzfDecompress(*compressed, text.size()), text);
      EXPECT_EQ(LzfDecompress(*compressed, text.size() + 1), std::nullopt);
      EXPECT_EQ(LzfDecompress(*compressed, text.size() - 1), std::nullopt);
      for (size_t cut = 0; cut < compressed->size(); cut += 7) {
        EXPECT_EQ(LzfDecompress(compressed->substr(0, cut), text.size()), std::nullopt);
      }
    }
  }
  EXPECT_TRUE(LzfCompress(std::string(100'000, 'x')).has_value());
  EXPECT_LT(LzfCompress(std::string(100'000, 'x'))->size(), 1300U);
}

TEST(LzfTest, WhatIsFarAway) {
  std::string noise;
  uint64_t state = 7;
  for (int i = 0; i < 9000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    noise.push_back(static_cast<char>(state >> 56));
  }
  for (const size_t distance : {1UL, 255UL, 256UL, 8191UL, 8192UL, 8193UL, 9000UL}) {
    const std::string text = noise.substr(0, distance) + noise.substr(0, 300);
    const std::optional<std::string> compressed = LzfCompress(text + std::string(500, 'z'));
    ASSERT_TRUE(compressed.has_value());
    EXPECT_EQ(LzfDecompress(*compressed, text.size() + 500), text + std::string(500, 'z'));
  }
}

TEST(LzfTest, WhatIsNone) {
  EXPECT_EQ(LzfDecompress(FromHex("2000"), 3), std::nullopt);        // before the beginning
  EXPECT_EQ(LzfDecompress(FromHex("0061e000"), 100), std::nullopt);  // in the middle of a copy
  EXPECT_EQ(LzfDecompress(FromHex("0161"), 2), std::nullopt);
  EXPECT_EQ(LzfDecompress(FromHex("00612000"), 4), "aaaa");
}

// A little input that claims to be much.
TEST(RdbReaderTest, SizesAreBoundedBeforeAnythingIsAllocated) {
  for (const char* const hex : {"c3 03 80 20000000 e0ff00", "80 ffffffff 61",
                                "81 7fffffffffffffff 61", "c3 81 7fffffffffffffff 05 61"}) {
    const std::string bytes = FromHex(hex);
    RdbReader reader(bytes);
    std::string text;
    EXPECT_FALSE(reader.ReadString(&text)) << hex;
    EXPECT_LT(text.capacity(), 1000U);
  }
}

TEST(RdbWriterTest, StringsComeBack) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("0"), std::string("-128"), std::string("127"),
        std::string("128"), std::string("-32768"), std::string("32768"), std::string("-2147483648"),
        std::string("2147483648"), std::string("007"), std::string(63, 'x'), std::string(64, 'y'),
        std::string(20000, 'z'), std::string("no two letters stand here twice")}) {
    std::string written;
    AppendRdbString(text, &written);
    RdbReader reader(written);
    std::string read;
    ASSERT_TRUE(reader.ReadString(&read)) << text;
    EXPECT_EQ(read, text);
    EXPECT_TRUE(reader.empty());
  }
}

TEST(RdbWriterTest, LengthsComeBack) {
  for (const uint64_t length :
       {uint64_t{0}, uint64_t{63}, uint64_t{64}, uint64_t{16383}, uint64_t{16384},
        uint64_t{UINT32_MAX}, uint64_t{UINT32_MAX} + 1, UINT64_MAX}) {
    std::string written;
    AppendRdbLength(length, &written);
    RdbReader reader(written);
    uint64_t read = 0;
    ASSERT_TRUE(reader.ReadLength(&read));
    EXPECT_EQ(read, length);
    EXPECT_TRUE(reader.empty());
  }
}

}  // namespace
}  // namespace kontor
