#include <memory>
#include <string>
#include <utility>

#include "base/limits.h"
#include "handles.h"

namespace {

using kontor::Bytes;
using kontor::DeliveryKind;
using kontor::capi::Valid;

bool IsMessage(const kontor::Delivery& delivery) { return delivery.publication != nullptr; }

// Lends what `choose` picks out of a valid delivery.
template <typename Choose>
int32_t Lend(const kontor_delivery* delivery, const void** bytes, size_t* length, Choose choose) {
  if (bytes != nullptr) *bytes = nullptr;
  if (length != nullptr) *length = 0;
  if (!Valid(delivery) || bytes == nullptr || length == nullptr) return KONTOR_INVALID;
  const Bytes chosen = choose(delivery->content());
  *bytes = chosen.data();
  *length = chosen.size();
  return KONTOR_OK;
}

}  // namespace

void kontor_delivery_free(kontor_delivery* delivery) {
  if (Valid(delivery) && delivery->borrowed == nullptr) delete delivery;
}

uint64_t kontor_delivery_sequence(const kontor_delivery* delivery) {
  return Valid(delivery) && IsMessage(delivery->content())
             ? delivery->content().publication->sequence()
             : 0;
}

uint32_t kontor_delivery_kind(const kontor_delivery* delivery) {
  return Valid(delivery) ? static_cast<uint32_t>(delivery->content().kind) : 0;
}

uint64_t kontor_delivery_lost(const kontor_delivery* delivery) {
  return Valid(delivery) ? delivery->content().lost : 0;
}

int32_t kontor_delivery_channel(const kontor_delivery* delivery, const void** channel,
                                size_t* length) {
  return Lend(delivery, channel, length, [](const kontor::Delivery& content) -> Bytes {
    return IsMessage(content) ? content.publication->channel : Bytes(content.subject);
  });
}

int32_t kontor_delivery_pattern(const kontor_delivery* delivery, const void** pattern,
                                size_t* length) {
  return Lend(delivery, pattern, length, [](const kontor::Delivery& content) -> Bytes {
    return content.kind == DeliveryKind::kPatternMessage ? Bytes(content.subject) : Bytes();
  });
}

int32_t kontor_delivery_body(const kontor_delivery* delivery, const void** body, size_t* length) {
  return Lend(delivery, body, length, [](const kontor::Delivery& content) -> Bytes {
    return IsMessage(content) ? content.publication->body : Bytes();
  });
}

int32_t kontor_delivery_reply_channel(const kontor_delivery* delivery, const void** channel,
                                      size_t* length) {
  return Lend(delivery, channel, length, [](const kontor::Delivery& content) -> Bytes {
    return IsMessage(content) ? content.publication->reply_channel : Bytes();
  });
}

int32_t kontor_delivery_tags(const kontor_delivery* delivery, const uint64_t** tags,
                             size_t* count) {
  if (tags != nullptr) *tags = nullptr;
  if (count != nullptr) *count = 0;
  if (!Valid(delivery) || tags == nullptr || count == nullptr) return KONTOR_INVALID;
  *tags = delivery->content().tags.data();
  *count = delivery->content().tags.size();
  return KONTOR_OK;
}

uint32_t kontor_delivery_subject_kind(const kontor_delivery* delivery) {
  return Valid(delivery) ? static_cast<uint32_t>(delivery->content().subject_kind) : KONTOR_CHANNEL;
}

namespace kontor::capi {

void Empty(kontor_deliveries* deliveries) {
  const size_t held = std::exchange(deliveries->count, 0);
  for (size_t i = 0; i < held; ++i) deliveries->deliveries[i].publication.reset();
}

Status MakeRoom(kontor_deliveries* deliveries, size_t maximum) {
  if (maximum < 1 || maximum > limits::kDeliveryBatch) {
    return Status(Code::kOutOfRange, "1 to " + std::to_string(limits::kDeliveryBatch) +
                                         " deliveries are taken at once, not " +
                                         std::to_string(maximum));
  }
  if (maximum <= deliveries->capacity) return Ok();
  auto contents = std::make_unique<Delivery[]>(maximum);
  auto handles = std::make_unique<kontor_delivery[]>(maximum);
  for (size_t i = 0; i < maximum; ++i) handles[i].borrowed = &contents[i];
  deliveries->deliveries = std::move(contents);
  deliveries->handles = std::move(handles);
  deliveries->capacity = maximum;
  return Ok();
}

}  // namespace kontor::capi

int32_t kontor_deliveries_new(kontor_deliveries** deliveries, kontor_error* error) {
  return kontor::capi::Guarded(error, [&]() -> kontor::Status {
    if (deliveries == nullptr) return kontor::capi::Null("deliveries");
    *deliveries = nullptr;
    *deliveries = new kontor_deliveries;
    return kontor::Ok();
  });
}

void kontor_deliveries_free(kontor_deliveries* deliveries) {
  if (Valid(deliveries)) delete deliveries;
}

const kontor_delivery* kontor_deliveries_at(const kontor_deliveries* deliveries, size_t index) {
  return Valid(deliveries) && index < deliveries->count ? &deliveries->handles[index] : nullptr;
}
