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

class KeyTracking;

// What a session tells of itself. `id` and what is atomic in Client are not in here.
struct ClientNames {
  std::string name;             // CLIENT SETNAME
  std::string address;          // "127.0.0.1:5000", or a path; what the host says
  std::string local_address;    // the same of the listener
  std::string library_name;     // CLIENT SETINFO
  std::string library_version;  // the same
};

// What a session is besides, as CLIENT LIST tells it in letters; bits.
enum ClientMark : uint32_t {
  kMarkNoEvict = 1,
  kMarkNoTouch = 2,
  kMarkTracking = 4,
  kMarkBroadcast = 8,
  kMarkBrokenRedirect = 16,
};
inline constexpr uint32_t kMarksOfTracking = kMarkTracking | kMarkBroadcast | kMarkBrokenRedirect;

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
  // The session should look whether its handle was closed. False: there is none any more.
  bool Wake();
  // The session has invalidations to pass on, of one of `feeds`. The same.
  bool TellOfInvalidations() {
    invalidated.store(true, std::memory_order_release);
    return Wake();
  }
  bool gone() const {
    const MutexLock lock(&mutex_);
    return waiter_ == nullptr;
  }

  // Whose invalidations its session passes on: its own, and those redirected to it.
  void AddFeed(const std::shared_ptr<KeyTracking>& tracking);
  void RemoveFeed(const std::shared_ptr<KeyTracking>& tracking);
  std::vector<std::shared_ptr<KeyTracking>> feeds() const;
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
  std::atomic<int64_t> redirect{-1};  // of CLIENT TRACKING: to whom, 0 to itself; -1: no tracking
  std::atomic<size_t> feed_count{0};
  // Written by anybody, read by the session after its waiter was notified.
  std::atomic<bool> invalidated{false};
  std::atomic<bool> killed{false};
  std::atomic<Unblocked> unblocked{Unblocked::kNo};

 private:
  mutable Mutex mutex_;
  ClientNames names_ ABSL_GUARDED_BY(mutex_);
  Waiter* waiter_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<KeyTracking>> feeds_ ABSL_GUARDED_BY(mutex_);
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
  // How many keys CLIENT TRACKING remembers for one session; 0: any number.
  uint64_t most_tracked_keys() const { return most_tracked_keys_.load(std::memory_order_relaxed); }
  void set_most_tracked_keys(uint64_t keys) {
    most_tracked_keys_.store(keys, std::memory_order_relaxed);
  }

  // How long a command waits that comes now; 0: not at all. Costs next to nothing where there is no
  // pause.
  int64_t PausedMs(bool writes, int64_t now_ms) const {
    const Paused paused = paused_.load(std::memory_order_acquire);
    if (paused == Paused::kNothing || (paused == Paused::kChanges && !writes)) return 0;
    return std::max<int64_t>(pause_end_ms_.load(std::memory_order_relaxed) - now_ms, 0);
  }
  uint64_t count() const;
  // How many there ever were, and the commands of all their sessions.
  uint64_t opened() const;
  uint64_t commands() const { return commands_.load(std::memory_order_relaxed); }
  void NoteCommands(uint64_t count) { commands_.fetch_add(count, std::memory_order_relaxed); }
  uint64_t blocked_count() const;
  uint64_t tracking_count() const;
  // Null if there is none.
  std::shared_ptr<Client> Find(uint64_t id) const;
  // By id.
  std::vector<std::shared_ptr<Client>> All() const;

 private:
  mutable Mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Client>> clients_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<uint64_t> commands_{0};  // relaxed: a figure
  // Written under the mutex. The end is stored before what it is the end of.
  std::atomic<int64_t> pause_end_ms_{0};
  std::atomic<uint64_t> most_tracked_keys_{1'000'000};
  std::atomic<Paused> paused_{Paused::kNothing};
};

}  // namespace kontor

#endif  // KONTOR_DB_CLIENTS_H_
