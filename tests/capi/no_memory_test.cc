// Every allocation of a call fails in turn, until the call gets through. Each time it must say
// KONTOR_NO_MEMORY and nothing may have changed: what a call takes out of the engine is in the
// caller's hands or still in its place.

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <string>

namespace {

// 0: every allocation of this thread succeeds; n: the n-th from now fails, and those after it do
// not.
thread_local int64_t fail_at = 0;

// Allocations of this thread that are larger fail.
thread_local size_t fail_above_bytes = SIZE_MAX;

void* Allocate(size_t bytes) noexcept {
  if (bytes > fail_above_bytes) return nullptr;
  if (fail_at > 0 && --fail_at == 0) return nullptr;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

}  // namespace

// Not inlined, or gcc takes the pairs of malloc and delete for a mistake.
[[gnu::noinline]] void* operator new(size_t bytes) {
  void* const memory = Allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return Allocate(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace {

// Longer than what a std::string holds without an allocation.
const std::string kLong(100, 'x');

class NoMemoryTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    error_ = kontor_error_new();
    kontor_options* options = nullptr;
    ASSERT_EQ(kontor_options_new(&options, error_), KONTOR_OK);
    directory_ = ::testing::TempDir() + "kontor_no_memory_XXXXXX";
    if (OnDisk()) {
      ASSERT_NE(mkdtemp(directory_.data()), nullptr);
      ASSERT_EQ(kontor_options_set_directory(options, directory_.data(), directory_.size(), error_),
                KONTOR_OK);
    }
    ASSERT_EQ(kontor_open(options, &db_, error_), KONTOR_OK);
    kontor_options_free(options);
  }
  void TearDown() override {
    kontor_db_free(db_);
    kontor_error_free(error_);
    if (OnDisk()) {
      const std::string command = "rm -r '" + directory_ + "'";
      EXPECT_EQ(std::system(command.c_str()), 0);
    }
  }
  static bool OnDisk() { return std::string(GetParam()) == "on disk"; }

  // `unchanged` is asked after every failure. Ends with the call that succeeded.
  void UntilItSucceeds(const std::function<int32_t()>& call,
                       const std::function<void()>& unchanged) {
    for (int64_t nth = 1; nth < 1000; ++nth) {
      SCOPED_TRACE("allocation " + std::to_string(nth));
      fail_at = nth;
      const int32_t code = call();
      const bool failed = fail_at == 0;
      fail_at = 0;
      if (!failed) {
        EXPECT_EQ(code, KONTOR_OK);
        EXPECT_GT(nth, 1) << "nothing was tried";
        return;
      }
      ASSERT_EQ(code, KONTOR_NO_MEMORY);
      ASSERT_NO_FATAL_FAILURE(unchanged());
    }
    FAIL() << "it never succeeded";
  }

  uint64_t ListLength(const char* key) {
    uint64_t length = 0;
    EXPECT_EQ(kontor_list_length(db_, key, 1, &length, error_), KONTOR_OK);
    return length;
  }

  std::string directory_;
  kontor_db* db_ = nullptr;
  kontor_error* error_ = nullptr;
};

TEST_P(NoMemoryTest, AnElementIsPoppedOrStays) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(
        kontor_list_push(db_, "l", 1, KONTOR_BACK, kLong.data(), kLong.size(), nullptr, error_),
        KONTOR_OK);
  }
  for (const uint64_t left : {1u, 0u}) {
    void* value = nullptr;
    size_t length = 0;
    UntilItSucceeds(
        [&] {
          return kontor_list_pop(db_, "l", 1, KONTOR_FRONT, 0, nullptr, &value, &length, error_);
        },
        [&] {
          EXPECT_EQ(value, nullptr);
          EXPECT_EQ(ListLength("l"), left + 1);
        });
    EXPECT_EQ(std::string(static_cast<char*>(value), length), kLong);
    EXPECT_EQ(ListLength("l"), left);
    kontor_free(value);
  }
}

