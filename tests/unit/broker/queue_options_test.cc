#include "broker/queue_options.h"

#include <algorithm>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::HasSubstr;

// Every number at its upper bound, and a list.
QueueOptions Unusual() {
  QueueOptions options;
  for (const QueueOption& option : AllQueueOptions()) options.*option.value = option.most;
  options.durable = 0;
  options.retry_delays_ms = {0, 5, limits::kDelayMs};
  return options;
}

TEST(QueueOptions, SurviveEncoding) {
  for (const QueueOptions& options : {QueueOptions{}, Unusual()}) {
    QueueOptions read;
    ASSERT_TRUE(Decode(Encode(options), &read).ok());
    EXPECT_EQ(read, options);
  }
}

TEST(QueueOptions, EncodingIsTheFileFormat) {
  // Layout 2, 20 numbers, all in zigzag, in the order of the table: durable, lease 30000, 3
  // deliveries, retry 5, length 300, ..., the two windows of 1000, ...; then two delays: 1, 2.
  const QueueOptions options{
      .max_deliveries = 3, .retry_delay_ms = 5, .max_length = 300, .retry_delays_ms = {1, 2}};
  const Bytes expected(
      "\x02\x14\x02\xe0\xd4\x03\x06\x0a\xd8\x04\0\0\0\0\0\0\0\0\xd0\x0f\0\xd0\x0f\0\0\0\0\x02"
      "\x02\x04",
      30);
  EXPECT_EQ(Encode(options), expected);
}

TEST(QueueOptions, TheFirstLayoutIsStillRead) {
  QueueOptions read;
  ASSERT_TRUE(Decode("\x01\x01\xe0\xd4\x03\x03\x0a\xac\x02", &read).ok());
  EXPECT_EQ(read, (QueueOptions{.max_deliveries = 3, .retry_delay_ms = 5, .max_length = 300}));
}

TEST(QueueOptions, FewerNumbersAreReadAndMoreAreNot) {
  QueueOptions read;
  ASSERT_TRUE(Decode(Bytes("\x02\x02\x02\x0a\0", 5), &read).ok());
  EXPECT_EQ(read, QueueOptions{.lease_ms = 5});
  std::string more = Encode(QueueOptions{}) + '\0';
  ++more[1];
  EXPECT_EQ(Decode(more, &read).code(), Code::kCorrupt);
}

TEST(QueueOptions, EveryNumberHasItsBounds) {
  for (const QueueOption& option : AllQueueOptions()) {
    SCOPED_TRACE(option.name);
    QueueOptions options;
    for (const int64_t value : {option.least, option.most}) {
      options.*option.value = value;
      EXPECT_TRUE(Validate(options).ok()) << value;
    }
    options.*option.value = option.least - 1;
    EXPECT_EQ(Validate(options).code(), Code::kOutOfRange);
    EXPECT_THAT(Validate(options).message(), HasSubstr(option.name));
    if (option.most == INT64_MAX) continue;
    options.*option.value = option.most + 1;
    EXPECT_EQ(Validate(options).code(), Code::kOutOfRange);
  }
  QueueOptions options;
  options.retry_delays_ms.assign(limits::kRetryDelays + 1, 1);
  EXPECT_THAT(Validate(options).message(), HasSubstr("has 65 delays; it can have 64"));
  options.retry_delays_ms = {1, -1};
  EXPECT_THAT(Validate(options).message(), HasSubstr("retry_delays_ms is -1"));
}

TEST(RetryDelay, IsFixedOrDoublesOrStandsInAList) {
  QueueOptions options{.retry_delay_ms = 100};
  EXPECT_EQ(RetryDelayMs(options, 1, 0), 100);
  EXPECT_EQ(RetryDelayMs(options, 65535, 0), 100);
  options.backoff = static_cast<int64_t>(Backoff::kExponential);
  EXPECT_EQ(RetryDelayMs(options, 1, 0), 100);
  EXPECT_EQ(RetryDelayMs(options, 2, 0), 200);
  EXPECT_EQ(RetryDelayMs(options, 5, 0), 1600);
  EXPECT_EQ(RetryDelayMs(options, 65535, 0), limits::kDelayMs);
  options.retry_delay_max_ms = 1000;
  EXPECT_EQ(RetryDelayMs(options, 4, 0), 800);
  EXPECT_EQ(RetryDelayMs(options, 5, 0), 1000);
  options.retry_delay_ms = 0;
  EXPECT_EQ(RetryDelayMs(options, 65535, 0), 0);
  options.retry_delays_ms = {7, 70, 700};
  EXPECT_EQ(RetryDelayMs(options, 1, 0), 7);
  EXPECT_EQ(RetryDelayMs(options, 3, 0), 700);
  EXPECT_EQ(RetryDelayMs(options, 9, 0), 700);
}

TEST(RetryDelay, JitterShortensByAtMostItsPart) {
  QueueOptions options{.retry_delay_ms = 1000, .retry_jitter_percent = 30};
  int64_t shortest = 1000;
  int64_t longest = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const int64_t delay_ms = RetryDelayMs(options, 1, seed);
    EXPECT_EQ(delay_ms, RetryDelayMs(options, 1, seed));
    shortest = std::min(shortest, delay_ms);
    longest = std::max(longest, delay_ms);
  }
  EXPECT_GE(shortest, 700);
  EXPECT_LE(longest, 1000);
  EXPECT_LT(shortest, 710);
  EXPECT_GT(longest, 990);
  options.retry_jitter_percent = 100;
  options.retry_delay_ms = limits::kDelayMs;
  EXPECT_GE(RetryDelayMs(options, 1, 1), 0);
}

TEST(QueueOptions, EveryTruncationAndAnyTailIsCorrupt) {
  const std::string encoded = Encode(Unusual());
  QueueOptions read;
  for (size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_EQ(Decode(encoded.substr(0, size), &read).code(), Code::kCorrupt) << size;
  }
  EXPECT_EQ(Decode(encoded + "x", &read).code(), Code::kCorrupt);
  EXPECT_EQ(read, QueueOptions{});  // untouched by what failed
}

TEST(QueueOptions, DecodeTrustsNoNumber) {
  QueueOptions read;
  EXPECT_EQ(Decode("\x03\x01\x02\x03\x0a\x05", &read).code(), Code::kCorrupt);  // layout
  EXPECT_EQ(Decode("\x01\x02\x02\x03\x0a\x05", &read).code(), Code::kCorrupt);  // durable 2
  QueueOptions wrong;
  wrong.lease_ms = 0;
  EXPECT_EQ(Decode(Encode(wrong), &read).code(), Code::kCorrupt);
  wrong = {};
  wrong.max_deliveries = limits::kDeliveries + 1;
  EXPECT_EQ(Decode(Encode(wrong), &read).code(), Code::kCorrupt);
}

TEST(QueueOptions, ValidateNamesTheOptionAndItsBounds) {
  EXPECT_TRUE(Validate(QueueOptions{}).ok());
  EXPECT_TRUE(Validate(Unusual()).ok());
  const QueueOptions options{.lease_ms = 0};
  EXPECT_THAT(Validate(options).message(),
              HasSubstr("lease_ms is 0; it must be from 1 to 43200000"));
}

}  // namespace
}  // namespace kontor
