#include "broker/body_compression.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace kontor {
namespace {

// The fastest of zstd's ordinary levels: a producer waits for it.
constexpr int kLevel = 1;

// No such memory is told as everywhere.
bool Failed(size_t code) {
  if (ZSTD_isError(code) == 0) return false;
  if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  return true;
}

Status NoBody(Bytes frame, Bytes why) {
  return Status(Code::kCorrupt, absl::StrCat("the compressed body of a message, of ", frame.size(),
                                             " bytes, ", std::string(why)));
}

}  // namespace

std::string CompressBody(Bytes body) {
  // With room for a byte less than it has now: zstd fails where that is not enough.
  std::string frame(body.empty() ? 0 : body.size() - 1, '\0');
  const size_t size = ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), kLevel);
  frame.resize(Failed(size) ? 0 : size);
  frame.shrink_to_fit();
  return frame;
}

Result<SharedBytes> DecompressBody(Bytes frame) {
  const unsigned long long size =  // NOLINT(google-runtime-int): zstd's
      ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return NoBody(frame, "is no zstd frame that tells its size");
  }
  if (size > limits::kMessageBytes) return NoBody(frame, "claims to be larger than any may be");
  size_t read = 0;
  SharedBytes body(static_cast<size_t>(size), [&](char* bytes) {
    read = ZSTD_decompress(bytes, static_cast<size_t>(size), frame.data(), frame.size());
  });
  if (Failed(read) || read != size) return NoBody(frame, "is damaged");
  return body;
}

}  // namespace kontor
