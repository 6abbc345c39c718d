#include <algorithm>
#include <charconv>
#include <chrono>

#include "shop.h"

namespace judge {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kUnreadMessages = 65'536;

void Count(Shop& shop, const kontor::Delivery& delivery) {
  if (delivery.kind() == KONTOR_DELIVERY_GAP) {
    shop.gaps += delivery.lost();
    return;
  }
  const std::string_view body = delivery.body();
  uint64_t author = 0;
  std::from_chars(body.data(), body.data() + body.size(), author);
  const std::span<const uint64_t> users = delivery.tags();
  shop.deliveries += users.size();
  if (std::find(users.begin(), users.end(), author) != users.end()) ++shop.addressed;
  ++shop.messages;
}

}  // namespace

void Follow(Shop& shop, const std::atomic<bool>& stopping, kontor::Waiter& waiter) {
  kontor::Mailbox mailbox(shop.db, kUnreadMessages);
  for (uint64_t user = 0; user < kUsers; ++user) {
    mailbox.Subscribe(ChannelOf(ContestOf(user)), user);
  }
  shop.subscribed = true;
  for (;;) {
    // Once stopped, what is left is still read.
    const std::optional<kontor::Delivery> delivery =
        stopping ? mailbox.Next(0ms) : mailbox.Next(500ms, &waiter);
    if (delivery) {
      Count(shop, *delivery);
    } else if (stopping) {
      return;
    }
  }
}

}  // namespace judge
