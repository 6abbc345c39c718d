#include "reply.h"

namespace kontor::shell {
namespace {

std::string CopyBytes(const kontor_reply* reply) {
  const void* bytes = nullptr;
  size_t length = 0;
  if (kontor_reply_bytes(reply, &bytes, &length) != KONTOR_OK || length == 0) return {};
  return std::string(static_cast<const char*>(bytes), length);
}

Reply CopyChildren(const kontor_reply* reply) {
  std::vector<Reply> items;
  const size_t count = kontor_reply_count(reply);
  items.reserve(count);
  for (size_t i = 0; i < count; ++i) items.push_back(CopyReply(kontor_reply_child(reply, i)));
  return Reply::Array(std::move(items));
}

}  // namespace

Reply CopyReply(const kontor_reply* reply) {
  switch (kontor_reply_type(reply)) {
    case KONTOR_REPLY_STATUS:
      return Reply::Status(CopyBytes(reply));
    case KONTOR_REPLY_ERROR:
      return Reply::Error(CopyBytes(reply));
    case KONTOR_REPLY_INTEGER:
      return Reply::Integer(kontor_reply_integer(reply));
    case KONTOR_REPLY_STRING:
      return Reply::String(CopyBytes(reply));
    case KONTOR_REPLY_ARRAY:
    case KONTOR_REPLY_MAP:
      return CopyChildren(reply);
    default:
      return Reply::Nil();
  }
}

}  // namespace kontor::shell
