#include "broker/queue_options.h"

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::HasSubstr;

QueueOptions Unusual() {
  return QueueOptions{.durable = false,
                      .lease_ms = limits::kLeaseMs,
                      .max_deliveries = limits::kDeliveries,
                      .retry_delay_ms = limits::kDelayMs,
                      .max_length = UINT64_MAX};
}

TEST(QueueOptions, SurviveEncoding) {
  for (const QueueOptions& options : {QueueOptions{}, Unusual()}) {
    QueueOptions read;
    ASSERT_TRUE(Decode(Encode(options), &read).ok());
    EXPECT_EQ(read, options);
  }
}

TEST(QueueOptions, EncodingIsTheFileFormat) {
  // Layout 1, durable, lease 30000 (zigzag), 3 deliveries, retry 5 (zigzag), length 300.
  const QueueOptions options{.max_deliveries = 3, .retry_delay_ms = 5, .max_length = 300};
  EXPECT_EQ(Encode(options), "\x01\x01\xe0\xd4\x03\x03\x0a\xac\x02");
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
  EXPECT_EQ(Decode("\x02\x01\x02\x03\x0a\x05", &read).code(), Code::kCorrupt);  // layout
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
  QueueOptions options;
  options.lease_ms = 0;
  EXPECT_EQ(Validate(options).code(), Code::kOutOfRange);
  EXPECT_THAT(Validate(options).message(),
              HasSubstr("lease_ms is 0; it must be from 1 to 43200000"));
  options.lease_ms = limits::kLeaseMs + 1;
  EXPECT_EQ(Validate(options).code(), Code::kOutOfRange);
  options = {};
  options.max_deliveries = limits::kDeliveries + 1;
  EXPECT_THAT(Validate(options).message(), HasSubstr("max_deliveries"));
  options = {};
  options.retry_delay_ms = -1;
  EXPECT_THAT(Validate(options).message(), HasSubstr("retry_delay_ms"));
  options.retry_delay_ms = limits::kDelayMs + 1;
  EXPECT_EQ(Validate(options).code(), Code::kOutOfRange);
}

}  // namespace
}  // namespace kontor
