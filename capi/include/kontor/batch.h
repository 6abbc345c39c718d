/* Part of kontor.h, with its conventions: many keys in one call. */
#ifndef KONTOR_BATCH_H_
#define KONTOR_BATCH_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes. */
typedef struct kontor_bytes {
  const void* data;
  size_t length;
} kontor_bytes;

/* Reads many strings at once, all as of one moment, into the caller's buffer. `values` gets an
 * entry for each of the `count` keys (up to 1048576, else KONTOR_TOO_LARGE), which points into the
 * buffer; its data is NULL where there is no such key or it holds no string. `*needed` is how many
 * bytes the values have together, also for KONTOR_TOO_SMALL, where the buffer's contents are
 * arbitrary and `values` is left alone. `needed` may be NULL. The keys must not lie in the buffer.
 * Several times as fast as so many kontor_get: the memory of all keys is waited for together. Where
 * somebody writes to their shards meanwhile, or a key or value is long, all of these shards are
 * held while it reads. */
KONTOR_API int32_t kontor_mget(kontor_db* db, const kontor_bytes* keys, size_t count, void* buffer,
                               size_t capacity, kontor_bytes* values, size_t* needed,
                               kontor_error* error);
/* Sets many strings in one commit: all of them or none, each replacing what the key holds, without
 * deadline. Where a key comes twice the last value stays. Up to 1048576. KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_mset(kontor_db* db, const kontor_bytes* keys, const kontor_bytes* values,
                               size_t count, kontor_error* error);

/* The same in one buffer, for callers to whom an array of pointers is dear. A packed sequence is,
 * for each of its items, its length in 4 bytes (little endian) and its bytes. `keys` is such a
 * sequence, the buffer receives one with a value for each key, and KONTOR_PACKED_ABSENT with no
 * bytes where there is none; `*length` is how many bytes of it were written, or are needed
 * (KONTOR_TOO_SMALL). KONTOR_INVALID for a sequence that is cut short. */
#define KONTOR_PACKED_ABSENT 0xffffffffu
KONTOR_API int32_t kontor_mget_packed(kontor_db* db, const void* keys, size_t keys_length,
                                      void* buffer, size_t capacity, size_t* length,
                                      kontor_error* error);
/* `pairs` is a packed sequence of key, value, key, value, ... */
KONTOR_API int32_t kontor_mset_packed(kontor_db* db, const void* pairs, size_t pairs_length,
                                      kontor_error* error);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_BATCH_H_ */
