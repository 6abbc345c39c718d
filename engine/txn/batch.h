#ifndef KONTOR_TXN_BATCH_H_
#define KONTOR_TXN_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// Many keys at once: all are hashed first, then the memory of many is fetched together, where one
// key after the other would wait for each. (S. Chen et al., "Improving Hash Join Performance
// through Prefetching", ICDE 2004: group prefetching.)

// One key of a batch, and what it is answered.
struct BatchGet {
  static constexpr size_t kAbsent = SIZE_MAX;

  Bytes key;
  // Where in the buffer its text is; a length of kAbsent: no such key, or it holds no string.
  size_t offset = 0;
  size_t length = 0;

  // For GetMany only.
  Shard* shard = nullptr;
  uint64_t hash = 0;
  uint32_t version = 0;
  uint16_t use_mark = 0;
  const Record* probably = nullptr;
};

enum class BatchFormat {
  kBytes,   // the texts alone
  kPacked,  // each behind its length: 4 bytes, little endian, kPackedAbsent where there is none
};
inline constexpr uint32_t kPackedAbsent = UINT32_MAX;
inline constexpr size_t kPackedLengthBytes = sizeof(uint32_t);

// Copies the texts of the keys into the buffer, one behind the other, all as of one moment. *needed
// is how many bytes that takes; kTooSmall if the buffer has fewer, and what is in it is then
// arbitrary. Takes no lock if all keys and texts are short and nobody changes their shards
// meanwhile. kClosed. Throws std::bad_alloc.
Status GetMany(Core* core, uint32_t database, absl::Span<BatchGet> gets, BatchFormat format,
               char* buffer, size_t capacity, size_t* needed);

// Begins to fetch what an operation on these keys will touch.
void BringNear(Keyspace* keyspace, uint32_t database, absl::Span<const Bytes> keys);

}  // namespace kontor

#endif  // KONTOR_TXN_BATCH_H_
