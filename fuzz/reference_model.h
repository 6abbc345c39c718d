#ifndef KONTOR_FUZZ_REFERENCE_MODEL_H_
#define KONTOR_FUZZ_REFERENCE_MODEL_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What Kontor should answer, written as plainly as possible: std::map and std::deque, one thread,
// no files. The model test and the fuzz target drive it beside the real library and compare every
// reply.
namespace reference {

using Arguments = std::vector<std::string>;
using HashValue = std::map<std::string, std::string>;
using ListValue = std::deque<std::string>;

struct Key {
  std::variant<std::string, HashValue, ListValue> value;
  int64_t deadline_unix_ms = 0;  // always far in the future; 0: none
  friend bool operator==(const Key&, const Key&) = default;
};
using Database = std::map<std::string, Key>;

// The keys, and the commands on them. Replies are texts as operation_sequence.cc prints those of
// the library.
class Keys {
 public:
  static constexpr int kDatabases = 16;

  // Runs a command; "?" for one the model does not know.
  std::string Run(const Arguments& arguments);
  void Select(int index) { selected_ = index; }
  int selected() const { return selected_; }
  Database& database() { return databases_[selected_]; }

 private:
  std::string RunString(const Arguments& arguments);
  std::string RunKey(const Arguments& arguments);
  std::string RunHash(const Arguments& arguments);
  std::string RunList(const Arguments& arguments);
  std::string RunListInside(const Arguments& arguments);
  std::string Rename(const Arguments& arguments);

  Key* Find(const std::string& name);
  // Null if absent; *wrong_type if it holds something else.
  template <typename T>
  T* Find(const std::string& name, bool* wrong_type);
  void DropIfEmpty(const std::string& name);

  std::map<int, Database> databases_;
  int selected_ = 0;
};

// One work queue: messages by state, without leases that run out.
class Queue {
 public:
  struct Message {
    uint64_t id = 0;
    uint32_t priority = 0;
    uint32_t attempt = 0;
    std::string body;
  };

  void Enqueue(uint64_t id, uint32_t priority, const std::string& body);
  // The next message, now leased.
  std::optional<Message> Take();
  // False if it is not leased.
  bool Acknowledge(uint64_t id);
  bool Return(uint64_t id);
  bool Bury(uint64_t id);
  bool Revive(uint64_t id);
  bool Discard(uint64_t id);
  void Purge();
  // The process died or closed: what was leased is ready again, ahead of fresh ones, in the order
  // of the ids.
  void Reopen();

  size_t ready() const;
  size_t leased() const { return leased_.size(); }
  size_t dead() const { return dead_.size(); }
  // The id of any leased message; 0 if there is none.
  uint64_t LeasedAt(size_t place) const;
  uint64_t DeadAt(size_t place) const;

 private:
  struct Level {
    std::deque<Message> returned;
    std::deque<Message> fresh;
  };
  std::map<uint32_t, Level> levels_;
  std::map<uint64_t, Message> leased_;
  std::map<uint64_t, Message> dead_;
};

}  // namespace reference

#endif  // KONTOR_FUZZ_REFERENCE_MODEL_H_
