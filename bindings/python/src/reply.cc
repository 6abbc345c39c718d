#include "reply.h"

#include <string_view>

#include "error.h"

namespace kontor::python {
namespace {

std::string_view BytesOf(const kontor_reply* reply) {
  const void* bytes = nullptr;
  size_t length = 0;
  const int32_t code = kontor_reply_bytes(reply, &bytes, &length);
  if (code != KONTOR_OK) ThrowError(code, "a reply without bytes");
  return {static_cast<const char*>(bytes), length};
}

py::list ToList(const kontor_reply* reply, const Codec& codec) {
  const size_t count = kontor_reply_count(reply);
  py::list list(count);
  for (size_t i = 0; i < count; ++i) list[i] = ToPython(kontor_reply_child(reply, i), codec);
  return list;
}

py::dict ToDict(const kontor_reply* reply, const Codec& codec) {
  const size_t count = kontor_reply_count(reply);
  py::dict dict;
  for (size_t i = 0; i + 1 < count; i += 2) {
    dict[ToPython(kontor_reply_child(reply, i), codec)] =
        ToPython(kontor_reply_child(reply, i + 1), codec);
  }
  return dict;
}

}  // namespace

py::object ToPython(const kontor_reply* reply, const Codec& codec) {
  switch (kontor_reply_type(reply)) {
    case KONTOR_REPLY_NULL:
    case KONTOR_REPLY_NULL_ARRAY:
      return py::none();
    case KONTOR_REPLY_STATUS:
    case KONTOR_REPLY_STRING: {
      const std::string_view bytes = BytesOf(reply);
      return codec.Decode(bytes.data(), bytes.size());
    }
    case KONTOR_REPLY_ERROR:
      return ReplyException(BytesOf(reply));
    case KONTOR_REPLY_INTEGER:
      return py::int_(kontor_reply_integer(reply));
    case KONTOR_REPLY_ARRAY:
      return ToList(reply, codec);
    case KONTOR_REPLY_MAP:
      return ToDict(reply, codec);
    default:
      ThrowError(KONTOR_UNSUPPORTED,
                 "a reply of a kind that this binding does not know: update the Python package");
  }
}

py::object ToPythonOrRaise(const kontor_reply* reply, const Codec& codec) {
  if (kontor_reply_type(reply) == KONTOR_REPLY_ERROR) ThrowReply(BytesOf(reply));
  return ToPython(reply, codec);
}

}  // namespace kontor::python