TEST_P(NoMemoryTest, AMessageIsHandedOutOrStays) {
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  ASSERT_EQ(kontor_queue_enqueue(queue, kLong.data(), kLong.size(), 0, 0, nullptr, error_),
            KONTOR_OK);
  kontor_message* message = nullptr;
  size_t count = 0;
  UntilItSucceeds(
      [&] { return kontor_queue_take(queue, 0, 0, nullptr, &message, 1, &count, error_); },
      [&] {
        EXPECT_EQ(message, nullptr);
        int64_t figures[KONTOR_QUEUE_FIGURES];
        ASSERT_EQ(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, &count, error_),
                  KONTOR_OK);
        EXPECT_EQ(figures[KONTOR_QUEUE_READY], 1);
        EXPECT_EQ(figures[KONTOR_QUEUE_LEASED], 0);
      });
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(kontor_message_attempt(message), 1u);
  EXPECT_EQ(kontor_queue_acknowledge(queue, kontor_message_receipt(message), error_), KONTOR_OK);
  kontor_message_free(message);
  kontor_queue_free(queue);
}

TEST_P(NoMemoryTest, OfManyMessagesThoseAreLeasedThatAreHandedOut) {
  constexpr size_t kMessages = 20;
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  for (size_t i = 0; i < kMessages; ++i) {
    ASSERT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_), KONTOR_OK);
  }
  size_t acknowledged = 0;
  bool some_but_not_all = false;
  for (int64_t nth = 1; acknowledged < kMessages; ++nth) {
    kontor_message* messages[kMessages] = {};
    size_t count = 0;
    fail_at = nth;
    const int32_t code =
        kontor_queue_take(queue, 0, 0, nullptr, messages, kMessages, &count, error_);
    fail_at = 0;
    if (code == KONTOR_NO_MEMORY) {
      EXPECT_EQ(count, 0u);
      continue;
    }
    ASSERT_EQ(code, KONTOR_OK);
    if (count < kMessages - acknowledged) some_but_not_all = true;
    for (size_t i = 0; i < count; ++i) {
      ASSERT_NE(messages[i], nullptr);
      EXPECT_EQ(kontor_message_attempt(messages[i]), 1u);
      EXPECT_EQ(kontor_queue_acknowledge(queue, kontor_message_receipt(messages[i]), error_),
                KONTOR_OK);
      kontor_message_free(messages[i]);
      ++acknowledged;
    }
  }
  EXPECT_TRUE(some_but_not_all);
  kontor_queue_free(queue);
}

TEST_P(NoMemoryTest, ADeliveryIsReadOrStays) {
  kontor_mailbox* mailbox = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 10, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error_), KONTOR_OK);
  const std::string pattern = kLong + "*";
  ASSERT_EQ(
      kontor_mailbox_subscribe(mailbox, KONTOR_PATTERN, pattern.data(), pattern.size(), 7, error_),
      KONTOR_OK);
  ASSERT_EQ(kontor_publish(db_, kLong.data(), kLong.size(), "body", 4, nullptr, nullptr, error_),
            KONTOR_OK);
  kontor_delivery* delivery = nullptr;
  UntilItSucceeds([&] { return kontor_mailbox_next(mailbox, 0, nullptr, &delivery, error_); },
                  [&] {
                    EXPECT_EQ(delivery, nullptr);
                    uint64_t pending = 0;
                    ASSERT_EQ(kontor_mailbox_counts(mailbox, &pending, nullptr, error_), KONTOR_OK);
                    EXPECT_EQ(pending, 1u);
                  });
  const void* body = nullptr;
  size_t length = 0;
  ASSERT_EQ(kontor_delivery_body(delivery, &body, &length), KONTOR_OK);
  EXPECT_EQ(std::string(static_cast<const char*>(body), length), "body");
  kontor_delivery_free(delivery);
  kontor_mailbox_free(mailbox);
}

TEST_P(NoMemoryTest, AJournalWithoutMemoryForMoreWritesWhatItHas) {
  constexpr uint64_t kElements = 1000;
  const std::string value(1000, 'x');
  fail_above_bytes = 64 << 10;
  for (uint64_t i = 0; i < kElements; ++i) {
    const int32_t code =
        kontor_list_push(db_, "l", 1, KONTOR_BACK, value.data(), value.size(), nullptr, error_);
    if (code != KONTOR_OK) fail_above_bytes = SIZE_MAX;
    ASSERT_EQ(code, KONTOR_OK) << i;
  }
  fail_above_bytes = SIZE_MAX;
  if (OnDisk()) {
    EXPECT_EQ(kontor_sync(db_, error_), KONTOR_OK);
  }
  EXPECT_EQ(ListLength("l"), kElements);
}

INSTANTIATE_TEST_SUITE_P(All, NoMemoryTest, ::testing::Values("in memory", "on disk"),
                         [](const auto& where) {
                           return std::string(where.param) == "on disk" ? "OnDisk" : "InMemory";
                         });

}  // namespace
