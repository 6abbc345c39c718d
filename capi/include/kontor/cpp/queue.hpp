// Part of kontor.hpp: work queues and their messages.
#ifndef KONTOR_CPP_QUEUE_HPP_
#define KONTOR_CPP_QUEUE_HPP_

#include <array>
#include <kontor/cpp/database.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace kontor {
inline namespace api {

// A message that was taken, or a dead letter.
class Message {
 public:
  explicit Message(kontor_message* message) : handle_(message) {}
  uint64_t id() const { return kontor_message_id(handle()); }
  uint64_t receipt() const { return kontor_message_receipt(handle()); }
  uint32_t attempt() const { return kontor_message_attempt(handle()); }
  uint32_t priority() const { return kontor_message_priority(handle()); }
  Time enqueued_at() const {
    return Time(milliseconds(kontor_message_enqueued_at_unix_ms(handle())));
  }
  // KONTOR_MESSAGE_LEASED if it was taken.
  uint32_t state() const { return kontor_message_state(handle()); }
  // When the lease ends; of a dead letter, when it died; of one that is done, when it is forgotten.
  Time lease_until() const {
    return Time(milliseconds(kontor_message_lease_until_unix_ms(handle())));
  }
  std::string_view body() const { return detail::Borrow(kontor_message_body, handle()); }
  // Of one that is leased its progress, dead the reason, done the result.
  std::string_view note() const { return detail::Borrow(kontor_message_note, handle()); }
  std::string_view group() const { return detail::Borrow(kontor_message_group, handle()); }
  // For how many children it waits.
  uint32_t children() const { return kontor_message_children(handle()); }
  // The channel it was published to; empty if it was put into the queue itself.
  std::string_view channel() const { return detail::Borrow(kontor_message_channel, handle()); }
  // How often its progress was told, modulo 65536.
  uint32_t progress_count() const { return kontor_message_progress_count(handle()); }
  // Why it is dead.
  std::string_view reason() const { return detail::Borrow(kontor_message_reason, handle()); }
  const kontor_message* handle() const { return handle_.get(); }

 private:
  detail::Owned<kontor_message, kontor_message_free> handle_;
};

// How a queue behaves. Set calls can be chained.
class QueueOptions {
 public:
  QueueOptions() {
    kontor_queue_options* options = nullptr;
    detail::Check(kontor_queue_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  // One of KONTOR_QUEUE_DURABLE and its neighbours.
  QueueOptions& SetNumber(uint32_t option, int64_t value) {
    detail::Check(kontor_queue_options_set_number(handle(), option, value, detail::ErrorSlot()));
    return *this;
  }
  QueueOptions& SetDurable(bool on) { return SetNumber(KONTOR_QUEUE_DURABLE, on ? 1 : 0); }
  QueueOptions& SetLease(milliseconds lease) {
    return SetNumber(KONTOR_QUEUE_LEASE_MS, lease.count());
  }
  QueueOptions& SetMaxDeliveries(int64_t count) {
    return SetNumber(KONTOR_QUEUE_MAX_DELIVERIES, count);
  }
  QueueOptions& SetRetryDelay(milliseconds delay) {
    return SetNumber(KONTOR_QUEUE_RETRY_DELAY_MS, delay.count());
  }
  QueueOptions& SetMaxLength(int64_t messages) {
    return SetNumber(KONTOR_QUEUE_MAX_LENGTH, messages);
  }
  // How long a result is kept once the message is done.
  QueueOptions& SetResults(milliseconds time) {
    return SetNumber(KONTOR_QUEUE_RESULT_MS, time.count());
  }
  // When events are told on the channel `__queue__:` and the queue's name: see queue.h.
  QueueOptions& SetDepthThreshold(int64_t messages) {
    return SetNumber(KONTOR_QUEUE_DEPTH_THRESHOLD, messages);
  }
  QueueOptions& SetAgeThreshold(milliseconds age) {
    return SetNumber(KONTOR_QUEUE_AGE_THRESHOLD_MS, age.count());
  }
  // Bodies of so many bytes or more are compressed.
  QueueOptions& SetCompress(int64_t bytes) { return SetNumber(KONTOR_QUEUE_COMPRESS_BYTES, bytes); }
  // The rest before each retry, the last one for all that follow.
  QueueOptions& SetRetryDelays(const std::vector<milliseconds>& delays) {
    std::vector<int64_t> values;
    values.reserve(delays.size());
    for (const milliseconds delay : delays) values.push_back(delay.count());
    detail::Check(kontor_queue_options_set_numbers(
        handle(), KONTOR_QUEUE_RETRY_DELAYS_MS, values.data(), values.size(), detail::ErrorSlot()));
    return *this;
  }
  // What an option is, of KONTOR_QUEUE_DURABLE and its neighbours.
  int64_t Number(uint32_t option) const {
    int64_t value = 0;
    detail::Check(kontor_queue_options_number(handle(), option, &value, detail::ErrorSlot()));
    return value;
  }
  std::vector<milliseconds> RetryDelays() const {
    const int64_t* values = nullptr;
    size_t count = 0;
    detail::Check(kontor_queue_options_numbers(handle(), KONTOR_QUEUE_RETRY_DELAYS_MS, &values,
                                               &count, detail::ErrorSlot()));
    std::vector<milliseconds> delays;
    delays.reserve(count);
    for (size_t i = 0; i < count; ++i) delays.emplace_back(values[i]);
    return delays;
  }
  kontor_queue_options* handle() const { return handle_.get(); }

 private:
  friend class Queue;
  explicit QueueOptions(kontor_queue_options* handle) : handle_(handle) {}

  detail::Owned<kontor_queue_options, kontor_queue_options_free> handle_;
};

// What is said of a message when it is sent. Set calls can be chained.
class EnqueueOptions {
 public:
  EnqueueOptions() {
    kontor_enqueue_options* options = nullptr;
    detail::Check(kontor_enqueue_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  // Larger priorities (0 to 31) first.
  EnqueueOptions& SetPriority(uint32_t priority) {
    return SetNumber(KONTOR_ENQUEUE_PRIORITY, priority);
  }
  EnqueueOptions& SetDelay(milliseconds delay) {
    return SetNumber(KONTOR_ENQUEUE_DELAY_MS, delay.count());
  }
  // Messages of a group are handed out in their order, one at a time.
  EnqueueOptions& SetGroup(std::string_view key) { return SetBytes(KONTOR_ENQUEUE_GROUP, key); }
  // A second message under this id is the first one, where the queue remembers it.
  EnqueueOptions& SetDeduplicationId(std::string_view id) {
    return SetBytes(KONTOR_ENQUEUE_DEDUPLICATION_ID, id);
  }
  // It waits for so many children: see queue.h.
  EnqueueOptions& SetChildren(uint32_t count) { return SetNumber(KONTOR_ENQUEUE_CHILDREN, count); }
  // It is a child of what an earlier step of the same transaction enqueues.
  EnqueueOptions& SetParentStep(size_t step) {
    return SetNumber(KONTOR_ENQUEUE_PARENT_STEP, static_cast<int64_t>(step));
  }
  // It is a child of a message that waits for its children.
  EnqueueOptions& SetParent(const kontor_queue* queue, uint64_t id) {
    detail::Check(kontor_enqueue_options_set_parent(handle(), queue, id, detail::ErrorSlot()));
    return *this;
  }
  kontor_enqueue_options* handle() const { return handle_.get(); }

 private:
  EnqueueOptions& SetNumber(uint32_t option, int64_t value) {
    detail::Check(kontor_enqueue_options_set_number(handle(), option, value, detail::ErrorSlot()));
    return *this;
  }
  EnqueueOptions& SetBytes(uint32_t option, std::string_view bytes) {
    detail::Check(kontor_enqueue_options_set_bytes(handle(), option, bytes.data(), bytes.size(),
                                                   detail::ErrorSlot()));
    return *this;
  }
  detail::Owned<kontor_enqueue_options, kontor_enqueue_options_free> handle_;
};

// How often something happened in the last 1, 10 and 60 whole seconds.
struct RecentCounts {
  int64_t in_1s = 0;
  int64_t in_10s = 0;
  int64_t in_60s = 0;
};

// The figures of a queue, as of one moment; the totals since the engine was opened.
struct QueueFigures {
  int64_t ready = 0;
  int64_t delayed = 0;
  int64_t leased = 0;
  int64_t dead = 0;
  int64_t done = 0;  // whose results are kept
  int64_t waiting_consumers = 0;
  milliseconds oldest_ready_age{0};
  int64_t enqueued_total = 0;
  int64_t delivered_total = 0;
  int64_t redelivered_total = 0;
  int64_t acknowledged_total = 0;
  int64_t dead_total = 0;
  int64_t dropped_total = 0;
  bool paused = false;
  int64_t groups = 0;
  RecentCounts arrivals;
  RecentCounts acknowledgements;
  RecentCounts failures;
};

// A handle of a work queue; the queue itself lives in the engine. A receipt that is no longer valid
// throws KONTOR_STALE_RECEIPT: the work is, or will be, somebody else's.
class Queue {
 public:
  // Opens the queue, making it with default options if there is none.
  Queue(const Database& db, std::string_view name) : Queue(db, name, nullptr) {}
  // The queue takes these options on, also if it exists.
  Queue(const Database& db, std::string_view name, const QueueOptions& options)
      : Queue(db, name, options.handle()) {}

  // Those that it has now.
  QueueOptions Options() const {
    kontor_queue_options* options = nullptr;
    detail::Check(kontor_queue_options_of(handle(), &options, detail::ErrorSlot()));
    return QueueOptions(options);
  }

  // Returns the message's id. Larger priorities (0 to 31) first.
  uint64_t Enqueue(std::string_view body, uint32_t priority = 0,
                   milliseconds delay = milliseconds(0)) {
    uint64_t id = 0;
    detail::Check(kontor_queue_enqueue(handle(), body.data(), body.size(), priority, delay.count(),
                                       &id, detail::ErrorSlot()));
    return id;
  }
  // The same with more to say. Where a message was sent before under its deduplication id, that
  // one's.
  uint64_t Enqueue(std::string_view body, const EnqueueOptions& options) {
    uint64_t id = 0;
    detail::Check(kontor_queue_enqueue_with(handle(), body.data(), body.size(), options.handle(),
                                            &id, detail::ErrorSlot()));
    return id;
  }
  // All of them (up to 4096) in one commit, or none; their ids.
  std::vector<uint64_t> EnqueueMany(const std::vector<std::string_view>& bodies,
                                    const EnqueueOptions& options = EnqueueOptions()) {
    if (bodies.empty()) return {};
    std::vector<const void*> pointers(bodies.size());
    std::vector<size_t> lengths(bodies.size());
    for (size_t i = 0; i < bodies.size(); ++i) {
      pointers[i] = bodies[i].data();
      lengths[i] = bodies[i].size();
    }
    std::vector<uint64_t> ids(bodies.size());
    detail::Check(kontor_queue_enqueue_many(handle(), pointers.data(), lengths.data(),
                                            bodies.size(), options.handle(), ids.data(),
                                            detail::ErrorSlot()));
    return ids;
  }
  // One message; nullopt if none came in time, or the waiter was interrupted. Lease zero: the
  // queue's.
  std::optional<Message> Take(milliseconds timeout, milliseconds lease = milliseconds(0),
                              Waiter* waiter = nullptr) {
    kontor_message* message = nullptr;
    size_t count = 0;
    detail::Check(kontor_queue_take(handle(), lease.count(), timeout.count(),
                                    detail::HandleOf(waiter), &message, 1, &count,
                                    detail::ErrorSlot()));
    return message == nullptr ? std::nullopt : std::optional<Message>(message);
  }
  std::vector<Message> TakeMany(size_t capacity, milliseconds timeout,
                                milliseconds lease = milliseconds(0), Waiter* waiter = nullptr) {
    std::vector<kontor_message*> taken(capacity);
    size_t count = 0;
    detail::Check(kontor_queue_take(handle(), lease.count(), timeout.count(),
                                    detail::HandleOf(waiter), taken.data(), capacity, &count,
                                    detail::ErrorSlot()));
    return Adopt(taken, count);
  }
  void Acknowledge(const Message& message) {
    detail::Check(kontor_queue_acknowledge(handle(), message.receipt(), detail::ErrorSlot()));
  }
  // Those whose lease has not run out, in one commit; how many they were.
  size_t AcknowledgeMany(const std::vector<Message>& messages) {
    if (messages.empty()) return 0;
    std::vector<uint64_t> receipts;
    receipts.reserve(messages.size());
    for (const Message& message : messages) receipts.push_back(message.receipt());
    size_t acknowledged = 0;
    detail::Check(kontor_queue_acknowledge_many(handle(), receipts.data(), receipts.size(),
                                                &acknowledged, nullptr, detail::ErrorSlot()));
    return acknowledged;
  }
  // The same with a result for those who await it (QueueOptions::SetResults).
  void Complete(const Message& message, std::string_view result) {
    detail::Check(kontor_queue_complete(handle(), message.receipt(), result.data(), result.size(),
                                        detail::ErrorSlot()));
  }
  // Tells those who await the message how far it is.
  void TellProgress(const Message& message, std::string_view progress) {
    detail::Check(kontor_queue_tell_progress(handle(), message.receipt(), progress.data(),
                                             progress.size(), detail::ErrorSlot()));
  }
  // Gives a message back, to be delivered again after `delay` (negative: the queue's retry delay).
  void Return(const Message& message, milliseconds delay = milliseconds(-1)) {
    detail::Check(
        kontor_queue_return(handle(), message.receipt(), delay.count(), detail::ErrorSlot()));
  }
  void Bury(const Message& message, std::string_view reason) {
    detail::Check(kontor_queue_bury(handle(), message.receipt(), reason.data(), reason.size(),
                                    detail::ErrorSlot()));
  }
  // Returns the new end of the lease.
  Time Extend(const Message& message, milliseconds lease = milliseconds(0)) {
    int64_t until_unix_ms = 0;
    detail::Check(kontor_queue_extend(handle(), message.receipt(), lease.count(), &until_unix_ms,
                                      detail::ErrorSlot()));
    return Time(milliseconds(until_unix_ms));
  }

  // The lease goes on by itself for so long (negative: as long as this process lives).
  void Renew(const Message& message, milliseconds time = milliseconds(-1)) {
    detail::Check(
        kontor_queue_renew(handle(), message.receipt(), time.count(), detail::ErrorSlot()));
  }
  // From now on it gets what is published there: see kontor_queue_bind.
  void Bind(std::string_view subject, Subject kind = Subject::kChannel) {
    detail::Check(kontor_queue_bind(handle(), static_cast<uint32_t>(kind), subject.data(),
                                    subject.size(), detail::ErrorSlot()));
  }
  // False if it is not bound to that.
  bool Unbind(std::string_view subject, Subject kind = Subject::kChannel) {
    return detail::Check(kontor_queue_unbind(handle(), static_cast<uint32_t>(kind), subject.data(),
                                             subject.size(), detail::ErrorSlot())) == KONTOR_OK;
  }
  // Nothing is taken until it is resumed.
  void Pause() { detail::Check(kontor_queue_pause(handle(), detail::ErrorSlot())); }
  void Resume() { detail::Check(kontor_queue_resume(handle(), detail::ErrorSlot())); }

  QueueFigures Figures() const {
    std::array<int64_t, KONTOR_QUEUE_FIGURES> figures{};
    detail::Check(kontor_queue_figures(handle(), figures.data(), figures.size(), nullptr,
                                       detail::ErrorSlot()));
    const auto recent = [&figures](size_t first) {
      return RecentCounts{
          .in_1s = figures[first], .in_10s = figures[first + 1], .in_60s = figures[first + 2]};
    };
    return QueueFigures{.ready = figures[KONTOR_QUEUE_READY],
                        .delayed = figures[KONTOR_QUEUE_DELAYED],
                        .leased = figures[KONTOR_QUEUE_LEASED],
                        .dead = figures[KONTOR_QUEUE_DEAD],
                        .done = figures[KONTOR_QUEUE_DONE],
                        .waiting_consumers = figures[KONTOR_QUEUE_WAITING_CONSUMERS],
                        .oldest_ready_age = milliseconds(figures[KONTOR_QUEUE_OLDEST_READY_AGE_MS]),
                        .enqueued_total = figures[KONTOR_QUEUE_ENQUEUED_TOTAL],
                        .delivered_total = figures[KONTOR_QUEUE_DELIVERED_TOTAL],
                        .redelivered_total = figures[KONTOR_QUEUE_REDELIVERED_TOTAL],
                        .acknowledged_total = figures[KONTOR_QUEUE_ACKNOWLEDGED_TOTAL],
                        .dead_total = figures[KONTOR_QUEUE_DEAD_TOTAL],
                        .dropped_total = figures[KONTOR_QUEUE_DROPPED_TOTAL],
                        .paused = figures[KONTOR_QUEUE_PAUSED] != 0,
                        .groups = figures[KONTOR_QUEUE_GROUPS],
                        .arrivals = recent(KONTOR_QUEUE_ARRIVALS_1S),
                        .acknowledgements = recent(KONTOR_QUEUE_ACKNOWLEDGEMENTS_1S),
                        .failures = recent(KONTOR_QUEUE_FAILURES_1S)};
  }
  // A message as it is now, without taking it; nullopt if there is none of this id.
  std::optional<Message> Peek(uint64_t id) const {
    kontor_message* message = nullptr;
    detail::Check(kontor_queue_peek(handle(), id, &message, detail::ErrorSlot()));
    return message == nullptr ? std::nullopt : std::optional<Message>(message);
  }
  // The one that would be taken next; nullopt if none is ready.
  std::optional<Message> PeekNext() const { return Peek(0); }
  // Some of the messages whose states (1u << KONTOR_MESSAGE_READY and so on) are asked for. The
  // cursor is 0 at first, and again after the last.
  std::vector<Message> Browse(uint32_t states, uint64_t* cursor, size_t capacity = 256) const {
    std::vector<kontor_message*> messages(capacity);
    size_t count = 0;
    detail::Check(kontor_queue_browse(handle(), states, cursor, messages.data(), capacity, &count,
                                      detail::ErrorSlot()));
    return Adopt(messages, count);
  }
  // The message once it is done or dead, or its progress count is not `progress_seen` (negative:
  // whatever its progress); nullopt if that did not come in time, or it is not known (any more).
  std::optional<Message> Await(uint64_t id, milliseconds timeout, int64_t progress_seen = -1,
                               Waiter* waiter = nullptr) const {
    kontor_message* message = nullptr;
    detail::Check(kontor_queue_await(handle(), id, progress_seen, timeout.count(),
                                     detail::HandleOf(waiter), &message, detail::ErrorSlot()));
    return message == nullptr ? std::nullopt : std::optional<Message>(message);
  }
  // The dead letters with an id larger than `after_id`, by id.
  std::vector<Message> DeadLetters(uint64_t after_id = 0, size_t capacity = 256) const {
    std::vector<kontor_message*> letters(capacity);
    size_t count = 0;
    detail::Check(kontor_queue_dead_letters(handle(), after_id, letters.data(), capacity, &count,
                                            detail::ErrorSlot()));
    return Adopt(letters, count);
  }
  // These two answer false where there is no such dead letter.
  bool Revive(uint64_t id) {
    return detail::Check(kontor_queue_revive(handle(), id, detail::ErrorSlot())) == KONTOR_OK;
  }
  bool Discard(uint64_t id) {
    return detail::Check(kontor_queue_discard(handle(), id, detail::ErrorSlot())) == KONTOR_OK;
  }
  void Purge() { detail::Check(kontor_queue_purge(handle(), detail::ErrorSlot())); }
  kontor_queue* handle() const { return handle_.get(); }

 private:
  Queue(const Database& db, std::string_view name, const kontor_queue_options* options) {
    kontor_queue* queue = nullptr;
    detail::Check(kontor_queue_open(db.handle(), name.data(), name.size(), options, &queue,
                                    detail::ErrorSlot()));
    handle_.reset(queue);
  }
  static std::vector<Message> Adopt(const std::vector<kontor_message*>& handles, size_t count) {
    std::vector<detail::Owned<kontor_message, kontor_message_free>> owners(count);
    for (size_t i = 0; i < count; ++i) owners[i].reset(handles[i]);
    std::vector<Message> messages;
    messages.reserve(count);
    for (auto& owner : owners) messages.emplace_back(owner.release());
    return messages;
  }
  detail::Owned<kontor_queue, kontor_queue_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_QUEUE_HPP_
