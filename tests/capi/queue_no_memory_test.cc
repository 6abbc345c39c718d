// Batches of messages, and what is published to queues, where each allocation in turn finds no
// memory.

#include <vector>

#include "capi/no_memory_fixture.h"

namespace kontor::no_memory {
namespace {

class QueueNoMemoryTest : public NoMemoryTest {
 protected:
  kontor_queue* Open(const std::string& name) {
    kontor_queue* queue = nullptr;
    EXPECT_EQ(kontor_queue_open(db_, name.data(), name.size(), nullptr, &queue, error_), KONTOR_OK);
    return queue;
  }
  int64_t Figure(kontor_queue* queue, size_t figure) {
    int64_t figures[KONTOR_QUEUE_FIGURES];
    size_t count = 0;
    EXPECT_EQ(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, &count, error_),
              KONTOR_OK);
    return figures[figure];
  }
};

TEST_P(QueueNoMemoryTest, ABatchIsSentWholeOrNotAtAll) {
  kontor_queue* queue = Open("q");
  const std::vector<const void*> bodies(5, kLong.data());
  const std::vector<size_t> lengths(5, kLong.size());
  std::vector<uint64_t> ids(5);
  int64_t sent = 0;
  for (int round = 0; round < 10; ++round) {
    UntilItSucceeds(
        [&] {
          return kontor_queue_enqueue_many(queue, bodies.data(), lengths.data(), 5, nullptr,
                                           ids.data(), error_);
        },
        [&] { EXPECT_EQ(Figure(queue, KONTOR_QUEUE_READY), sent); }, [&] { sent += 5; });
    sent += 5;
    ASSERT_EQ(Figure(queue, KONTOR_QUEUE_READY), sent);
  }
  kontor_queue_free(queue);
}

TEST_P(QueueNoMemoryTest, ABindingIsThereOrNot) {
  kontor_queue* queue = Open("q");
  const auto publish = [&] {
    EXPECT_EQ(kontor_publish(db_, kLong.data(), kLong.size(), "m", 1, nullptr, nullptr, error_),
              KONTOR_OK);
  };
  const auto is_unbound = [&] {
    EXPECT_EQ(Reply({"Q.BINDINGS", "q"}), "0,");
    publish();
    EXPECT_EQ(Figure(queue, KONTOR_QUEUE_READY), 0);
  };
  UntilItSucceeds(
      [&] { return kontor_queue_bind(queue, KONTOR_PATTERN, kLong.data(), kLong.size(), error_); },
      is_unbound,
      [&] { kontor_queue_unbind(queue, KONTOR_PATTERN, kLong.data(), kLong.size(), error_); });
  publish();
  int64_t published = 1;
  EXPECT_EQ(Figure(queue, KONTOR_QUEUE_READY), published);
  UntilItSucceeds(
      [&] {
        return kontor_queue_unbind(queue, KONTOR_PATTERN, kLong.data(), kLong.size(), error_);
      },
      [&] {
        publish();
        EXPECT_EQ(Figure(queue, KONTOR_QUEUE_READY), ++published);
      });
  publish();
  EXPECT_EQ(Figure(queue, KONTOR_QUEUE_READY), published);
  kontor_queue_free(queue);
}

TEST_P(QueueNoMemoryTest, AQueueIsDeletedOrStays) {
  for (int round = 0; round < 2; ++round) {
    kontor_queue* queue = Open(kLong);
    ASSERT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_), KONTOR_OK);
    UntilItSucceeds([&] { return kontor_queue_delete(db_, kLong.data(), kLong.size(), error_); },
                    [&] {
                      // Its messages may be gone already: they are purged before.
                      ASSERT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_),
                                KONTOR_OK);
                      EXPECT_GT(Figure(queue, KONTOR_QUEUE_READY), 0);
                    });
    EXPECT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_), KONTOR_CLOSED);
    kontor_queue_free(queue);
  }
}

TEST_P(QueueNoMemoryTest, WhatIsPublishedReachesAllQueuesOrNone) {
  kontor_queue* first = Open("first");
  kontor_queue* second = Open("second");
  for (kontor_queue* queue : {first, second}) {
    ASSERT_EQ(kontor_queue_bind(queue, KONTOR_CHANNEL, "news", 4, error_), KONTOR_OK);
  }
  int64_t sent = 0;
  const auto both_have = [&] {
    EXPECT_EQ(Figure(first, KONTOR_QUEUE_READY), sent);
    EXPECT_EQ(Figure(second, KONTOR_QUEUE_READY), sent);
  };
  for (int round = 0; round < 10; ++round) {
    UntilItSucceeds(
        [&] {
          return kontor_publish(db_, "news", 4, kLong.data(), kLong.size(), nullptr, nullptr,
                                error_);
        },
        both_have, [&] { ++sent; });
    ++sent;
    both_have();
  }
  kontor_queue_free(first);
  kontor_queue_free(second);
}

INSTANTIATE_TEST_SUITE_P(All, QueueNoMemoryTest, ::testing::Values("in memory", "on disk"),
                         NameOfPlace);

}  // namespace
}  // namespace kontor::no_memory
