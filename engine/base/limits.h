#ifndef KONTOR_BASE_LIMITS_H_
#define KONTOR_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

// Every limit of the engine, in one place. Each is checked where a call enters, and named in its
// error.
namespace kontor::limits {

inline constexpr size_t kKeyBytes = size_t{512} << 20;
inline constexpr size_t kValueBytes = size_t{512} << 20;
inline constexpr size_t kElementsPerCollection = (size_t{1} << 32) - 1;
inline constexpr uint32_t kDatabases = 16;
inline constexpr uint32_t kShards = 256;
inline constexpr size_t kRandomRepeats = size_t{1} << 24;  // answers of one HRANDFIELD with repeats
inline constexpr size_t kCommonSubsequencePairs = size_t{1} << 27;  // of bytes that LCS compares
inline constexpr size_t kBatchKeys = size_t{1} << 20;  // of one kontor_mget or kontor_mset
inline constexpr size_t kArguments = size_t{1} << 20;
inline constexpr size_t kCommandBytes = size_t{1} << 30;

inline constexpr size_t kNameBytes = 255;  // of a queue, a channel, a pattern or an engine
inline constexpr size_t kQueues = size_t{1} << 20;
inline constexpr uint32_t kPriorities = 32;
inline constexpr size_t kMessageBytes = size_t{512} << 20;
inline constexpr size_t kTakeBatch = 4096;
inline constexpr size_t kLaneBatch = size_t{1} << 20;              // values of one push or pop
inline constexpr size_t kReasonBytes = 4096;                       // why a message is dead
inline constexpr int64_t kLeaseMs = int64_t{12} * 60 * 60 * 1000;  // of a message, of a fetch
inline constexpr int64_t kStaleMs = int64_t{366} * 24 * 60 * 60 * 1000;  // window of a fetch
inline constexpr int64_t kDelayMs = int64_t{10} * 366 * 24 * 60 * 60 * 1000;
inline constexpr uint32_t kDeliveries = 65535;
inline constexpr size_t kSchedules = 10'000;  // of one queue
inline constexpr int64_t kMissedRuns = 1000;  // of a schedule, that are made up for
inline constexpr size_t kQueuesOfConsumer = 1024;
inline constexpr uint32_t kChildren = 1'000'000;  // of one message
inline constexpr int64_t kDepthThreshold = int64_t{1} << 48;
inline constexpr size_t kBindings = 10'000;                  // of one queue
inline constexpr int64_t kLastUnixMs = 253'402'300'799'999;  // the end of the year 9999
inline constexpr size_t kRetryDelays = 64;                   // of a list of them
inline constexpr int64_t kRateWindowMs = int64_t{24} * 60 * 60 * 1000;
inline constexpr size_t kDeduplicationIds = size_t{1} << 26;  // that one queue remembers

inline constexpr size_t kMailboxMessages = size_t{1} << 24;
inline constexpr size_t kSubscriptionsPerMailbox = size_t{1} << 26;
inline constexpr int64_t kBlockMs = int64_t{60} * 1000;  // that a publisher waits for a mailbox
inline constexpr int64_t kInterestLingerMs = int64_t{24} * 60 * 60 * 1000;
inline constexpr size_t kLingering = 1'000'000;  // subjects, for one watcher
inline constexpr size_t kDeliveryBatch = 65536;  // of one kontor_mailbox_next_many

inline constexpr size_t kRetainedChannels = size_t{1} << 24;
inline constexpr int64_t kRetainedMessages = int64_t{1} << 24;  // of one channel
inline constexpr uint64_t kChannelSequence = uint64_t{1} << 62;

inline constexpr size_t kTransactionSteps = size_t{1} << 20;
inline constexpr size_t kJournalRecordBytes = (size_t{2} << 30) - 1;
inline constexpr size_t kReclaimRecordBytes =
    size_t{1} << 20;  // beyond it a record takes no more expired or evicted keys

}  // namespace kontor::limits

#endif  // KONTOR_BASE_LIMITS_H_
