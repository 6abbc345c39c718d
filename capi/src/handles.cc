#include "handles.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>

#include "base/limits.h"
#include "db/engine_registry.h"

namespace kontor::capi {

Connection::~Connection() {
  // A forked child abandons the engine; otherwise whoever wants to know of failures called Close
  // before.
  if (!engine_->InForkedChild()) static_cast<void>(Close());
}

Status Connection::Check() const {
  if (engine_->InForkedChild()) {
    return Status(
        Code::kForked,
        "this process was forked after the engine was opened; only the parent may use it. "
        "Start the child by exec or posix_spawn and let it open an engine of its own");
  }
  if (closed_.load(std::memory_order_acquire)) {
    return Status(Code::kClosed, "the database handle was closed");
  }
  return Ok();
}

Status Connection::Close() {
  if (closed_.exchange(true, std::memory_order_acq_rel)) {
    return Status(Code::kClosed, "the database handle was closed before");
  }
  std::vector<std::weak_ptr<Mailbox>> mailboxes;
  std::vector<std::weak_ptr<MpmcLane>> lanes;
  {
    const MutexLock lock(&mutex_);
    mailboxes.swap(mailboxes_);
    lanes.swap(lanes_);
  }
  for (const std::weak_ptr<Mailbox>& weak : mailboxes) {
    if (const std::shared_ptr<Mailbox> mailbox = weak.lock()) core()->channels.Leave(mailbox);
  }
  for (const std::weak_ptr<MpmcLane>& weak : lanes) {
    if (const std::shared_ptr<MpmcLane> lane = weak.lock()) lane->Close();
  }
  engine_->WakeAll();
  return CloseShared(engine_);
}

namespace {

// Those that are gone are looked for each time the rest may have doubled, so it costs each the
// same.
template <typename T>
void AddChild(const std::shared_ptr<T>& child, std::vector<std::weak_ptr<T>>* children) {
  if (children->size() == children->capacity()) {
    std::erase_if(*children, [](const auto& weak) { return weak.expired(); });
    children->reserve(std::max<size_t>(16, 2 * children->size()));
  }
  children->push_back(child);
}

}  // namespace

void Connection::Adopt(const std::shared_ptr<Mailbox>& mailbox) {
  const MutexLock lock(&mutex_);
  AddChild(mailbox, &mailboxes_);
  // A close that came between the check of the handle and this has not seen it.
  if (closed_.load(std::memory_order_acquire)) mailbox->Close();
}

void Connection::Adopt(const std::shared_ptr<MpmcLane>& lane) {
  const MutexLock lock(&mutex_);
  AddChild(lane, &lanes_);
  if (closed_.load(std::memory_order_acquire)) lane->Close();
}

// Where there is no memory the code alone is kept: kontor_error_message has words for it.
int32_t Report(kontor_error* error, const Status& status) noexcept {
  const auto code = static_cast<int32_t>(status.code());
  if (error == nullptr) return code;
  error->code = code;
  try {
    error->message = status.message();
  } catch (...) {
    error->message.clear();
  }
  return code;
}

int32_t ReportException(kontor_error* error) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Report(error, Status(Code::kNoMemory));
  } catch (const std::length_error&) {
    return Report(error, Status(Code::kNoMemory));
  } catch (const std::exception& exception) {
    try {
      return Report(error, Status(Code::kInternal, exception.what()));
    } catch (...) {
      return Report(error, Status(Code::kInternal));
    }
  } catch (...) {
    return Report(error, Status(Code::kInternal));
  }
}

Status Invalid(const char* what) {
  return Status(Code::kInvalid,
                std::string(what) + " is NULL, was freed, or is a handle of another kind");
}

Status Null(const char* what) {
  return Status(Code::kInvalid, std::string(what) + " must not be NULL");
}

Status CheckBytes(const void* bytes, size_t length, size_t limit, const char* what) {
  if (length > limit) {
    return Status(Code::kTooLarge, std::string(what) + " has " + std::to_string(length) +
                                       " bytes; the limit is " + std::to_string(limit));
  }
  if (bytes == nullptr && length != 0) {
    return Status(Code::kInvalid, std::string(what) + " is NULL but its length is not 0");
  }
  return Ok();
}

Status CheckSubject(uint32_t kind, const void* subject, size_t length) {
  if (kind != KONTOR_CHANNEL && kind != KONTOR_PATTERN && kind != KONTOR_TOKENS) {
    return Status(
        Code::kInvalid,
        "the kind of a channel or pattern is KONTOR_CHANNEL, KONTOR_PATTERN or KONTOR_TOKENS, "
        "not " +
            std::to_string(kind));
  }
  return CheckBytes(subject, length, limits::kNameBytes, "the channel or pattern");
}

Status CheckKey(const void* key, size_t length) {
  return CheckBytes(key, length, limits::kKeyBytes, "the key");
}

Status CheckValue(const void* value, size_t length) {
  return CheckBytes(value, length, limits::kValueBytes, "the value");
}

Status CheckWaiter(const kontor_waiter* waiter) {
  return waiter == nullptr || Valid(waiter) ? Ok() : Invalid("the waiter");
}

Status Enter(const kontor_db* db, Connection** connection) {
  if (!Valid(db)) return Invalid("the database handle");
  *connection = db->connection.get();
  return (*connection)->Check();
}

Status Enter(const kontor_queue* queue, Connection** connection) {
  if (!Valid(queue)) return Invalid("the queue");
  *connection = queue->connection.get();
  return (*connection)->Check();
}

Status Enter(const kontor_mailbox* mailbox, Connection** connection) {
  if (!Valid(mailbox)) return Invalid("the mailbox");
  *connection = mailbox->connection.get();
  return (*connection)->Check();
}

Status Enter(const kontor_lease* lease, Connection** connection) {
  if (!Valid(lease)) return Invalid("the lease");
  *connection = lease->connection.get();
  return (*connection)->Check();
}

Status Enter(const kontor_lane* lane, Connection** connection) {
  if (!Valid(lane)) return Invalid("the lane");
  *connection = lane->connection.get();
  return (*connection)->Check();
}

Status CopyOut(Bytes bytes, void** out, size_t* length) {
  void* const copy = ::operator new(bytes.empty() ? 1 : bytes.size(), std::nothrow);
  if (copy == nullptr) return Status(Code::kNoMemory);
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  *out = copy;
  *length = bytes.size();
  return Ok();
}

}  // namespace kontor::capi
