#ifndef KONTOR_CAPI_HANDLES_H_
#define KONTOR_CAPI_HANDLES_H_

#include <kontor/kontor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/mailbox.h"
#include "broker/message.h"
#include "broker/mpmc_lane.h"
#include "broker/queue_options.h"
#include "broker/retention_options.h"
#include "broker/schedule.h"
#include "broker/work_queue.h"
#include "db/engine.h"

// The objects behind the opaque handles of kontor.h, and what every exported function shares:
// checking handles and arguments, and turning a Status or an exception into a code.

namespace kontor::capi {

// Every handle begins with a word that tells its kind, so that a foreign or freed pointer is
// (nearly always) answered KONTOR_INVALID instead of followed.
template <uint64_t kKind>
struct Handle {
  static constexpr uint64_t kMagic = 0x4b6f6e746f720000 | kKind;  // "Kontor" and the kind
  uint64_t magic = kMagic;

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { *const_cast<volatile uint64_t*>(&magic) = 0; }
};

template <typename T>
bool Valid(const T* handle) {
  return handle != nullptr && handle->magic == T::kMagic;
}

// What a kontor_db and all its children share. Outlives the kontor_db as long as a child lives.
class Connection {
 public:
  explicit Connection(std::shared_ptr<Engine> opened) : engine_(std::move(opened)) {}
  ~Connection();

  Engine* engine() { return engine_.get(); }
  Core* core() { return engine_->core(); }
  const std::shared_ptr<Engine>& shared_engine() const { return engine_; }
  const std::atomic<bool>* closed() const { return &closed_; }
  uint32_t database() const { return database_.load(std::memory_order_relaxed); }
  void select(uint32_t index) { database_.store(index, std::memory_order_relaxed); }

  // kForked or kClosed.
  Status Check() const;
  bool IsUsable() const {
    return !engine_->InForkedChild() && !closed_.load(std::memory_order_acquire);
  }
  // Wakes its waits, ends its mailboxes, gives up its share of the engine. kClosed the second time.
  Status Close();
  void Adopt(const std::shared_ptr<Mailbox>& mailbox);
  void Adopt(const std::shared_ptr<MpmcLane>& lane);

 private:
  const std::shared_ptr<Engine> engine_;
  std::atomic<bool> closed_{false};
  std::atomic<uint32_t> database_{0};
  Mutex mutex_;
  std::vector<std::weak_ptr<Mailbox>> mailboxes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<MpmcLane>> lanes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor::capi

struct kontor_error : kontor::capi::Handle<1> {
  int32_t code = 0;
  std::string message;
};

struct kontor_options : kontor::capi::Handle<2> {
  kontor::EngineOptions options;
  bool durability_chosen = false;
};

struct kontor_db : kontor::capi::Handle<3> {
  std::shared_ptr<kontor::capi::Connection> connection;
};

struct kontor_pin : kontor::capi::Handle<4> {
  kontor::Value value;  // of a string: a share of a large one, a copy of a short one
};

struct kontor_waiter : kontor::capi::Handle<6> {
  kontor::Waiter waiter;
};

struct kontor_queue_options : kontor::capi::Handle<7> {
  kontor::QueueOptions options;
};

struct kontor_enqueue_options : kontor::capi::Handle<20> {
  // Without a body; it borrows from this.
  kontor::NewMessage Message() const {
    return {.body = {},
            .priority = priority,
            .delay_ms = delay_ms,
            .group = group,
            .deduplication_id = deduplication_id,
            .children = children,
            .parent_queue = parent_queue,
            .parent_id = parent_id,
            .parent_step = parent_step};
  }

  uint32_t priority = 0;
  int64_t delay_ms = 0;
  std::string group;
  std::string deduplication_id;
  uint32_t children = 0;
  std::string parent_queue;
  const kontor::Engine* parent_engine = nullptr;  // not followed: to be compared
  uint64_t parent_id = 0;
  int64_t parent_step = kontor::NewMessage::kNoStep;
};

struct kontor_schedule_options : kontor::capi::Handle<22> {
  kontor::ScheduleOptions options;
};

struct kontor_queue : kontor::capi::Handle<8> {
  std::shared_ptr<kontor::capi::Connection> connection;
  std::shared_ptr<kontor::WorkQueue> queue;
};

struct kontor_message : kontor::capi::Handle<9> {
  kontor::TakenMessage message;
  std::unique_ptr<const kontor::MessageView> view;  // null: it was taken, not looked at
};

struct kontor_channel_options : kontor::capi::Handle<30> {
  kontor::RetentionOptions options;
};

struct kontor_mailbox_options : kontor::capi::Handle<16> {
  kontor::MailboxOptions options;
};

struct kontor_mailbox : kontor::capi::Handle<10> {
  std::shared_ptr<kontor::capi::Connection> connection;
  std::shared_ptr<kontor::Mailbox> mailbox;
};

struct kontor_delivery : kontor::capi::Handle<11> {
  const kontor::Delivery& content() const { return borrowed == nullptr ? delivery : *borrowed; }

