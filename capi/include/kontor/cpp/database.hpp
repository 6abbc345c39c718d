// Part of kontor.hpp: options, the engine, its keys and commands.
#ifndef KONTOR_CPP_DATABASE_HPP_
#define KONTOR_CPP_DATABASE_HPP_

#include <initializer_list>
#include <kontor/cpp/common.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace kontor {
inline namespace api {

// How to open an engine. Set calls can be chained.
class Options {
 public:
  Options() {
    kontor_options* options = nullptr;
    detail::Check(kontor_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  Options& SetDirectory(std::string_view path) {
    detail::Check(
        kontor_options_set_directory(handle(), path.data(), path.size(), detail::ErrorSlot()));
    return *this;
  }
  Options& SetName(std::string_view name) {
    detail::Check(kontor_options_set_name(handle(), name.data(), name.size(), detail::ErrorSlot()));
    return *this;
  }
  // One of KONTOR_OPTION_*.
  Options& SetNumber(uint32_t option, int64_t value) {
    detail::Check(kontor_options_set_number(handle(), option, value, detail::ErrorSlot()));
    return *this;
  }
  Options& SetDurability(Durability durability) {
    return SetNumber(KONTOR_OPTION_DURABILITY, static_cast<int64_t>(durability));
  }
  kontor_options* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_options, kontor_options_free> handle_;
};

// The bytes of a string key, without a copy, as they were when it was pinned.
class Pin {
 public:
  explicit Pin(kontor_pin* pin) : handle_(pin) {}
  std::string_view bytes() const { return detail::Borrow(kontor_pin_bytes, handle()); }
  const kontor_pin* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_pin, kontor_pin_free> handle_;
};

// A reply or a part of one; borrowed from the Reply it came from.
class ReplyView {
 public:
  explicit ReplyView(const kontor_reply* reply) : reply_(reply) {}
  // One of KONTOR_REPLY_*.
  uint32_t type() const { return kontor_reply_type(reply_); }
  bool is_null() const { return type() == KONTOR_REPLY_NULL || type() == KONTOR_REPLY_NULL_ARRAY; }
  bool is_error() const { return type() == KONTOR_REPLY_ERROR; }
  int64_t integer() const { return kontor_reply_integer(reply_); }
  // Of a status, an error or a string; throws for others.
  std::string_view bytes() const { return detail::Borrow(kontor_reply_bytes, reply_); }
  size_t size() const { return kontor_reply_count(reply_); }
  ReplyView operator[](size_t index) const { return ReplyView(kontor_reply_child(reply_, index)); }
  const kontor_reply* handle() const { return reply_; }

 protected:
  const kontor_reply* reply_;
};

// What Execute and CommitWithReplies return: owns itself and all its parts.
class Reply : public ReplyView {
 public:
  explicit Reply(kontor_reply* reply) : ReplyView(reply), owner_(reply) {}
  Reply(Reply&& other) noexcept
      : ReplyView(std::exchange(other.reply_, nullptr)), owner_(std::move(other.owner_)) {}
  Reply& operator=(Reply&& other) noexcept {
    owner_ = std::move(other.owner_);
    reply_ = owner_.get();
    other.reply_ = other.owner_.get();
    return *this;
  }

 private:
  detail::Owned<kontor_reply, kontor_reply_free> owner_;
};

// Every command with its arity, group, summary, syntax and flags.
inline Reply CommandTable() {
  kontor_reply* reply = nullptr;
  detail::Check(kontor_command_table(&reply, detail::ErrorSlot()));
  return Reply(reply);
}

// Whom a publish reached.
struct Reach {
  uint64_t mailboxes = 0;
  uint64_t subscriptions = 0;
};

// A handle of an engine on one logical database. Destroying it closes it; Close() also reports what
// went wrong.
class Database {
 public:
  // An engine of its own, in memory.
  Database() : Database(static_cast<const kontor_options*>(nullptr)) {}
  explicit Database(const Options& options) : Database(options.handle()) {}
  // The engine of a directory, with default options.
  explicit Database(std::string_view directory) : Database(Options().SetDirectory(directory)) {}

  Database Select(uint32_t index) const {
    kontor_db* selected = nullptr;
    detail::Check(kontor_db_select(handle(), index, &selected, detail::ErrorSlot()));
    return Database(Adopt{}, selected);
  }
  void Close() { detail::Check(kontor_close(handle(), detail::ErrorSlot())); }
  void Sync() { detail::Check(kontor_sync(handle(), detail::ErrorSlot())); }
  void Snapshot() { detail::Check(kontor_snapshot(handle(), detail::ErrorSlot())); }
  // One of KONTOR_FIGURE_*.
  int64_t Figure(uint32_t figure) const {
    int64_t value = 0;
    detail::Check(kontor_db_figure(handle(), figure, &value, detail::ErrorSlot()));
    return value;
  }

  void Set(std::string_view key, std::string_view value) {
    detail::Check(kontor_set(handle(), key.data(), key.size(), value.data(), value.size(),
                             detail::ErrorSlot()));
  }
  // With a time to live (zero: none) and KONTOR_SET_* flags; false if their condition did not hold.
  bool Set(std::string_view key, std::string_view value, milliseconds ttl, uint32_t flags = 0) {
    return detail::Check(kontor_set_with(handle(), key.data(), key.size(), value.data(),
                                         value.size(), flags, ttl.count(), detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  std::optional<std::string> Get(std::string_view key) const {
    std::string value(kFirstReadBytes, '\0');
    for (;;) {
      size_t length = 0;
      const int32_t code = detail::Check(kontor_get(handle(), key.data(), key.size(), value.data(),
                                                    value.size(), &length, detail::ErrorSlot()));
      if (code == KONTOR_NOT_FOUND) return std::nullopt;
      value.resize(length);
      if (code == KONTOR_OK) return value;
    }
  }
  // The strings of many keys, all as of one moment; nullopt where there is none.
  std::vector<std::optional<std::string>> GetMany(const std::vector<std::string_view>& keys) const {
    std::vector<kontor_bytes> bytes;
    bytes.reserve(keys.size());
    for (const std::string_view key : keys) bytes.push_back({key.data(), key.size()});
    std::vector<kontor_bytes> found(keys.size());
    std::string buffer(kFirstReadBytes * keys.size(), '\0');
    for (;;) {
      size_t needed = 0;
      if (detail::Check(kontor_mget(handle(), bytes.data(), bytes.size(), buffer.data(),
                                    buffer.size(), found.data(), &needed, detail::ErrorSlot())) ==
          KONTOR_OK) {
        break;
      }
      buffer.resize(needed);
    }
    std::vector<std::optional<std::string>> values(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (found[i].data == nullptr) continue;
      values[i].emplace(static_cast<const char*>(found[i].data), found[i].length);
    }
    return values;
  }
  // All of them or none, without deadline.
  void SetMany(const std::vector<std::pair<std::string_view, std::string_view>>& pairs) {
    std::vector<kontor_bytes> keys;
    std::vector<kontor_bytes> values;
    for (const auto& [key, value] : pairs) {
      keys.push_back({key.data(), key.size()});
      values.push_back({value.data(), value.size()});
    }
    detail::Check(
        kontor_mset(handle(), keys.data(), values.data(), pairs.size(), detail::ErrorSlot()));
  }
  std::optional<Pin> GetPin(std::string_view key) const {
    kontor_pin* pin = nullptr;
    const int32_t code =
        detail::Check(kontor_get_pin(handle(), key.data(), key.size(), &pin, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return Pin(pin);
  }
  int64_t Increment(std::string_view key, int64_t delta = 1) {
    int64_t result = 0;
    detail::Check(
        kontor_increment(handle(), key.data(), key.size(), delta, &result, detail::ErrorSlot()));
    return result;
  }
  // The new length.
  size_t Append(std::string_view key, std::string_view value) {
    size_t length = 0;
    detail::Check(kontor_append(handle(), key.data(), key.size(), value.data(), value.size(),
                                &length, detail::ErrorSlot()));
    return length;
  }

  // The next four answer false where there is no such key (Persist: or none with a deadline).
  bool Delete(std::string_view key) {
    return detail::Check(kontor_delete(handle(), key.data(), key.size(), detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  bool Exists(std::string_view key) const {
    return detail::Check(kontor_exists(handle(), key.data(), key.size(), detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  bool ExpireAt(std::string_view key, Time deadline) {
    return detail::Check(kontor_expire_at(handle(), key.data(), key.size(),
                                          deadline.time_since_epoch().count(),
                                          detail::ErrorSlot())) == KONTOR_OK;
  }
  bool Persist(std::string_view key) {
    return detail::Check(kontor_persist(handle(), key.data(), key.size(), detail::ErrorSlot())) ==
           KONTOR_OK;
  }
  // What is left to live: nullopt if there is no such key, kForever (-1) if it has no deadline.
  std::optional<milliseconds> Ttl(std::string_view key) const {
    int64_t ttl_ms = 0;
    const int32_t code =
        detail::Check(kontor_ttl(handle(), key.data(), key.size(), &ttl_ms, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return milliseconds(ttl_ms);
  }

  // True for a new field, false if one was overwritten.
  bool HashSet(std::string_view key, std::string_view field, std::string_view value) {
    return detail::Check(kontor_hash_set(handle(), key.data(), key.size(), field.data(),
                                         field.size(), value.data(), value.size(),
                                         detail::ErrorSlot())) == KONTOR_OK;
  }
  std::optional<std::string> HashGet(std::string_view key, std::string_view field) const {
    void* value = nullptr;
    size_t length = 0;
    const int32_t code =
        detail::Check(kontor_hash_get(handle(), key.data(), key.size(), field.data(), field.size(),
                                      &value, &length, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return detail::TakeBytes(value, length);
  }
  bool HashDelete(std::string_view key, std::string_view field) {
    return detail::Check(kontor_hash_delete(handle(), key.data(), key.size(), field.data(),
                                            field.size(), detail::ErrorSlot())) == KONTOR_OK;
  }
  uint64_t HashLength(std::string_view key) const {
    uint64_t length = 0;
    detail::Check(
        kontor_hash_length(handle(), key.data(), key.size(), &length, detail::ErrorSlot()));
    return length;
  }

  // The new length.
  uint64_t ListPush(std::string_view key, Side side, std::string_view value) {
    uint64_t length = 0;
    detail::Check(kontor_list_push(handle(), key.data(), key.size(), static_cast<uint32_t>(side),
                                   value.data(), value.size(), &length, detail::ErrorSlot()));
    return length;
  }
  // nullopt if nothing came in time, or the waiter was interrupted.
  std::optional<std::string> ListPop(std::string_view key, Side side,
                                     milliseconds timeout = milliseconds(0),
                                     Waiter* waiter = nullptr) {
    void* value = nullptr;
    size_t length = 0;
    const int32_t code = detail::Check(kontor_list_pop(
        handle(), key.data(), key.size(), static_cast<uint32_t>(side), timeout.count(),
        detail::HandleOf(waiter), &value, &length, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return detail::TakeBytes(value, length);
  }
  uint64_t ListLength(std::string_view key) const {
    uint64_t length = 0;
    detail::Check(
        kontor_list_length(handle(), key.data(), key.size(), &length, detail::ErrorSlot()));
    return length;
  }

  // Runs any command: db.Execute({"LRANGE", "list", "0", "-1"}). An error of the command is a
  // reply, not an exception.
  Reply Execute(std::initializer_list<std::string_view> command) {
    return Execute(std::span<const std::string_view>(command.begin(), command.size()));
  }
  Reply Execute(std::span<const std::string_view> command) {
    kontor_reply* reply = nullptr;
    ExecuteInto(command, nullptr, &reply);
    return Reply(reply);
  }
  // nullopt if the waiter was interrupted.
  std::optional<Reply> Execute(std::span<const std::string_view> command, Waiter& waiter) {
    kontor_reply* reply = nullptr;
    if (ExecuteInto(command, waiter.handle(), &reply) != KONTOR_OK) return std::nullopt;
    return Reply(reply);
  }

  Reach Publish(std::string_view channel, std::string_view body) {
    Reach reach;
    detail::Check(kontor_publish(handle(), channel.data(), channel.size(), body.data(), body.size(),
                                 &reach.mailboxes, &reach.subscriptions, detail::ErrorSlot()));
    return reach;
  }
  // Says where replies are waited for: see kontor_publish_request.
  Reach PublishRequest(std::string_view channel, std::string_view body,
                       std::string_view reply_channel) {
    Reach reach;
    detail::Check(kontor_publish_request(
        handle(), channel.data(), channel.size(), body.data(), body.size(), reply_channel.data(),
        reply_channel.size(), &reach.mailboxes, &reach.subscriptions, detail::ErrorSlot()));
    return reach;
  }
  // Deletes a queue with all its messages; false if there is none of that name.
  bool DeleteQueue(std::string_view name) {
    return detail::Check(kontor_queue_delete(handle(), name.data(), name.size(),
                                             detail::ErrorSlot())) == KONTOR_OK;
  }
  kontor_db* handle() const { return handle_.get(); }

 private:
  // What most values fit into, so that they are read in one call.
  static constexpr size_t kFirstReadBytes = 128;
  struct Adopt {};
  Database(Adopt, kontor_db* db) : handle_(db) {}
  explicit Database(const kontor_options* options) {
    kontor_db* db = nullptr;
    detail::Check(kontor_open(options, &db, detail::ErrorSlot()));
    handle_.reset(db);
  }
  int32_t ExecuteInto(std::span<const std::string_view> command, kontor_waiter* waiter,
                      kontor_reply** reply) {
    const detail::Arguments arguments(command);
    return detail::Check(kontor_exec(handle(), arguments.count(), arguments.pointers(),
                                     arguments.lengths(), waiter, reply, detail::ErrorSlot()));
  }

  detail::Owned<kontor_db, kontor_db_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_DATABASE_HPP_
