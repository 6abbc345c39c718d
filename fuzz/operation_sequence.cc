#include "operation_sequence.h"

#include <kontor/kontor.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "reference_model.h"

namespace reference {
namespace {

std::string BytesOf(const kontor_reply* reply) {
  const void* bytes = nullptr;
  size_t length = 0;
  if (kontor_reply_bytes(reply, &bytes, &length) != KONTOR_OK) return "(no bytes)";
  return std::string(static_cast<const char*>(bytes), length);
}

// A reply as the model writes it. A map is written field by field, sorted.
std::string TextOf(const kontor_reply* reply) {
  switch (kontor_reply_type(reply)) {
    case KONTOR_REPLY_STATUS:
      return BytesOf(reply);
    case KONTOR_REPLY_ERROR:
      return "(error) " + BytesOf(reply);
    case KONTOR_REPLY_INTEGER:
      return "(integer) " + std::to_string(kontor_reply_integer(reply));
    case KONTOR_REPLY_STRING:
      return "\"" + BytesOf(reply) + "\"";
    case KONTOR_REPLY_NULL:
    case KONTOR_REPLY_NULL_ARRAY:
      return "(nil)";
    default:
      break;
  }
  const bool is_map = kontor_reply_type(reply) == KONTOR_REPLY_MAP;
  std::vector<std::string> items;
  for (size_t i = 0; i < kontor_reply_count(reply); i += is_map ? 2 : 1) {
    items.push_back(TextOf(kontor_reply_child(reply, i)));
    if (is_map) items.back() += "=" + TextOf(kontor_reply_child(reply, i + 1));
  }
  if (is_map) std::sort(items.begin(), items.end());
  std::string text = "[";
  for (const std::string& item : items) text += item + ",";
  return text + "]";
}

std::string Joined(const Arguments& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += "\"" + argument + "\" ";
  return text;
}

// The pointers and lengths kontor_exec wants.
struct Packed {
  explicit Packed(const Arguments& arguments) {
    for (const std::string& argument : arguments) {
      pointers.push_back(argument.data());
      lengths.push_back(argument.size());
    }
  }
  std::vector<const void*> pointers;
  std::vector<size_t> lengths;
};

constexpr const char* kCommands[][5] = {
    // Name and what its arguments are: k key, v value, f field, n number, d database, t deadline, s
    // side, w where.
    {"SET", "k", "v"},
    {"SETNX", "k", "v"},
    {"GET", "k"},
    {"APPEND", "k", "v"},
    {"STRLEN", "k"},
    {"INCRBY", "k", "n"},
    {"SETRANGE", "k", "o", "v"},
    {"GETDEL", "k"},
    {"DEL", "k"},
    {"EXISTS", "k"},
    {"TYPE", "k"},
    {"COPY", "k", "k"},
    {"MOVE", "k", "d"},
    {"PEXPIREAT", "k", "t"},
    {"PEXPIRETIME", "k"},
    {"PERSIST", "k"},
    {"RENAME", "k", "k"},
    {"DBSIZE"},
    {"HSET", "k", "f", "v"},
    {"HSET", "k", "f", "n"},
    {"HGET", "k", "f"},
    {"HDEL", "k", "f"},
    {"HLEN", "k"},
    {"HGETALL", "k"},
    {"HINCRBY", "k", "f", "n"},
    {"LPUSH", "k", "v"},
    {"RPUSH", "k", "v"},
    {"RPUSH", "k", "v"},
    {"LPOP", "k"},
    {"RPOP", "k"},
    {"LLEN", "k"},
    {"LRANGE", "k", "n", "n"},
    {"LMOVE", "k", "k", "s", "s"},
    {"LSET", "k", "n", "v"},
    {"LREM", "k", "n", "v"},
    {"LTRIM", "k", "n", "n"},
    {"LINSERT", "k", "w", "v", "v"},
    {"SET", "k", "n"},
    {"FLUSHDB"},
    {"SWAPDB", "d", "d"},
};
constexpr size_t kCommandCount = std::size(kCommands);
constexpr size_t kTransactionalCommands = kCommandCount - 2;  // the last two cannot be rolled back

class Runner {
 public:
  Runner(const uint8_t* data, size_t size, std::string directory)
      : at_(data), end_(data + size), directory_(std::move(directory)) {}
  ~Runner() { Close(); }

