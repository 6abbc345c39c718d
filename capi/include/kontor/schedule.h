/* Part of kontor.h, with its conventions: schedules, which put a message into a queue again and
 * again. They run when the queue is looked at: by whoever takes from it or waits at it, asks for
 * its figures, or the engine itself, some times a second. What is put in counts as sent when its
 * run was due. Each call may be made from any thread. */
#ifndef KONTOR_SCHEDULE_H_
#define KONTOR_SCHEDULE_H_

#include <kontor/kontor.h>

#ifdef __cplusplus
extern "C" {
#endif

KONTOR_API int32_t kontor_schedule_options_new(kontor_schedule_options** options,
                                               kontor_error* error);
KONTOR_API void kontor_schedule_options_free(kontor_schedule_options* options);

#define KONTOR_SCHEDULE_EVERY_MS 1u /* an interval; or CRON, one of the two */
/* The first run of an interval, in Unix milliseconds; 0 (default): one interval after it is set. */
#define KONTOR_SCHEDULE_FIRST_UNIX_MS 2u
/* Of runs whose time passed while nobody looked, 0 (default): one message stands for all of them;
 * 1: each has its message, the last 1000 or so. What is put in counts as sent then, not when its
 * run was due. */
#define KONTOR_SCHEDULE_MISSED 3u
#define KONTOR_SCHEDULE_PRIORITY 4u /* of its messages, 0 (default) to 31 */
/* KONTOR_UNSUPPORTED for an option that this version does not know. */
KONTOR_API int32_t kontor_schedule_options_set_number(kontor_schedule_options* options,
                                                      uint32_t option, int64_t value,
                                                      kontor_error* error);

/* Minute, hour, day of month, month and day of week, as cron has it, or six fields with the second
 * in front; "@hourly" and so on. Where both days are given either is enough. What is to happen at a
 * certain hour happens once a day: if the clock skips that time, in the moment of its change, and
 * if it goes through it twice, the first time. What happens every hour happens in every hour that
 * passes. */
#define KONTOR_SCHEDULE_CRON 1u
/* Of CRON, as "Europe/Berlin"; none (default): UTC. Looked for in the system's zone database, the
 * only file outside of the data directory that the engine reads. */
#define KONTOR_SCHEDULE_TIME_ZONE 2u
#define KONTOR_SCHEDULE_GROUP 3u /* of its messages */
#define KONTOR_SCHEDULE_BODY 4u  /* of its messages */
/* Copied. KONTOR_UNSUPPORTED, KONTOR_TOO_LARGE. */
KONTOR_API int32_t kontor_schedule_options_set_bytes(kontor_schedule_options* options,
                                                     uint32_t option, const void* bytes,
                                                     size_t length, kontor_error* error);

/* Sets the schedule of this name (1 to 255 bytes), in the place of one that is there; one with the
 * same options goes on as it was, so a program may say this whenever it begins. Durable as its
 * queue is. KONTOR_INVALID, KONTOR_OUT_OF_RANGE naming what is wrong; KONTOR_FULL at 10000 of a
 * queue. A run that finds the queue full is lost, and counts as dropped. */
KONTOR_API int32_t kontor_queue_schedule(kontor_queue* queue, const void* name, size_t name_length,
                                         const kontor_schedule_options* options,
                                         kontor_error* error);
/* What it put in stays. KONTOR_NOT_FOUND. */
KONTOR_API int32_t kontor_queue_unschedule(kontor_queue* queue, const void* name,
                                           size_t name_length, kontor_error* error);
/* When it runs next, in Unix milliseconds; INT64_MAX: never again. KONTOR_NOT_FOUND. Q.SCHEDULES
 * (kontor_exec) lists all of a queue. */
KONTOR_API int32_t kontor_queue_next_run(kontor_queue* queue, const void* name, size_t name_length,
                                         int64_t* next_unix_ms, kontor_error* error);

#ifdef __cplusplus
}
#endif

#endif /* KONTOR_SCHEDULE_H_ */
