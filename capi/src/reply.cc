#include "reply.h"

#include <utility>

namespace kontor::capi {

bool ReplyTree::ReserveShort() {
  constexpr size_t kShortBytes = 41;  // the id of an entry of a stream
  if (reserved_ == nullptr) reserved_ = std::make_unique<kontor_reply>();
  reserved_->bytes.reserve(kShortBytes);
  return true;
}

kontor_reply* ReplyTree::Add(uint32_t type) {
  auto reply = reserved_ != nullptr ? std::move(reserved_) : std::make_unique<kontor_reply>();
  reply->type = type;
  kontor_reply* const added = reply.get();
  if (open_.empty()) {
    KONTOR_CHECK(root_ == nullptr);  // a command replies once
    root_ = std::move(reply);
    return added;
  }
  open_.back().reply->children.push_back(std::move(reply));
  --open_.back().missing;
  while (!open_.empty() && open_.back().missing == 0) open_.pop_back();
  return added;
}

void ReplyTree::Open(uint32_t type, uint64_t children) {
  kontor_reply* const added = Add(type);
  if (children != 0) open_.push_back({added, children});
}

}  // namespace kontor::capi

using kontor::capi::Valid;

void kontor_reply_free(kontor_reply* reply) {
  if (Valid(reply)) delete reply;
}

uint32_t kontor_reply_type(const kontor_reply* reply) {
  return Valid(reply) ? reply->type : KONTOR_REPLY_NULL;
}

int64_t kontor_reply_integer(const kontor_reply* reply) {
  return Valid(reply) ? reply->integer : 0;
}

int32_t kontor_reply_bytes(const kontor_reply* reply, const void** bytes, size_t* length) {
  if (bytes != nullptr) *bytes = nullptr;
  if (length != nullptr) *length = 0;
  if (!Valid(reply) || bytes == nullptr || length == nullptr) return KONTOR_INVALID;
  if (reply->type != KONTOR_REPLY_STATUS && reply->type != KONTOR_REPLY_ERROR &&
      reply->type != KONTOR_REPLY_STRING) {
    return KONTOR_WRONG_TYPE;
  }
  *bytes = reply->bytes.data();
  *length = reply->bytes.size();
  return KONTOR_OK;
}

size_t kontor_reply_count(const kontor_reply* reply) {
  return Valid(reply) ? reply->children.size() : 0;
}

const kontor_reply* kontor_reply_child(const kontor_reply* reply, size_t index) {
  if (!Valid(reply) || index >= reply->children.size()) return nullptr;
  return reply->children[index].get();
}
