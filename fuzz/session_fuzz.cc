// Writes bytes to sessions, cut into pieces anywhere, and reads the replies, which must be whole
// ones of RESP. The bytes are the input itself, or commands that the input chooses.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "byte_source.h"
#include "command_grammar.h"
#include "database.h"
#include "resp_checker.h"

namespace {

using fuzz::ByteSource;
using fuzz::CommandGrammar;
using fuzz::Database;
using fuzz::Fail;

bool Contains(std::string_view bytes, std::string_view lower_case) {
  const auto same = [](char one, char other) {
    return std::tolower(static_cast<unsigned char>(one)) == other;
  };
  return std::search(bytes.begin(), bytes.end(), lower_case.begin(), lower_case.end(), same) !=
         bytes.end();
}

class Session {
 public:
  explicit Session(const Database& database) {
    if (kontor_session_new(database.get(), &session_, nullptr) != KONTOR_OK) {
      Fail("no session");
    }
  }
  ~Session() { kontor_session_free(session_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Write(std::string_view bytes) {
    const int32_t code = kontor_session_write(session_, bytes.data(), bytes.size(), nullptr);
    if (code != KONTOR_OK && code != KONTOR_CLOSED) Fail("write: " + std::to_string(code));
  }

  // Told before it writes what may be HELLO, written plainly or not.
  void ExpectHello(std::string_view bytes) {
    may_be_resp3_ |= Contains(bytes, "hello") || Contains(bytes, "\\x");
  }

  // All there is, so much at a time. Answers how much it was.
  size_t Read(size_t at_a_time) {
    std::string buffer(at_a_time, '\0');
    size_t length = 0;
    size_t sum = 0;
    int32_t code = KONTOR_OK;
    do {
      code = kontor_session_read(session_, buffer.data(), buffer.size(), &length, nullptr);
      if (code != KONTOR_OK && code != KONTOR_CLOSED) Fail("read: " + std::to_string(code));
      if (code == KONTOR_CLOSED) break;
      checker_.Feed(std::string_view(buffer.data(), length));
      sum += length;
    } while (length > 0);
    if (!checker_.AtEnd()) Fail("a reply without its end");
    if (checker_.saw_resp3() && !may_be_resp3_) Fail("RESP3 that nobody asked for");
    return sum;
  }

 private:
  kontor_session* session_ = nullptr;
  fuzz::RespChecker checker_;
  bool may_be_resp3_ = false;
};

std::string Multibulk(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

std::string Inline(const std::vector<std::string>& words) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (const std::string& word : words) {
    line += " \"";
    for (const char byte : word) {
      if (std::isalnum(static_cast<unsigned char>(byte)) != 0) {
        line += byte;
      } else {
        const auto code = static_cast<unsigned char>(byte);
        line.append("\\x").append(1, kDigits[code >> 4]).append(1, kDigits[code & 15]);
      }
    }
    line += "\"";
  }
  return line + "\n";
}

// Whoever raises the limit on memory may use as much as there is, and in a pause nobody answers:
// that is no finding.
bool IsAllowed(std::string_view bytes) {
  return !Contains(bytes, "maxmemory") && !Contains(bytes, "pause");
}

void WriteInput(ByteSource* source, Session* session) {
  uint32_t state = source->Byte();
  const bool at_once = source->Byte() % 2 == 0;
  while (!source->empty()) {
    state = state * 1664525 + 1013904223;
    session->Write(source->Bytes(at_once ? SIZE_MAX : 1 + (state >> 24) % 40));
    if (state >> 30 == 0) session->Read(1 + (state >> 16) % 100);
  }
}

void WriteCommands(ByteSource* source, const CommandGrammar& grammar, Session* one,
                   Session* other) {
  while (!source->empty()) {
    const uint8_t how = source->Byte();
    Session* const session = how % 8 == 0 ? other : one;
    const std::vector<std::string> words = grammar.Make(source);
    const std::string bytes = how % 16 == 9 ? Inline(words) : Multibulk(words);
    if (!IsAllowed(Multibulk(words))) continue;
    session->ExpectHello(words[0]);
    const size_t cut = how >= 192 ? source->Below(bytes.size()) : bytes.size();
    session->Write(std::string_view(bytes).substr(0, cut));
    if (how >= 128) session->Read(1 + size_t{how} * 16);
    session->Write(std::string_view(bytes).substr(cut));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!IsAllowed(std::string_view(reinterpret_cast<const char*>(data), size))) return 0;
  Database database;
  static const CommandGrammar* const grammar = new CommandGrammar(&database);
  ByteSource source(data, size);
  Session one(database);
  Session other(database);
  const uint8_t how = source.Byte();
  if ((how & 1) == 0) {
    one.ExpectHello(std::string_view(reinterpret_cast<const char*>(data), size));
  }
  if ((how & 2) != 0) {
    one.ExpectHello("hello");
    one.Write("HELLO 3\r\n");
  }
  (how & 1) != 0 ? WriteCommands(&source, *grammar, &one, &other) : WriteInput(&source, &one);
  one.Read(4096);
  other.Read(4096);
  Session after(database);
  after.Write("PING\r\n");
  if (after.Read(100) == 0) Fail("nobody answers any more");
  return 0;
}
