#include "persist/rdb_stream.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "persist/rdb_packed.h"
#include "persist/rdb_writer.h"
#include "unit/persist/rdb_testing.h"

namespace kontor {
namespace {

using rdb::Form;

// As StreamText; "" if it is refused.
std::string Read(Form form, const std::string& bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  RdbReader reader(Bytes(exact.data(), exact.size()));
  Stream stream;
  return ReadRdbStream(form, &reader, &stream) && reader.empty() ? StreamText(stream) : "";
}

std::string Lengths(std::initializer_list<uint64_t> lengths) {
  std::string bytes;
  for (const uint64_t length : lengths) AppendRdbLength(length, &bytes);
  return bytes;
}

std::string Id(uint64_t ms, uint64_t sequence) {
  std::string bytes;
  AppendBigEndian(ms, 8, &bytes);
  AppendBigEndian(sequence, 8, &bytes);
  return bytes;
}

std::string Text(const std::string& text) {
  std::string bytes;
  AppendRdbString(text, &bytes);
  return bytes;
}

std::string Time(int64_t unix_ms) {
  std::string bytes;
  AppendLittleEndian(static_cast<uint64_t>(unix_ms), 8, &bytes);
  return bytes;
}

// A listpack of these words behind its key.
std::string Node(const std::string& words, const std::string& key = Id(5, 0)) {
  ListpackWriter listpack;
  std::istringstream each(words);
  for (std::string word; each >> word;) listpack.Add(Bytes(word));
  return Text(key) + Text(listpack.Finish());
}

// One node, so many entries, the last id, and no groups.
std::string OneNode(const std::string& node, uint64_t size, uint64_t last_ms = 9) {
  return Lengths({1}) + node + Lengths({size, last_ms, 0, 0});
}

TEST(RdbStreamTest, Nodes) {
  const std::string one = " last 9-0 deleted 0-0 added 1";
  const struct {
    const char* words;
    uint64_t size;
    std::string text;  // "" if it must be refused
  } nodes[] = {
      {"1 0 1 f 0  2 0 0 v 4", 1, "stream 5-0 f=v" + one},
      {"1 0 1 f 0  2 1 7 v 4", 1, "stream 6-7 f=v" + one},
      {"1 0 1 f 0  0 0 0 1 g v 6", 1, "stream 5-0 g=v" + one},
      {"1 0 0 0  0 0 0 2 g v h w 8", 1, "stream 5-0 g=v h=w" + one},
      {"1 1 1 f 0  3 0 0 v 4  2 1 0 w 4", 1, "stream 6-0 f=w" + one},
      {"1 1 1 f 0  2 0 0 v 4  1 1 0 2 g v h w 8", 1, "stream 5-0 f=v" + one},
      {"0 1 1 f 0  3 0 0 v 4", 0, "stream last 9-0 deleted 0-0 added 0"},
      {"1 0 1 f 0  2 0 0 v 5", 1, ""},           // another number of elements
      {"1 0 1 f 0  2 0 0 v", 1, ""},             // none
      {"1 0 1 f 1  2 0 0 v 4", 1, ""},           // no zero
      {"2 0 1 f 0  2 0 0 v 4", 1, ""},           // fewer entries
      {"1 1 1 f 0  2 0 0 v 4", 1, ""},           // none is deleted
      {"1 0 1 f 0  3 0 0 v 4", 1, ""},           // one is
      {"0 0 1 f 0  2 0 0 v 4", 1, ""},           // more entries
      {"x 0 1 f 0  2 0 0 v 4", 1, ""},           // no number
      {"1 0 -1 f 0  2 0 0 v 4", 1, ""},          // less than none
      {"1 0 1000000000 f 0  2 0 0 v 4", 1, ""},  // more than there can be
      {"1 0 0 0  2 0 0 3", 1, ""},               // an entry of nothing
      {"1 0 0 0  0 0 0 0 4", 1, ""},
      {"1 0 1 f 0  0 0 0 1000000000000 g v 6", 1, ""},
      {"1 0 1 f 0  0 0 0 4611686018427387905 g v 6", 1, ""},  // twice of it would be 2
      {"2 0 1 f 0  2 0 0 v 4  2 0 0 v 4", 2, ""},             // twice the same
      {"2 0 1 f 0  2 1 0 v 4  2 0 0 v 4", 2, ""},             // not in order
      {"1 0 1 f 0  2 -5 0 v 4", 1, ""},                       // 0-0
      {"1 0 1 f 0  2 -6 0 v 4", 1, ""},                       // past the greatest id
      {"1 0 1 f 0  2 0 0 v 4", 2, ""},                        // another size
      {"1 0 1 f 0  2 5 0 v 4", 1, ""},                        // past the last id
      {"1 0 1 f 0  2 0 0 v 4 0", 1, ""},                      // something behind
      {"", 0, ""},
  };
  for (const auto& node : nodes) {
    EXPECT_EQ(Read(Form::kStream1, OneNode(Node(node.words), node.size)), node.text) << node.words;
  }
}

TEST(RdbStreamTest, NodesAreInOrder) {
  const std::string first = Node("1 0 1 f 0  2 0 0 v 4");
  const std::string second = Node("1 0 1 f 0  2 0 0 w 4", Id(7, 3));
  const std::string rest = Lengths({2, 9, 0, 0});
  EXPECT_EQ(Read(Form::kStream1, Lengths({2}) + first + second + rest),
            "stream 5-0 f=v 7-3 f=w last 9-0 deleted 0-0 added 2");
  EXPECT_EQ(Read(Form::kStream1, Lengths({2}) + second + first + rest), "");
  EXPECT_EQ(Read(Form::kStream1, Lengths({2}) + first + first + rest), "");
  EXPECT_EQ(Read(Form::kStream1, Lengths({UINT64_MAX}) + first + second + rest), "");
  const std::string words = "1 0 1 f 0  2 0 0 v 4";
  EXPECT_EQ(Read(Form::kStream1, OneNode(Node(words, Id(5, 0) + "x"), 1)), "");
  EXPECT_EQ(Read(Form::kStream1, OneNode(Node(words, Id(5, 0).substr(1)), 1)), "");
}

// Size, last, first and greatest deleted id, how many were added.
TEST(RdbStreamTest, Ids) {
  const std::string node = Lengths({1}) + Node("1 0 1 f 0  2 0 0 v 4");
  const auto read = [&](std::initializer_list<uint64_t> ids) {
    return Read(Form::kStream2, node + Lengths(ids) + Lengths({0}));
  };
  EXPECT_EQ(read({1, 9, 2, 5, 0, 9, 1, 3}), "stream 5-0 f=v last 9-2 deleted 9-1 added 3");
  EXPECT_EQ(read({1, 5, 0, 5, 0, 0, 0, 1}), "stream 5-0 f=v last 5-0 deleted 0-0 added 1");
  EXPECT_EQ(read({1, 4, 9, 5, 0, 0, 0, 1}), "");  // the last id is no more that of the entry
  EXPECT_EQ(read({1, 9, 2, 5, 0, 9, 3, 3}), "");  // one was deleted that there never was
  EXPECT_EQ(read({1, 9, 2, 5, 0, 0, 0, 0}), "");  // more are there than there ever were
  EXPECT_EQ(read({1, 9, 2, 5, 0, 0, 0}), "");
}

// No entries; 9-0 is the last id, and 4 there ever were.
std::string WithGroups(const std::string& groups) {
  return Lengths({0, 0, 9, 0, 0, 0, 0, 0, 4}) + groups;
}

TEST(RdbStreamTest, Groups) {
  const std::string begin = "stream last 9-0 deleted 0-0 added 4 group g last 3-0 read 2";
  const std::string group = Lengths({1}) + Text("g") + Lengths({3, 0, 2});
  const std::string pel = Lengths({2}) + Id(1, 0) + Time(100) + Lengths({7}) + Id(2, 0) +
                          Time(200) + Lengths({UINT64_MAX});
  const std::string no_pel = Lengths({0});
  const std::string c = Text("c") + Time(300);
  const std::string d = Text("d") + Time(-1);
  const auto read = [&](const std::string& rest) {
    return Read(Form::kStream2, WithGroups(group + rest));
  };
  EXPECT_EQ(read(no_pel + Lengths({0})), begin);
  EXPECT_EQ(read(no_pel + Lengths({1}) + c + no_pel), begin + " consumer c seen 300 active 300");
  EXPECT_EQ(read(pel + Lengths({2}) + c + Lengths({1}) + Id(2, 0) + d + Lengths({1}) + Id(1, 0)),
            begin + " consumer c seen 300 active 300 consumer d seen -1 active -1" +
                " pending 1-0 d at 100 times 7 pending 2-0 c at 200 times 18446744073709551615");
  const std::string both = Lengths({2}) + Id(1, 0) + Id(2, 0);
  EXPECT_NE(read(pel + Lengths({1}) + c + both), "");
  EXPECT_EQ(read(pel + Lengths({1}) + c + Lengths({1}) + Id(1, 0)), "");  // one is with nobody
  EXPECT_EQ(read(pel + Lengths({1}) + c + both + both), "");
  EXPECT_EQ(read(pel + Lengths({2}) + c + both + d + both), "");             // with both
  EXPECT_EQ(read(no_pel + Lengths({1}) + c + Lengths({1}) + Id(1, 0)), "");  // with him alone
  EXPECT_EQ(read(no_pel + Lengths({2}) + c + no_pel + c + no_pel), "");      // twice the same
  EXPECT_EQ(read(Lengths({2}) + pel.substr(1, 25) + pel.substr(1, 25)), "");
  EXPECT_EQ(read(no_pel + Lengths({1}) + Text("c") + Time(-2) + no_pel), "");
  EXPECT_EQ(read(no_pel + Lengths({1}) + Text("c") + Time(INT64_MIN) + no_pel), "");
  EXPECT_EQ(read(Lengths({UINT64_MAX})), "");
  EXPECT_EQ(read(no_pel + Lengths({UINT64_MAX})), "");
  const std::string twice = group.substr(1) + no_pel + Lengths({0});
  EXPECT_EQ(Read(Form::kStream2, WithGroups(Lengths({2}) + twice + twice)), "");
}

TEST(RdbStreamTest, WhatOlderFormsDoNotSay) {
  const std::string node = OneNode(Node("2 0 1 f 0  2 0 0 v 4  2 1 0 w 4"), 2);
  const std::string group = Text("g") + Lengths({6, 0});
  const std::string before = node.substr(0, node.size() - 1) + Lengths({2}) + group +
                             Lengths({0, 0}) + Text("h") + Lengths({5, 0, 0, 1}) + Text("c") +
                             Time(3) + Lengths({0});
  EXPECT_EQ(Read(Form::kStream1, before),
            "stream 5-0 f=v 6-0 f=w last 9-0 deleted 0-0 added 2 group g last 6-0 read ? "
            "group h last 5-0 read 1 consumer c seen 3 active 3");
  EXPECT_EQ(Read(Form::kStream3,
                 WithGroups(Lengths({1}) + Text("g") + Lengths({3, 0, UINT64_MAX}) +
                            Lengths({0, 1}) + Text("c") + Time(3) + Time(-1) + Lengths({0}))),
            "stream last 9-0 deleted 0-0 added 4 group g last 3-0 read ? consumer c seen 3 "
            "active -1");
}

// The names of a node can be long, and each of its entries a few bytes.
TEST(RdbStreamTest, ALittleInputDoesNotBecomeMuch) {
  const auto many = [](size_t name_bytes, int entries) {
    std::string words = std::to_string(entries) + " 0 1 ";
    uint64_t state = 1;
    for (size_t i = 0; i < name_bytes; ++i) {  // nothing that could be compressed
      state = state * 6364136223846793005 + 1442695040888963407;
      words += static_cast<char>('0' + (state >> 58));
    }
    words += " 0";
    for (int i = 0; i < entries; ++i) words += " 2 " + std::to_string(i) + " 0 v 4";
    return OneNode(Node(words), static_cast<uint64_t>(entries), 9'000'000);
  };
  EXPECT_NE(Read(Form::kStream1, many(2000, 10'000)), "");
  EXPECT_NE(Read(Form::kStream1, many(100'000, 20)), "");
  EXPECT_EQ(Read(Form::kStream1, many(100'000, 10'000)), "");  // it would be a gigabyte
}

std::string Written(const Stream& stream) {
  std::string bytes;
  AppendRdbStream(stream, &bytes);
  return bytes;
}

// Entries of many shapes, of which some are deleted, and of two names most of the time.
void Fill(Stream* stream) {
  const std::string large(5000, 'x');
  for (uint64_t i = 1; i <= 700; ++i) {
    const std::string number = std::to_string(i * 12345);
    const StreamField both[] = {{"name", number}, {"17", i % 50 == 0 ? Bytes(large) : Bytes()}};
    const StreamField other[] = {{"name", "-70000"}};
    stream->Add({i / 3, i}, i % 7 == 0 ? std::span<const StreamField>(other) : both);
  }
  for (uint64_t i = 1; i <= 700; i += i % 5) stream->Delete({i / 3, i});
}

TEST(RdbStreamTest, WhatIsWrittenIsReadAgain) {
  Stream stream;
  const std::string empty = StreamText(stream);
  EXPECT_EQ(Read(Form::kStream2, Written(stream)), empty);
  Fill(&stream);
  stream.SetIds({UINT64_MAX, UINT64_MAX}, {UINT64_MAX, 3}, UINT64_MAX);
  ConsumerGroup* const group = stream.AddGroup("g");
  group->last_delivered_id = {3, 9};
  group->entries_read = 20;
  ConsumerGroup::Consumer* const consumer = group->AddConsumer("");
  consumer->seen_unix_ms = consumer->active_unix_ms = INT64_MAX;
  for (uint64_t i = 0; i < 1000; ++i) group->SetPending({{i, 2 * i}, consumer, 5, i});
  stream.AddGroup("");
  const std::string bytes = Written(stream);
  EXPECT_EQ(Read(Form::kStream2, bytes), StreamText(stream));
  for (size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 50) {
    EXPECT_EQ(Read(Form::kStream2, bytes.substr(0, cut)), "");
  }
}

// What it writes is, byte by byte, what Redis does (rdb_value_test.cc has the whole).
TEST(RdbStreamTest, AsRedisWritesIt) {
  Stream stream;
  const StreamField fields[] = {{"f", "v"}};
  stream.Add({5, 5}, fields);
  EXPECT_EQ(Written(stream),
            FromHex("0110000000000000000500000000000000051d1d0000000a0001010001010181660200010201"
                    "000100018176020401ff01050505050000010"
                    "0"));
}

TEST(ListpackWriterTest, EveryEncoding) {
  std::vector<std::string> texts = {"",
                                    "0",
                                    "127",
                                    "128",
                                    "-1",
                                    "007",
                                    "-0",
                                    "4095",
                                    "4096",
                                    "-4096",
                                    "-4097",
                                    "32767",
                                    "32768",
                                    "-32768",
                                    "-32769",
                                    "8388607",
                                    "8388608",
                                    "-8388608",
                                    "-8388609",
                                    "2147483647",
                                    "2147483648",
                                    "-2147483648",
                                    "-2147483649",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "9223372036854775808"};
  for (const size_t size : {1U, 63U, 64U, 124U, 125U, 126U, 127U, 4095U, 4096U, 16377U, 16378U,
                            16379U, 16380U, 70'000U, 3'000'000U}) {
    texts.emplace_back(size, 'x');
  }
  ListpackWriter writer;
  for (const std::string& text : texts) writer.Add(Bytes(text));
  const std::string listpack = writer.Finish();
  std::vector<std::string> read;
  EXPECT_TRUE(ForEachInListpack(listpack, [&](const Element& element) {
    read.emplace_back(element.bytes());
    return true;
  }));
  EXPECT_EQ(read, texts);
  ListpackWriter numbers;
  for (const int64_t number : {0, 127, 4095, -4096, -32768, 8388607}) numbers.Add(number);
  EXPECT_EQ(numbers.Finish(),
            FromHex("1a0000000600 0001 7f01 cfff02 d00002 f1008003 f2ffff7f04 ff"));
}

TEST(ListpackWriterTest, MoreThanItsHeadCanCount) {
  ListpackWriter writer;
  for (int i = 0; i < 70'000; ++i) writer.Add(int64_t{1});
  const std::string listpack = writer.Finish();
  size_t count = 0;
  EXPECT_TRUE(ForEachInListpack(listpack, [&](const Element&) { return ++count > 0; }));
  EXPECT_EQ(count, 70'000U);
}

}  // namespace
}  // namespace kontor