  std::string Run() {
    Open();
    while (at_ != end_ && failure_.empty()) Step();
    if (failure_.empty()) Reopen();
    return failure_;
  }

 private:
  uint8_t Next() { return at_ == end_ ? 0 : *at_++; }

  void Fail(const std::string& what, const std::string& got, const std::string& expected) {
    if (!failure_.empty()) return;
    failure_ = what + "\n  library: " + got + "\n  model:   " + expected + "\n  after:\n";
    for (const std::string& line : history_) failure_ += "    " + line + "\n";
  }
  void Expect(const std::string& what, const std::string& got, const std::string& expected) {
    history_.push_back(what + " -> " + got);
    if (got != expected) Fail(what, got, expected);
  }
  void ExpectCode(const std::string& what, int32_t got, int32_t expected) {
    Expect(what, kontor_code_name(got), kontor_code_name(expected));
  }

  void Open() {
    kontor_options* options = nullptr;
    kontor_options_new(&options, nullptr);
    kontor_options_set_directory(options, directory_.data(), directory_.size(), nullptr);
    kontor_options_set_number(options, KONTOR_OPTION_SNAPSHOT_AT_CLOSE, Next() % 2, nullptr);
    kontor_options_set_number(options, KONTOR_OPTION_SHARDS, 4, nullptr);
    kontor_error* error = kontor_error_new();
    if (kontor_open(options, &db_, error) != KONTOR_OK) {
      Fail("open", kontor_error_message(error), "OK");
    } else {
      kontor_queue_open(db_, "q", 1, nullptr, &queue_, nullptr);
    }
    kontor_error_free(error);
    kontor_options_free(options);
  }

  void Close() {
    kontor_queue_free(queue_);
    queue_ = nullptr;
    if (db_ != nullptr) ExpectCode("close", kontor_close(db_, nullptr), KONTOR_OK);
    kontor_db_free(db_);
    db_ = nullptr;
  }

  // Everything is there again, nothing else, and leases are over.
  void Reopen() {
    Close();
    receipts_.clear();
    model_queue_.Reopen();
    Open();
    if (!failure_.empty()) return;
    history_.push_back("reopen");
    const int selected = keys_.selected();
    for (const int database : {0, 1}) {
      Select(database);
      Expect("DBSIZE", Exec({"DBSIZE"}), keys_.Run({"DBSIZE"}));
      const Database contents = keys_.database();
      for (const auto& [name, key] : contents) {
        const Arguments readings[] = {
            {"GET", name}, {"HGETALL", name}, {"LRANGE", name, "0", "-1"}};
        const Arguments& read = readings[key.value.index()];
        Expect(Joined(read), Exec(read), keys_.Run(read));
        const Arguments deadline{"PEXPIRETIME", name};
        Expect(Joined(deadline), Exec(deadline), keys_.Run(deadline));
      }
    }
    Select(selected);
    CompareFigures();
  }

  void Select(int database) {
    keys_.Select(database);
    Exec({"SELECT", std::to_string(database)});
  }

  std::string Exec(const Arguments& arguments) {
    const Packed packed(arguments);
    kontor_reply* reply = nullptr;
    const int32_t code = kontor_exec(db_, arguments.size(), packed.pointers.data(),
                                     packed.lengths.data(), nullptr, &reply, nullptr);
    const std::string text = code == KONTOR_OK ? TextOf(reply) : kontor_code_name(code);
    kontor_reply_free(reply);
    return text;
  }

