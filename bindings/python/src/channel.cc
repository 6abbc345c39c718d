#include "channel.h"

#include "error.h"

namespace kontor::python {

void MustKeepMessages(int32_t code) {
  if (code == KONTOR_NOT_FOUND) {
    ThrowError(KONTOR_INVALID, "the channel keeps no messages: declare_channel() makes it do so");
  }
}

void DeclareChannel(const Database& db, py::handle channel,
                    const std::vector<std::pair<uint32_t, int64_t>>& options) {
  const Argument name(channel, *db.codec());
  kontor_channel_options* made = nullptr;
  Check(kontor_channel_options_new(&made, ErrorSlot()));
  const std::unique_ptr<kontor_channel_options, decltype(&kontor_channel_options_free)> owned(
      made, kontor_channel_options_free);
  for (const auto& [option, value] : options) {
    Check(kontor_channel_options_set_number(made, option, value, ErrorSlot()));
  }
  CallReleased([&](kontor_error* error) {
    return kontor_channel_declare(db.handle(), name.data(), name.size(), made, error);
  });
}

bool DeleteChannel(const Database& db, py::handle channel) {
  const Argument name(channel, *db.codec());
  return CallReleased([&](kontor_error* error) {
           return kontor_channel_delete(db.handle(), name.data(), name.size(), error);
         }) == KONTOR_OK;
}

std::vector<std::unique_ptr<Delivery>> ReadChannel(const Database& db, py::handle channel,
                                                   uint64_t sequence, size_t maximum) {
  const Argument name(channel, *db.codec());
  kontor_deliveries* made = nullptr;
  Check(kontor_deliveries_new(&made, ErrorSlot()));
  const std::shared_ptr<kontor_deliveries> shared(made, kontor_deliveries_free);
  size_t count = 0;
  MustKeepMessages(CallReleased([&](kontor_error* error) {
    return kontor_channel_read(db.handle(), name.data(), name.size(), sequence, maximum, made,
                               &count, error);
  }));
  std::vector<std::unique_ptr<Delivery>> deliveries;
  deliveries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    deliveries.push_back(std::make_unique<Delivery>(
        std::shared_ptr<const kontor_delivery>(shared, kontor_deliveries_at(made, i)), db.codec()));
  }
  return deliveries;
}

std::array<uint64_t, 4> ChannelFigures(const Database& db, py::handle channel) {
  const Argument name(channel, *db.codec());
  std::array<uint64_t, 4> figures{};
  MustKeepMessages(CallReleased([&](kontor_error* error) {
    return kontor_channel_figures(db.handle(), name.data(), name.size(), &figures[0], &figures[1],
                                  &figures[2], &figures[3], error);
  }));
  return figures;
}

std::vector<uint64_t> ChannelTags(const Database& db, py::handle channel) {
  const Argument name(channel, *db.codec());
  std::vector<uint64_t> tags;
  size_t count = 0;
  do {
    tags.resize(count);
    CallReleased([&](kontor_error* error) {
      return kontor_channel_tags(db.handle(), name.data(), name.size(), tags.data(), tags.size(),
                                 &count, error);
    });
  } while (count > tags.size());
  tags.resize(count);
  return tags;
}

}  // namespace kontor::python
