// Part of kontor.hpp: mailboxes and what they deliver.
#ifndef KONTOR_CPP_MAILBOX_HPP_
#define KONTOR_CPP_MAILBOX_HPP_

#include <kontor/cpp/database.hpp>
#include <optional>
#include <span>
#include <vector>

namespace kontor {
inline namespace api {

// What can be asked of a delivery, owned or borrowed.
template <typename Self>
class DeliveryContent {
 public:
  // One of KONTOR_DELIVERY_*.
  uint32_t kind() const { return kontor_delivery_kind(delivery()); }
  // How many messages a gap stands for, or a message has replaced.
  uint64_t lost() const { return kontor_delivery_lost(delivery()); }
  // Of a message on a channel that keeps messages; 0 for others.
  uint64_t sequence() const { return kontor_delivery_sequence(delivery()); }
  std::string_view channel() const { return detail::Borrow(kontor_delivery_channel, delivery()); }
  std::string_view pattern() const { return detail::Borrow(kontor_delivery_pattern, delivery()); }
  std::string_view body() const { return detail::Borrow(kontor_delivery_body, delivery()); }
  // Where replies are waited for; empty: nowhere.
  std::string_view reply_channel() const {
    return detail::Borrow(kontor_delivery_reply_channel, delivery());
  }
  // The tags a message is for, or an event of presence is about.
  std::span<const uint64_t> tags() const {
    const uint64_t* tags = nullptr;
    size_t count = 0;
    detail::CheckPlain(kontor_delivery_tags(delivery(), &tags, &count));
    return {tags, count};
  }
  // Of an interest event, or of the subscription that a message came through.
  Subject subject() const { return static_cast<Subject>(kontor_delivery_subject_kind(delivery())); }

 private:
  const kontor_delivery* delivery() const { return static_cast<const Self*>(this)->handle(); }
};

// What a mailbox hands out: a published message, a gap, or an event of interest or presence.
class Delivery : public DeliveryContent<Delivery> {
 public:
  explicit Delivery(kontor_delivery* delivery) : handle_(delivery) {}
  const kontor_delivery* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_delivery, kontor_delivery_free> handle_;
};

// One of Deliveries, as long as those hold it.
class BorrowedDelivery : public DeliveryContent<BorrowedDelivery> {
 public:
  explicit BorrowedDelivery(const kontor_delivery* delivery) : handle_(delivery) {}
  const kontor_delivery* handle() const { return handle_; }

 private:
  const kontor_delivery* handle_;
};

// Room for what Mailbox::NextMany takes, to be used again and again.
class Deliveries {
 public:
  Deliveries() {
    kontor_deliveries* deliveries = nullptr;
    detail::Check(kontor_deliveries_new(&deliveries, detail::ErrorSlot()));
    handle_.reset(deliveries);
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // `index` is below size().
  BorrowedDelivery operator[](size_t index) const {
    return BorrowedDelivery(kontor_deliveries_at(handle_.get(), index));
  }

 private:
  friend class Mailbox;
  friend class RetainedChannel;
  detail::Owned<kontor_deliveries, kontor_deliveries_free> handle_;
  size_t size_ = 0;
};

// kontor_mailbox_options.
class MailboxOptions {
 public:
  MailboxOptions() {
    kontor_mailbox_options* options = nullptr;
    detail::Check(kontor_mailbox_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  MailboxOptions& SetCapacity(uint64_t messages) {
    return Set(KONTOR_MAILBOX_CAPACITY_MESSAGES, static_cast<int64_t>(messages));
  }
  MailboxOptions& SetCapacityBytes(uint64_t bytes) {
    return Set(KONTOR_MAILBOX_CAPACITY_BYTES, static_cast<int64_t>(bytes));
  }
  MailboxOptions& SetOverflow(Overflow overflow) {
    return Set(KONTOR_MAILBOX_OVERFLOW, static_cast<int64_t>(overflow));
  }
  // How long a publisher waits under Overflow::kBlock.
  MailboxOptions& SetBlock(milliseconds longest) {
    return Set(KONTOR_MAILBOX_BLOCK_MS, longest.count());
  }
  // How long there is no subscription before a watcher of interest is told of that.
  MailboxOptions& SetInterestLinger(milliseconds linger) {
    return Set(KONTOR_MAILBOX_INTEREST_LINGER_MS, linger.count());
  }
  const kontor_mailbox_options* handle() const { return handle_.get(); }

 private:
  MailboxOptions& Set(uint32_t option, int64_t value) {
    detail::Check(
        kontor_mailbox_options_set_number(handle_.get(), option, value, detail::ErrorSlot()));
    return *this;
  }
  detail::Owned<kontor_mailbox_options, kontor_mailbox_options_free> handle_;
};

// Where a tag joins a channel that keeps messages.
struct JoinPoint {
  uint32_t join = KONTOR_JOIN_NOW;
  uint64_t value = 0;

  static JoinPoint Now() { return {}; }
  static JoinPoint Last(uint64_t count) { return {KONTOR_JOIN_LAST, count}; }
  static JoinPoint Sequence(uint64_t sequence) { return {KONTOR_JOIN_SEQUENCE, sequence}; }
};

// What one thread or event loop reads. Destroying it ends its subscriptions.
class Mailbox {
 public:
  // Holds up to `capacity` unread messages.
  explicit Mailbox(const Database& db, uint64_t capacity = kDefaultCapacity,
                   Overflow overflow = Overflow::kDropOldest) {
    kontor_mailbox* mailbox = nullptr;
    detail::Check(kontor_mailbox_new(db.handle(), capacity, static_cast<uint32_t>(overflow),
                                     &mailbox, detail::ErrorSlot()));
    handle_.reset(mailbox);
  }
  Mailbox(const Database& db, const MailboxOptions& options) {
    kontor_mailbox* mailbox = nullptr;
    detail::Check(
        kontor_mailbox_open(db.handle(), options.handle(), &mailbox, detail::ErrorSlot()));
    handle_.reset(mailbox);
  }
  void Close() { detail::Check(kontor_mailbox_close(handle(), detail::ErrorSlot())); }

  // False if the tag has this subscription already.
  bool Subscribe(std::string_view subject, uint64_t tag = 0, Subject kind = Subject::kChannel) {
    return detail::Check(kontor_mailbox_subscribe(handle(), static_cast<uint32_t>(kind),
                                                  subject.data(), subject.size(), tag,
                                                  detail::ErrorSlot())) == KONTOR_OK;
  }
  // Subscribes a tag to a channel that keeps messages: see kontor_mailbox_join. False if the tag is
  // subscribed already; throws KONTOR_NOT_FOUND if the channel keeps none.
  bool Join(std::string_view channel, uint64_t tag, const JoinPoint& from) {
    const int32_t code = detail::Check(kontor_mailbox_join(
        handle(), channel.data(), channel.size(), tag, from.join, from.value, detail::ErrorSlot()));
    detail::MustBeFound(code);
    return code == KONTOR_OK;
  }
  // False if there is no such subscription.
  bool Unsubscribe(std::string_view subject, uint64_t tag = 0, Subject kind = Subject::kChannel) {
    return detail::Check(kontor_mailbox_unsubscribe(handle(), static_cast<uint32_t>(kind),
                                                    subject.data(), subject.size(), tag,
                                                    detail::ErrorSlot())) == KONTOR_OK;
  }
  // How many subscriptions the tag had.
  uint64_t UnsubscribeTag(uint64_t tag) {
    uint64_t ended = 0;
    detail::Check(kontor_mailbox_unsubscribe_tag(handle(), tag, &ended, detail::ErrorSlot()));
    return ended;
  }
  void WatchInterest() {
    detail::Check(kontor_mailbox_watch_interest(handle(), detail::ErrorSlot()));
  }
  // Of who is in a channel: see kontor_mailbox_watch_presence.
  void WatchPresence(std::string_view channel) {
    detail::Check(kontor_mailbox_watch_presence(handle(), channel.data(), channel.size(),
                                                detail::ErrorSlot()));
  }
  // False if it did not watch that.
  bool UnwatchPresence(std::string_view channel) {
    return detail::Check(kontor_mailbox_unwatch_presence(handle(), channel.data(), channel.size(),
                                                         detail::ErrorSlot())) == KONTOR_OK;
  }
  // The oldest delivery; nullopt if none came in time, or the waiter was interrupted. Throws
  // KONTOR_CLOSED once the mailbox is closed and empty.
  std::optional<Delivery> Next(milliseconds timeout, Waiter* waiter = nullptr) {
    kontor_delivery* delivery = nullptr;
    const int32_t code = detail::Check(kontor_mailbox_next(
        handle(), timeout.count(), detail::HandleOf(waiter), &delivery, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return Delivery(delivery);
  }
  // Up to `maximum` at once, waiting for the first only; false, and none, where Next answers
  // nullopt.
  bool NextMany(milliseconds timeout, size_t maximum, Deliveries* deliveries,
                Waiter* waiter = nullptr) {
    deliveries->size_ = 0;
    return detail::Check(kontor_mailbox_next_many(
               handle(), timeout.count(), detail::HandleOf(waiter), maximum,
               deliveries->handle_.get(), &deliveries->size_, detail::ErrorSlot())) == KONTOR_OK;
  }
  // Readable while there is something to read; for poll and epoll only.
  int descriptor() const {
    int32_t descriptor = -1;
    detail::Check(kontor_mailbox_descriptor(handle(), &descriptor, detail::ErrorSlot()));
    return descriptor;
  }
  uint64_t pending() const {
    uint64_t pending = 0;
    detail::Check(kontor_mailbox_counts(handle(), &pending, nullptr, detail::ErrorSlot()));
    return pending;
  }
  // Messages lost to overflow since the beginning.
  uint64_t lost() const {
    uint64_t lost = 0;
    detail::Check(kontor_mailbox_counts(handle(), nullptr, &lost, detail::ErrorSlot()));
    return lost;
  }
  kontor_mailbox* handle() const { return handle_.get(); }

 private:
  static constexpr uint64_t kDefaultCapacity = 65536;
  detail::Owned<kontor_mailbox, kontor_mailbox_free> handle_;
};

// Publishes a request and waits for the first reply; nullopt if none came in time, or the waiter
// was interrupted. Throws KONTOR_NOT_FOUND if the request reached no mailbox.
inline std::optional<Delivery> Request(const Database& db, std::string_view channel,
                                       std::string_view body, milliseconds timeout,
                                       Waiter* waiter = nullptr) {
  kontor_delivery* reply = nullptr;
  const int32_t code = detail::Check(
      kontor_request(db.handle(), channel.data(), channel.size(), body.data(), body.size(),
                     timeout.count(), detail::HandleOf(waiter), &reply, detail::ErrorSlot()));
  detail::MustBeFound(code);
  if (code != KONTOR_OK) return std::nullopt;
  return Delivery(reply);
}

// Who is in a channel: the tags subscribed to it by name, in rising order.
inline std::vector<uint64_t> TagsOf(const Database& db, std::string_view channel) {
  std::vector<uint64_t> tags;
  size_t count = 0;
  do {
    tags.resize(count);
    detail::Check(kontor_channel_tags(db.handle(), channel.data(), channel.size(), tags.data(),
                                      tags.size(), &count, detail::ErrorSlot()));
  } while (count > tags.size());
  tags.resize(count);
  return tags;
}

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_MAILBOX_HPP_
