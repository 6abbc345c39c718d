#ifndef KONTOR_DB_CLIENTS_H_
#define KONTOR_DB_CLIENTS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/mutex.h"
#include "base/waiter.h"

namespace kontor {

// What a session tells of itself. `id` and what is atomic in Client are not in here.
struct ClientNames {
  std::string name;             // CLIENT SETNAME
  std::string address;          // "127.0.0.1:5000", or a path; what the host says
  std::string local_address;    // the same of the listener
  std::string library_name;     // CLIENT SETINFO
  std::string library_version;  // the same
};

// What a session is besides, as CLIENT LIST tells it in letters; bits.
enum ClientMark : uint32_t { kMarkNoEvict = 1, kMarkNoTouch = 2 };

// A session as others see it, and what they can do to it. Thread-safe.
class Client {
 public:
  // `waiter` is notified when the session should look what was done to it; until Forget().
  Client(uint64_t new_id, int64_t now_ms, Waiter* waiter)
      : id(new_id), connected_at_ms(now_ms), last_active_ms(now_ms), waiter_(waiter) {}

  ClientNames names() const {
    const MutexLock lock(&mutex_);
    return names_;
  }
  template <typename Change>
  void ChangeNames(Change change) {
    const MutexLock lock(&mutex_);
    change(&names_);
  }

  // The session must end.
  void Kill();
  // A blocked command must end, as if its time was over or with an error.
  enum class Unblocked : uint32_t { kNo, kTimeout, kError };
  void Unblock(Unblocked how);
  // The session should look whether its handle was closed.
  void Wake();
  // What the session does not look at any more.
  void Forget() {
    const MutexLock lock(&mutex_);
    waiter_ = nullptr;
  }

  const uint64_t id;
  const int64_t connected_at_ms;  // of the monotonic clock
  // Written by the session, read by anybody: figures that need no order among each other.
  std::atomic<int64_t> last_active_ms;
  std::atomic<uint32_t> database{0};
  std::atomic<uint32_t> protocol{2};
  std::atomic<uint64_t> channels{0};
  std::atomic<uint64_t> shard_channels{0};
  std::atomic<uint64_t> patterns{0};
  std::atomic<int64_t> queued{-1};  // commands of a transaction; -1: there is none
  std::atomic<uint64_t> watched{0};
  std::atomic<bool> blocked{false};
  std::atomic<bool> postponed{false};             // by a pause
  std::atomic<uint32_t> marks{0};                 // ClientMark
  std::atomic<const char*> last_command{"NULL"};  // upper case, of static storage
  // Written by anybody, read by the session after its waiter was notified.
  std::atomic<bool> killed{false};
  std::atomic<Unblocked> unblocked{Unblocked::kNo};

 private:
  mutable Mutex mutex_;
  ClientNames names_ ABSL_GUARDED_BY(mutex_);
  Waiter* waiter_ ABSL_GUARDED_BY(mutex_);
};

// The sessions of an engine. Thread-safe; lock order: this, then a client's.
class Clients {
 public:
  // Another one; ids begin at 1 and are never used again.
  std::shared_ptr<Client> Add(int64_t now_ms, Waiter* waiter);
  void Remove(const Client& client);

  void WakeAll();

  // Which commands of sessions wait for the end of a pause.
  enum class Paused : uint32_t { kNothing, kChanges, kEverything };
  // Until then, of the monotonic clock, or the end of a pause that lasts already if that is later.
  void Pause(Paused which, int64_t end_ms);
  void EndPause();
  // How long a command waits that comes now; 0: not at all. Costs next to nothing where there is no
  // pause.
  int64_t PausedMs(bool writes, int64_t now_ms) const {
    const Paused paused = paused_.load(std::memory_order_acquire);
    if (paused == Paused::kNothing || (paused == Paused::kChanges && !writes)) return 0;
    return std::max<int64_t>(pause_end_ms_.load(std::memory_order_relaxed) - now_ms, 0);
  }
  uint64_t count() const;
  uint64_t blocked_count() const;
  // Null if there is none.
  std::shared_ptr<Client> Find(uint64_t id) const;
  // By id.
  std::vector<std::shared_ptr<Client>> All() const;

 private:
  mutable Mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Client>> clients_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  // Written under the mutex. The end is stored before what it is the end of.
  std::atomic<int64_t> pause_end_ms_{0};
  std::atomic<Paused> paused_{Paused::kNothing};
};

}  // namespace kontor

#endif  // KONTOR_DB_CLIENTS_H_
