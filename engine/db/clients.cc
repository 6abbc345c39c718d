#include "db/clients.h"

#include <algorithm>
#include <utility>

namespace kontor {

bool Client::Wake() {
  const MutexLock lock(&mutex_);
  if (waiter_ == nullptr) return false;
  waiter_->Notify();
  return true;
}

void Client::AddFeed(const std::shared_ptr<KeyTracking>& tracking) {
  const MutexLock lock(&mutex_);
  feeds_.push_back(tracking);
  feed_count.store(feeds_.size(), std::memory_order_relaxed);
}

// Compares owners: a feed whose last owner is here must not end under this lock.
void Client::RemoveFeed(const std::shared_ptr<KeyTracking>& tracking) {
  const MutexLock lock(&mutex_);
  std::erase_if(feeds_, [&tracking](const auto& each) {
    return !each.owner_before(tracking) && !tracking.owner_before(each);
  });
  feed_count.store(feeds_.size(), std::memory_order_relaxed);
}

std::vector<std::shared_ptr<KeyTracking>> Client::feeds() const {
  std::vector<std::shared_ptr<KeyTracking>> feeds;
  const MutexLock lock(&mutex_);
  feeds.reserve(feeds_.size());
  for (const auto& each : feeds_) {
    if (auto feed = each.lock()) feeds.push_back(std::move(feed));
  }
  return feeds;
}

void Client::Kill() {
  killed.store(true, std::memory_order_relaxed);
  Wake();
}

void Client::Unblock(Unblocked how) {
  unblocked.store(how, std::memory_order_relaxed);
  Wake();
}

std::shared_ptr<Client> Clients::Add(int64_t now_ms, Waiter* waiter) {
  const MutexLock lock(&mutex_);
  auto client = std::make_shared<Client>(last_id_ + 1, now_ms, waiter);
  clients_.emplace(client->id, client);
  ++last_id_;
  return client;
}

void Clients::Remove(const Client& client) {
  const MutexLock lock(&mutex_);
  clients_.erase(client.id);
}

void Clients::WakeAll() {
  const MutexLock lock(&mutex_);
  for (const auto& [id, client] : clients_) client->Wake();
}

void Clients::Pause(Paused which, int64_t end_ms) {
  {
    const MutexLock lock(&mutex_);
    pause_end_ms_.store(std::max(end_ms, pause_end_ms_.load(std::memory_order_relaxed)),
                        std::memory_order_relaxed);
    paused_.store(which, std::memory_order_release);
  }
  WakeAll();  // what waits may be let go by what is paused now
}

void Clients::EndPause() {
  {
    const MutexLock lock(&mutex_);
    paused_.store(Paused::kNothing, std::memory_order_release);
    pause_end_ms_.store(0, std::memory_order_relaxed);
  }
  WakeAll();
}

uint64_t Clients::count() const {
  const MutexLock lock(&mutex_);
  return clients_.size();
}

uint64_t Clients::opened() const {
  const MutexLock lock(&mutex_);
  return last_id_;
}

uint64_t Clients::blocked_count() const {
  const MutexLock lock(&mutex_);
  const auto is_blocked = [](const auto& each) {
    return each.second->blocked.load(std::memory_order_relaxed) ||
           each.second->postponed.load(std::memory_order_relaxed);
  };
  return static_cast<uint64_t>(std::count_if(clients_.begin(), clients_.end(), is_blocked));
}

uint64_t Clients::tracking_count() const {
  const MutexLock lock(&mutex_);
  return static_cast<uint64_t>(
      std::count_if(clients_.begin(), clients_.end(), [](const auto& each) {
        return (each.second->marks.load(std::memory_order_relaxed) & kMarkTracking) != 0;
      }));
}

std::shared_ptr<Client> Clients::Find(uint64_t id) const {
  const MutexLock lock(&mutex_);
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Client>> Clients::All() const {
  const MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Client>> all;
  for (const auto& [id, client] : clients_) all.push_back(client);
  return all;
}

}  // namespace kontor
