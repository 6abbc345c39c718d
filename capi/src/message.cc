#include "handles.h"

using kontor::capi::Valid;

namespace {

int32_t Lend(bool valid, kontor::Bytes bytes, const void** out, size_t* length) {
  if (out != nullptr) *out = nullptr;
  if (length != nullptr) *length = 0;
  if (!valid || out == nullptr || length == nullptr) return KONTOR_INVALID;
  *out = bytes.data();
  *length = bytes.size();
  return KONTOR_OK;
}

bool WasLookedAt(const kontor_message* message) {
  return Valid(message) && message->view != nullptr;
}

kontor::MessageState StateOf(const kontor_message& message) {
  return message.view == nullptr ? kontor::MessageState::kLeased : message.view->state;
}

}  // namespace

void kontor_message_free(kontor_message* message) {
  if (Valid(message)) delete message;
}

uint64_t kontor_message_id(const kontor_message* message) {
  return Valid(message) ? message->message.id : 0;
}

uint64_t kontor_message_receipt(const kontor_message* message) {
  return Valid(message) ? message->message.receipt.bits() : 0;
}

uint32_t kontor_message_attempt(const kontor_message* message) {
  return Valid(message) ? message->message.attempt : 0;
}

uint32_t kontor_message_priority(const kontor_message* message) {
  return Valid(message) ? message->message.priority : 0;
}

int64_t kontor_message_enqueued_at_unix_ms(const kontor_message* message) {
  return Valid(message) ? message->message.enqueued_at_unix_ms : 0;
}

int64_t kontor_message_lease_until_unix_ms(const kontor_message* message) {
  return Valid(message) ? message->message.lease_until_unix_ms : 0;
}

int32_t kontor_message_body(const kontor_message* message, const void** body, size_t* body_length) {
  const bool valid = Valid(message);
  return Lend(valid, valid ? kontor::Bytes(*message->message.body) : kontor::Bytes(), body,
              body_length);
}

uint32_t kontor_message_state(const kontor_message* message) {
  return Valid(message) ? static_cast<uint32_t>(StateOf(*message)) : 0;
}

uint32_t kontor_message_progress_count(const kontor_message* message) {
  return WasLookedAt(message) ? message->view->progress_count : 0;
}

uint32_t kontor_message_children(const kontor_message* message) {
  return WasLookedAt(message) ? message->view->children : 0;
}

int32_t kontor_message_note(const kontor_message* message, const void** note, size_t* note_length) {
  const bool valid = Valid(message);
  return Lend(valid, WasLookedAt(message) ? kontor::Bytes(message->view->note) : kontor::Bytes(),
              note, note_length);
}

int32_t kontor_message_group(const kontor_message* message, const void** group,
                             size_t* group_length) {
  const bool valid = Valid(message);
  return Lend(valid, WasLookedAt(message) ? kontor::Bytes(message->view->group) : kontor::Bytes(),
              group, group_length);
}

int32_t kontor_message_channel(const kontor_message* message, const void** channel,
                               size_t* channel_length) {
  const bool valid = Valid(message);
  return Lend(valid, valid ? *message->message.channel : kontor::Bytes(), channel, channel_length);
}

int32_t kontor_message_reason(const kontor_message* message, const void** reason,
                              size_t* reason_length) {
  const bool valid = Valid(message);
  const bool dead = valid && StateOf(*message) == kontor::MessageState::kDead;
  return Lend(valid, dead ? kontor::Bytes(message->view->note) : kontor::Bytes(), reason,
              reason_length);
}
