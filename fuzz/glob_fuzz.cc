// Matches any pattern with any texts, as every command does that takes patterns, and compares what
// they select with a table of what each part of a pattern may match. A pattern that takes too long
// is noticed by libFuzzer's time limit.

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "byte_source.h"
#include "database.h"

namespace {

using fuzz::ByteSource;
using fuzz::Database;
using fuzz::Fail;

// A star, or the characters that stand for one.
struct Part {
  bool is_star = false;
  std::bitset<256> characters;
};

size_t Code(char c) { return static_cast<unsigned char>(c); }

// The class behind a '[', as Redis reads it; answers where the pattern goes on.
size_t ReadClass(const std::string& pattern, size_t at, Part* part) {
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  while (at < pattern.size() && pattern[at] != ']') {
    const size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left > 1) {
      part->characters.set(Code(pattern[at + 1]));
      at += 2;
    } else if (left > 2 && pattern[at + 1] == '-') {
      const auto [low, high] = std::minmax({Code(pattern[at]), Code(pattern[at + 2])});
      for (size_t code = low; code <= high; ++code) part->characters.set(code);
      at += 3;
    } else {
      part->characters.set(Code(pattern[at++]));
    }
  }
  if (negated) part->characters.flip();
  return std::min(at + 1, pattern.size());
}

std::vector<Part> PartsOf(const std::string& pattern) {
  std::vector<Part> parts;
  for (size_t at = 0; at < pattern.size();) {
    Part& part = parts.emplace_back();
    switch (pattern[at++]) {
      case '*':
        part.is_star = true;
        break;
      case '?':
        part.characters.set();
        break;
      case '[':
        at = ReadClass(pattern, at, &part);
        break;
      case '\\':
        if (at < pattern.size()) ++at;
        [[fallthrough]];
      default:
        part.characters.set(Code(pattern[at - 1]));
    }
  }
  return parts;
}

// Whether the parts so far match so many characters, for all numbers of them at once.
bool Matches(const std::string& pattern, const std::string& text) {
  if (text.empty()) return pattern.empty();
  std::vector<bool> matched(text.size() + 1);
  matched[0] = true;
  for (const Part& part : PartsOf(pattern)) {
    std::vector<bool> next(text.size() + 1);
    next[0] = part.is_star && matched[0];
    for (size_t i = 0; i < text.size(); ++i) {
      next[i + 1] =
          part.is_star ? matched[i + 1] || next[i] : matched[i] && part.characters[Code(text[i])];
    }
    matched = std::move(next);
  }
  return matched[text.size()];
}

// Of an array of strings.
std::vector<std::string> Sorted(const kontor_reply* reply) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < kontor_reply_count(reply); ++i) {
    texts.push_back(fuzz::BytesOf(kontor_reply_child(reply, i)));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// What a scan that begins and ends at 0 answers.
std::vector<std::string> Scanned(Database* database, const std::vector<std::string>& command) {
  const fuzz::Reply reply = database->Run(command);
  if (kontor_reply_count(reply.get()) != 2) Fail("no scan");
  return Sorted(kontor_reply_child(reply.get(), 1));
}

void Publish(Database* database, const std::string& pattern, const std::string& text) {
  constexpr size_t kMostBytes = 255;  // of a name
  if (pattern.empty() || text.empty() || std::max(pattern.size(), text.size()) > kMostBytes) {
    return;
  }
  kontor_session* session = nullptr;
  if (kontor_session_new(database->get(), &session, nullptr) != KONTOR_OK) Fail("no session");
  const std::string request =
      "*2\r\n$10\r\nPSUBSCRIBE\r\n$" + std::to_string(pattern.size()) + "\r\n" + pattern + "\r\n";
  if (kontor_session_write(session, request.data(), request.size(), nullptr) != KONTOR_OK) {
    Fail("no subscription");
  }
  const fuzz::Reply receivers = database->Run({"PUBLISH", text, "message"});
  if ((kontor_reply_integer(receivers.get()) == 1) != Matches(pattern, text)) {
    Fail("PSUBSCRIBE is of another mind");
  }
  kontor_session_free(session);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteSource source(data, size);
  const std::string pattern = source.Bytes(source.Below(1024));
  std::vector<std::string> texts;
  while (!source.empty()) texts.push_back(source.Bytes(source.Below(1024)));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  Database database;
  std::vector<std::string> expected;
  for (const std::string& text : texts) {
    database.Run({"SET", text, "value"});
    if (pattern == "*" || Matches(pattern, text)) expected.push_back(text);
  }
  for (const std::string& text : texts) Publish(&database, pattern, text);
  if (texts.empty()) return 0;
  if (Sorted(database.Run({"KEYS", pattern}).get()) != expected) Fail("KEYS is of another mind");
  if (Scanned(&database, {"SCAN", "0", "MATCH", pattern, "COUNT", "100000"}) != expected) {
    Fail("SCAN is of another mind");
  }
  database.Run({"FLUSHDB"});
  for (const std::string& text : texts) database.Run({"SADD", "k", text});
  if (Scanned(&database, {"SSCAN", "k", "0", "MATCH", pattern, "COUNT", "100000"}) != expected) {
    Fail("SSCAN is of another mind");
  }
  return 0;
}
