// Part of kontor.hpp: the atomic commit over keys, queues and channels.
#ifndef KONTOR_CPP_TRANSACTION_HPP_
#define KONTOR_CPP_TRANSACTION_HPP_

#include <initializer_list>
#include <kontor/cpp/database.hpp>
#include <kontor/cpp/queue.hpp>
#include <span>

namespace kontor {
inline namespace api {

// Collects steps; all of them happen at the commit, or none. Steps can be chained. After a commit,
// successful or not, the transaction is empty and can be used anew.
class Transaction {
 public:
  explicit Transaction(const Database& db) {
    kontor_txn* txn = nullptr;
    detail::Check(kontor_txn_new(db.handle(), &txn, detail::ErrorSlot()));
    handle_.reset(txn);
  }

  Transaction& Set(std::string_view key, std::string_view value,
                   milliseconds ttl = milliseconds(0)) {
    detail::Check(kontor_txn_set(handle(), key.data(), key.size(), value.data(), value.size(),
                                 ttl.count(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& Delete(std::string_view key) {
    detail::Check(kontor_txn_delete(handle(), key.data(), key.size(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& Increment(std::string_view key, int64_t delta = 1) {
    detail::Check(
        kontor_txn_increment(handle(), key.data(), key.size(), delta, detail::ErrorSlot()));
    return *this;
  }
  Transaction& HashSet(std::string_view key, std::string_view field, std::string_view value) {
    detail::Check(kontor_txn_hash_set(handle(), key.data(), key.size(), field.data(), field.size(),
                                      value.data(), value.size(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& HashIncrement(std::string_view key, std::string_view field, int64_t delta = 1) {
    detail::Check(kontor_txn_hash_increment(handle(), key.data(), key.size(), field.data(),
                                            field.size(), delta, detail::ErrorSlot()));
    return *this;
  }
  Transaction& ListPush(std::string_view key, Side side, std::string_view value) {
    detail::Check(kontor_txn_list_push(handle(), key.data(), key.size(),
                                       static_cast<uint32_t>(side), value.data(), value.size(),
                                       detail::ErrorSlot()));
    return *this;
  }
  // Any command that reads or writes keys: txn.Execute({"SADD", "seen", id}).
  Transaction& Execute(std::initializer_list<std::string_view> command) {
    return Execute(std::span<const std::string_view>(command.begin(), command.size()));
  }
  Transaction& Execute(std::span<const std::string_view> command) {
    const detail::Arguments arguments(command);
    detail::Check(kontor_txn_exec(handle(), arguments.count(), arguments.pointers(),
                                  arguments.lengths(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& Enqueue(const Queue& queue, std::string_view body, uint32_t priority = 0,
                       milliseconds delay = milliseconds(0)) {
    detail::Check(kontor_txn_enqueue(handle(), queue.handle(), body.data(), body.size(), priority,
                                     delay.count(), detail::ErrorSlot()));
    return *this;
  }
  // The same with more to say.
  Transaction& Enqueue(const Queue& queue, std::string_view body, const EnqueueOptions& options) {
    detail::Check(kontor_txn_enqueue_with(handle(), queue.handle(), body.data(), body.size(),
                                          options.handle(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& Acknowledge(const Queue& queue, const Message& message) {
    detail::Check(
        kontor_txn_acknowledge(handle(), queue.handle(), message.receipt(), detail::ErrorSlot()));
    return *this;
  }
  // The same with a result for those who await the message.
  Transaction& Complete(const Queue& queue, const Message& message, std::string_view result) {
    detail::Check(kontor_txn_complete(handle(), queue.handle(), message.receipt(), result.data(),
                                      result.size(), detail::ErrorSlot()));
    return *this;
  }
  Transaction& Publish(std::string_view channel, std::string_view body) {
    detail::Check(kontor_txn_publish(handle(), channel.data(), channel.size(), body.data(),
                                     body.size(), detail::ErrorSlot()));
    return *this;
  }
  // Asks for more than the engine's durability, for the next commit.
  Transaction& SetDurability(Durability durability) {
    detail::Check(kontor_txn_set_durability(handle(), static_cast<uint32_t>(durability),
                                            detail::ErrorSlot()));
    return *this;
  }

  // Throws if a step failed; then nothing happened. KONTOR_STALE_RECEIPT: a lease ran out.
  void Commit() { detail::Check(kontor_txn_commit(handle(), nullptr, detail::ErrorSlot())); }
  // An array with one reply per step.
  Reply CommitWithReplies() {
    kontor_reply* replies = nullptr;
    detail::Check(kontor_txn_commit(handle(), &replies, detail::ErrorSlot()));
    return Reply(replies);
  }
  kontor_txn* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_txn, kontor_txn_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_TRANSACTION_HPP_