  kontor::Delivery delivery;
  const kontor::Delivery* borrowed = nullptr;  // one of kontor_deliveries, whose this is then
};

// It has as many as were ever asked for, so that they are used again. What is in them counts in the
// engine that they came from.
struct kontor_deliveries : kontor::capi::Handle<17> {
  std::shared_ptr<kontor::capi::Connection> connection;
  std::unique_ptr<kontor::Delivery[]> deliveries;
  std::unique_ptr<kontor_delivery[]> handles;
  size_t capacity = 0;
  size_t count = 0;
};

struct kontor_lease : kontor::capi::Handle<14> {
  // Gives the lease up, if it is still held.
  ~kontor_lease();

  std::shared_ptr<kontor::capi::Connection> connection;
  uint32_t database = 0;
  std::string key;
  int64_t stale_ms = 0;
  uint64_t token = 0;  // 0: the lease was not taken
};

struct kontor_lane : kontor::capi::Handle<21> {
  std::shared_ptr<kontor::capi::Connection> connection;
  std::shared_ptr<kontor::MpmcLane> lane;
};

namespace kontor::capi {

// Fills the caller's error and answers the code.
int32_t Report(kontor_error* error, const Status& status) noexcept;
int32_t ReportException(kontor_error* error) noexcept;

// Runs the body of an exported function: no exception leaves it.
template <typename Body>
int32_t Guarded(kontor_error* error, Body body) noexcept {
  if (error != nullptr && !Valid(error)) return KONTOR_INVALID;
  try {
    return Report(error, body());
  } catch (...) {
    return ReportException(error);
  }
}

// "<what> is NULL or no such handle".
Status Invalid(const char* what);
// "<what> must not be NULL".
Status Null(const char* what);

// Bytes from outside: NULL only with length 0, and not longer than `limit`. Nothing of them is
// read.
Status CheckBytes(const void* bytes, size_t length, size_t limit, const char* what);
inline Bytes AsBytes(const void* bytes, size_t length) {
  return Bytes(static_cast<const char*>(bytes), length);
}
// A channel or pattern, and which of them.
Status CheckSubject(uint32_t kind, const void* subject, size_t length);
Status CheckKey(const void* key, size_t length);
// What nearly every key of a batch is.
inline bool IsGoodKey(const void* key, size_t length) {
  return (key != nullptr || length == 0) && length <= limits::kKeyBytes;
}
Status CheckValue(const void* value, size_t length);
// KONTOR_FRONT or KONTOR_BACK.
Status CheckSide(uint32_t side);
// A waiter may be NULL, but not foreign.
Status CheckWaiter(const kontor_waiter* waiter);
// kOutOfRange, naming the bounds of a message's priority or delay.
Status CheckPriority(int64_t priority);
Status CheckDelay(int64_t delay_ms);
inline Waiter* WaiterOf(kontor_waiter* waiter) {
  return waiter == nullptr ? nullptr : &waiter->waiter;
}

// The connection of a database handle (or of a child), ready to be used.
Status Enter(const kontor_db* db, Connection** connection);
Status Enter(const kontor_queue* queue, Connection** connection);
Status Enter(const kontor_mailbox* mailbox, Connection** connection);
Status Enter(const kontor_lease* lease, Connection** connection);
Status Enter(const kontor_lane* lane, Connection** connection);

// What these options (null: the defaults) say of a message for this queue, without a body; borrowed
// from them. kInvalid, also for a parent in another engine.
Result<NewMessage> MessageOf(const kontor_enqueue_options* options, const kontor_queue* queue);

// What they held goes.
void Empty(kontor_deliveries* deliveries);
// kOutOfRange for a number that nobody may ask for at once.
Status MakeRoom(kontor_deliveries* deliveries, size_t maximum);

// A copy that kontor_free gives back; never null.
Status CopyOut(Bytes bytes, void** out, size_t* length);

}  // namespace kontor::capi

#endif  // KONTOR_CAPI_HANDLES_H_
