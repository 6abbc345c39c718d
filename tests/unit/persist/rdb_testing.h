#ifndef KONTOR_TESTS_UNIT_PERSIST_RDB_TESTING_H_
#define KONTOR_TESTS_UNIT_PERSIST_RDB_TESTING_H_

#include <cstdint>
#include <string>

#include "persist/crc64.h"
#include "types/stream.h"

namespace kontor {

// Spaces are skipped.
inline std::string FromHex(const std::string& hex) {
  std::string digits;
  for (const char digit : hex) {
    if (digit != ' ') digits.push_back(digit);
  }
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// A value with the version and a checksum that is right.
inline std::string Sealed(std::string dump, uint16_t version) {
  dump.push_back(static_cast<char>(version & 0xff));
  dump.push_back(static_cast<char>(version >> 8));
  const uint64_t checksum = Crc64(dump);
  for (int i = 0; i < 8; ++i) dump.push_back(static_cast<char>(checksum >> (8 * i)));
  return dump;
}

// "stream 1-1 f=v 2-0 f=w last 2-0 deleted 0-0 added 2", and each group: "group g last 1-1 read 1",
// its consumers, "consumer c seen 5 active 5", and what is pending: "pending 1-1 c at 5 times 1".
inline std::string StreamText(const Stream& stream) {
  std::string text = "stream";
  const auto add = [&text](auto... words) { (text.append(" ").append(words), ...); };
  for (auto each = stream.From(kNoStreamId); each.valid(); each.Next()) {
    add(FormatStreamId(each.id()));
    each.entry().ForEach([&](const Element& name, const Element& value) {
      add(name.bytes());
      text.append("=").append(value.bytes());
    });
  }
  add("last", FormatStreamId(stream.last_id()), "deleted", FormatStreamId(stream.max_deleted_id()),
      "added", std::to_string(stream.entries_added()));
  for (const auto& [name, group] : stream.groups()) {
    add("group", name, "last", FormatStreamId(group.last_delivered_id), "read",
        group.entries_read ? std::to_string(*group.entries_read) : "?");
    for (const auto& [consumer_name, consumer] : group.consumers()) {
      add("consumer", consumer_name, "seen", std::to_string(consumer.seen_unix_ms), "active",
          std::to_string(consumer.active_unix_ms));
    }
    group.pending().ForEach([&](const ConsumerGroup::Pending& each) {
      add("pending", FormatStreamId(each.id), each.consumer->name(), "at",
          std::to_string(each.delivered_unix_ms), "times", std::to_string(each.deliveries));
    });
  }
  return text;
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_PERSIST_RDB_TESTING_H_
