#include "persist/snapshot_format.h"

#include "base/codec.h"
#include "base/hash.h"

namespace kontor {

std::string EncodeSnapshotHeader(uint64_t salt, uint64_t cut) {
  std::string header;
  PutPrelude(&header, kSnapshotMagic);
  PutFixed64(&header, salt);
  PutFixed64(&header, cut);
  PutFixed64(&header, Xxh3(header));
  return header;
}

uint64_t BlockChecksum(uint64_t salt, uint64_t index, uint32_t raw_bytes, Bytes compressed) {
  std::string covered;
  PutFixed64(&covered, salt);
  PutFixed64(&covered, index);
  PutFixed32(&covered, raw_bytes);
  PutFixed32(&covered, static_cast<uint32_t>(compressed.size()));
  PutFixed64(&covered, Xxh3(compressed));
  return Xxh3(covered);
}

std::string EncodeSnapshotFooter(uint64_t salt, uint64_t blocks, uint64_t effects) {
  std::string footer;
  PutFixed32(&footer, 0);
  PutFixed32(&footer, 0);
  PutFixed64(&footer, blocks);
  PutFixed64(&footer, effects);
  PutFixed64(&footer, Xxh3(footer, salt));
  return footer;
}

}  // namespace kontor
