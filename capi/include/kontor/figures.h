/* Part of kontor.h, with its conventions: how an engine is doing. */
#ifndef KONTOR_FIGURES_H_
#define KONTOR_FIGURES_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KONTOR_FIGURE_KEYS 1u              /* keys of this handle's logical database */
#define KONTOR_FIGURE_JOURNAL_BYTES 2u     /* since the last snapshot */
#define KONTOR_FIGURE_SNAPSHOTS 3u         /* written since open */
#define KONTOR_FIGURE_RECOVERED_RECORDS 4u /* journal records replayed at open */
#define KONTOR_FIGURE_RECOVERED_TORN_BYTES \
  5u                                  /* unfinished bytes cut off the journal's end at open */
#define KONTOR_FIGURE_EXPIRED_KEYS 6u /* since open; they count when they are removed */
#define KONTOR_FIGURE_MEMORY_BYTES 7u /* what counts towards KONTOR_OPTION_MEMORY_LIMIT_BYTES */
#define KONTOR_FIGURE_MEMORY_LIMIT_BYTES 8u /* 0: none */
#define KONTOR_FIGURE_EVICTED_KEYS 9u       /* since open */
/* Keys that were looked up to be read, since open: found, or not (or not any more). A call that
 * answers KONTOR_TOO_SMALL has looked, too, and one that waits looks again each time it wakes. */
#define KONTOR_FIGURE_HITS 10u
#define KONTOR_FIGURE_MISSES 11u
/* Since open: commands, transactions and batches that took longer than 10 ms with their locks, from
 * the moment they asked for them. Typed calls on one key are not watched. */
#define KONTOR_FIGURE_SLOW_OPERATIONS 12u
/* What KONTOR_FIGURE_MEMORY_BYTES is made of. */
#define KONTOR_FIGURE_MEMORY_KEYS_BYTES 13u          /* tables, and records with short strings */
#define KONTOR_FIGURE_MEMORY_LARGE_STRINGS_BYTES 14u /* strings and keys too long for a record */
#define KONTOR_FIGURE_MEMORY_COLLECTIONS_BYTES 15u   /* hashes, lists */
#define KONTOR_FIGURE_MEMORY_QUEUES_BYTES 16u        /* messages of work queues */
#define KONTOR_FIGURE_MEMORY_MAILBOXES_BYTES 17u     /* subscriptions, and what waits to be read */
#define KONTOR_FIGURE_MEMORY_JOURNAL_BYTES 18u       /* records that are not written yet */
#define KONTOR_FIGURE_MEMORY_SNAPSHOTS_BYTES 19u     /* of a snapshot that is being written */
/* One figure. KEYS holds all keys up for a moment, the others hold up nobody. KONTOR_UNSUPPORTED
 * for an unknown one. INFO tells them in words. */
KONTOR_API int32_t kontor_db_figure(kontor_db* db, uint32_t figure, int64_t* value,
                                    kontor_error* error);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_FIGURES_H_ */