  std::string Argument(char kind) {
    constexpr const char* kNumbers[] = {"0",
                                        "1",
                                        "-1",
                                        "2",
                                        "-2",
                                        "7",
                                        "-100",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "x",
                                        ""};
    const uint8_t choice = Next();
    switch (kind) {
      case 'k':
        return std::string(1, static_cast<char>('a' + choice % 5));
      case 'f':
        return std::string(1, static_cast<char>('x' + choice % 3));
      case 'd':
        return std::to_string(choice % 2);
      case 't':
        return std::to_string(4102444800000 + choice);
      case 's':
        return choice % 2 == 0 ? "LEFT" : "RIGHT";
      case 'w':
        return choice % 2 == 0 ? "BEFORE" : "AFTER";
      case 'o':
        return std::to_string(choice % 40 - 2);
      case 'n':
        return kNumbers[choice % std::size(kNumbers)];
      default:
        break;
    }
    if (choice < 128) return std::string(1, static_cast<char>('0' + choice % 4));
    std::string value;
    for (int i = choice % 24; i > 0; --i) value.push_back(static_cast<char>(choice * i));
    return value;
  }

  Arguments NextCommand(size_t commands) {
    const auto& row = kCommands[Next() % commands];
    Arguments arguments{row[0]};
    for (size_t i = 1; i < 5 && row[i] != nullptr; ++i) arguments.push_back(Argument(row[i][0]));
    return arguments;
  }

  void Step() {
    const uint8_t choice = Next();
    if (choice < 150) {
      const Arguments arguments = NextCommand(kCommandCount);
      Expect(Joined(arguments), Exec(arguments), keys_.Run(arguments));
    } else if (choice < 180) {
      RunTransaction();
    } else if (choice < 245) {
      RunQueue();
    } else if (choice < 249) {
      Select(choice % 2);
    } else if (choice < 252) {
      ExpectCode("snapshot", kontor_snapshot(db_, nullptr), KONTOR_OK);
    } else {
      Reopen();
    }
  }

  void RunTransaction() {
    kontor_txn* txn = nullptr;
    kontor_txn_new(db_, &txn, nullptr);
    Keys after = keys_;
    std::vector<std::string> expected;
    bool fails = false;
    const int commands = 1 + Next() % 5;
    for (int i = 0; i < commands; ++i) {
      const Arguments arguments = NextCommand(kTransactionalCommands);
      const Packed packed(arguments);
      const std::string what = "txn " + Joined(arguments);
      ExpectCode(what,
                 kontor_txn_exec(txn, arguments.size(), packed.pointers.data(),
                                 packed.lengths.data(), nullptr),
                 KONTOR_OK);
      if (fails) continue;
      expected.push_back(after.Run(arguments));
      fails = expected.back().starts_with("(error)");
    }
    CommitTransaction(txn, fails, expected, after);
    kontor_txn_free(txn);
  }

  void CommitTransaction(kontor_txn* txn, bool fails, const std::vector<std::string>& expected,
                         const Keys& after) {
    const bool enqueues = Next() % 2 == 0;
    if (enqueues) kontor_txn_enqueue(txn, queue_, "t", 1, 3, 0, nullptr);
    kontor_reply* replies = nullptr;
    const int32_t code = kontor_txn_commit(txn, &replies, nullptr);
    Expect("commit fails", code < 0 ? "yes" : "no", fails ? "yes" : "no");
    if (code == KONTOR_OK && !fails) {
      for (size_t i = 0; i < expected.size(); ++i) {
        Expect("commit reply", TextOf(kontor_reply_child(replies, i)), expected[i]);
      }
      if (enqueues) {
        const kontor_reply* id = kontor_reply_child(replies, expected.size());
        model_queue_.Enqueue(static_cast<uint64_t>(kontor_reply_integer(id)), 3, "t");
      }
      keys_ = after;
    }
    kontor_reply_free(replies);
  }

  void RunQueue() {
    switch (Next() % 9) {
      case 0:
      case 1:
      case 2: {
        const uint32_t priority = Next() % 32;
        const std::string body(Next() % 50, 'b');
        uint64_t id = 0;
        ExpectCode(
            "enqueue",
            kontor_queue_enqueue(queue_, body.data(), body.size(), priority, 0, &id, nullptr),
            KONTOR_OK);
        model_queue_.Enqueue(id, priority, body);
        break;
      }
      case 3:
      case 4:
        Take();
        break;
      case 5:
        Finish();
        break;
      case 6: {
        const uint64_t id = model_queue_.DeadAt(Next());
        ExpectCode("revive", kontor_queue_revive(queue_, id, nullptr),
                   model_queue_.Revive(id) ? KONTOR_OK : KONTOR_NOT_FOUND);
        break;
      }
      case 7: {
        const uint64_t id = model_queue_.DeadAt(Next());
        ExpectCode("discard", kontor_queue_discard(queue_, id, nullptr),
                   model_queue_.Discard(id) ? KONTOR_OK : KONTOR_NOT_FOUND);
        break;
      }
      default:
        if (Next() % 8 == 0) {
          ExpectCode("purge", kontor_queue_purge(queue_, nullptr), KONTOR_OK);
          model_queue_.Purge();
        }
        CompareFigures();
        break;
    }
  }

