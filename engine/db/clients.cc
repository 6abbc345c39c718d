#include "db/clients.h"

#include <algorithm>

namespace kontor {

void Client::Wake() {
  const MutexLock lock(&mutex_);
  if (waiter_ != nullptr) waiter_->Notify();
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

uint64_t Clients::blocked_count() const {
  const MutexLock lock(&mutex_);
  const auto is_blocked = [](const auto& each) {
    return each.second->blocked.load(std::memory_order_relaxed) ||
           each.second->postponed.load(std::memory_order_relaxed);
  };
  return static_cast<uint64_t>(std::count_if(clients_.begin(), clients_.end(), is_blocked));
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
