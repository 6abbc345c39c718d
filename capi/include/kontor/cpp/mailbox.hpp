// Part of kontor.hpp: mailboxes and what they deliver.
#ifndef KONTOR_CPP_MAILBOX_HPP_
#define KONTOR_CPP_MAILBOX_HPP_

#include <kontor/cpp/database.hpp>
#include <optional>
#include <span>

namespace kontor {
inline namespace api {

// What a mailbox hands out: a published message, a gap, or an interest event.
class Delivery {
 public:
  explicit Delivery(kontor_delivery* delivery) : handle_(delivery) {}
  // One of KONTOR_DELIVERY_*.
  uint32_t kind() const { return kontor_delivery_kind(handle()); }
  // How many messages a gap stands for.
  uint64_t lost() const { return kontor_delivery_lost(handle()); }
  std::string_view channel() const { return detail::Borrow(kontor_delivery_channel, handle()); }
  std::string_view pattern() const { return detail::Borrow(kontor_delivery_pattern, handle()); }
  std::string_view body() const { return detail::Borrow(kontor_delivery_body, handle()); }
  // The tags a message is for.
  std::span<const uint64_t> tags() const {
    const uint64_t* tags = nullptr;
    size_t count = 0;
    detail::CheckPlain(kontor_delivery_tags(handle(), &tags, &count));
    return {tags, count};
  }
  // Of an interest event.
  Subject subject() const { return static_cast<Subject>(kontor_delivery_subject_kind(handle())); }
  const kontor_delivery* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_delivery, kontor_delivery_free> handle_;
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
  void Close() { detail::Check(kontor_mailbox_close(handle(), detail::ErrorSlot())); }

  // False if the tag has this subscription already.
  bool Subscribe(std::string_view subject, uint64_t tag = 0, Subject kind = Subject::kChannel) {
    return detail::Check(kontor_mailbox_subscribe(handle(), static_cast<uint32_t>(kind),
                                                  subject.data(), subject.size(), tag,
                                                  detail::ErrorSlot())) == KONTOR_OK;
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
  // The oldest delivery; nullopt if none came in time, or the waiter was interrupted. Throws
  // KONTOR_CLOSED once the mailbox is closed and empty.
  std::optional<Delivery> Next(milliseconds timeout, Waiter* waiter = nullptr) {
    kontor_delivery* delivery = nullptr;
    const int32_t code = detail::Check(kontor_mailbox_next(
        handle(), timeout.count(), detail::HandleOf(waiter), &delivery, detail::ErrorSlot()));
    if (code != KONTOR_OK) return std::nullopt;
    return Delivery(delivery);
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

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_MAILBOX_HPP_