  void Take() {
    const auto expected = model_queue_.Take();
    kontor_message* message = nullptr;
    size_t count = 0;
    const int32_t code =
        kontor_queue_take(queue_, 3'600'000, 0, nullptr, &message, 1, &count, nullptr);
    ExpectCode("take", code, expected.has_value() ? KONTOR_OK : KONTOR_TIMEOUT);
    if (code == KONTOR_OK && expected.has_value()) {
      const void* body = nullptr;
      size_t length = 0;
      kontor_message_body(message, &body, &length);
      const auto describe = [](uint64_t id, uint32_t attempt, const std::string& text) {
        return std::to_string(id) + "/" + std::to_string(attempt) + "/" + text;
      };
      Expect("taken",
             describe(kontor_message_id(message), kontor_message_attempt(message),
                      std::string(static_cast<const char*>(body), length)),
             describe(expected->id, expected->attempt, expected->body));
      receipts_[expected->id] = kontor_message_receipt(message);
    }
    kontor_message_free(message);
  }

  // Acknowledges, returns or buries a leased message, or tries to with a receipt that is over.
  void Finish() {
    const uint64_t id = model_queue_.LeasedAt(Next());
    const auto known = receipts_.find(id);
    const uint64_t receipt = known == receipts_.end() ? 12345 : known->second;
    const auto outcome = [](bool done) { return done ? KONTOR_OK : KONTOR_STALE_RECEIPT; };
    switch (Next() % 3) {
      case 0:
        ExpectCode("acknowledge", kontor_queue_acknowledge(queue_, receipt, nullptr),
                   outcome(model_queue_.Acknowledge(id)));
        break;
      case 1:
        ExpectCode("return", kontor_queue_return(queue_, receipt, 0, nullptr),
                   outcome(model_queue_.Return(id)));
        break;
      default:
        ExpectCode("bury", kontor_queue_bury(queue_, receipt, "why", 3, nullptr),
                   outcome(model_queue_.Bury(id)));
        break;
    }
    // Whatever it was, the receipt is used up.
    ExpectCode("acknowledge again", kontor_queue_acknowledge(queue_, receipt, nullptr),
               KONTOR_STALE_RECEIPT);
    receipts_.erase(id);
  }

  void CompareFigures() {
    int64_t figures[KONTOR_QUEUE_FIGURES] = {};
    kontor_queue_figures(queue_, figures, KONTOR_QUEUE_FIGURES, nullptr, nullptr);
    const auto describe = [](auto ready, auto leased, auto dead) {
      return std::to_string(ready) + " ready " + std::to_string(leased) + " leased " +
             std::to_string(dead) + " dead";
    };
    Expect("figures",
           describe(figures[KONTOR_QUEUE_READY], figures[KONTOR_QUEUE_LEASED],
                    figures[KONTOR_QUEUE_DEAD]),
           describe(model_queue_.ready(), model_queue_.leased(), model_queue_.dead()));
  }

  const uint8_t* at_;
  const uint8_t* const end_;
  const std::string directory_;
  kontor_db* db_ = nullptr;
  kontor_queue* queue_ = nullptr;
  Keys keys_;
  Queue model_queue_;
  std::map<uint64_t, uint64_t> receipts_;  // by message id
  std::vector<std::string> history_;
  std::string failure_;
};

}  // namespace

std::string RunSequence(const uint8_t* data, size_t size) {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path base =
      access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  std::string directory = (base / "kontor-sequence-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return "no folder could be made in " + base.string();
  std::string failure = Runner(data, size, directory).Run();
  std::filesystem::remove_all(directory);
  return failure;
}

}  // namespace reference
