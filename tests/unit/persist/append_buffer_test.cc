#include "persist/append_buffer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "base/memory_budget.h"
#include "persist/journal_format.h"

namespace kontor {
namespace {

constexpr uint64_t kSalt = 0x5a17;

struct Frame {
  uint64_t lsn;
  std::string payload;
};

// The frames of a part, in the order they are written; their checksums must be of this salt.
void ReadPart(const AppendBuffer::Part& part, uint64_t salt, std::vector<Frame>* frames) {
  const Status status = part.VisitInOrder([&](Bytes run) {
    while (!run.empty()) {
      const FrameHeader header = DecodeFrameHeader(run);
      const Bytes payload = run.substr(kFrameHeaderBytes, header.payload_bytes);
      EXPECT_EQ(FrameChecksum(salt, header, Xxh3(payload)), header.checksum);
      frames->push_back({header.lsn, std::string(payload)});
      run.remove_prefix(kFrameHeaderBytes + header.payload_bytes);
    }
    return Ok();
  });
  EXPECT_TRUE(status.ok());
}

AppendBuffer::Place Append(AppendBuffer* buffer, const std::string& payload) {
  return buffer->Append(payload, Xxh3(payload));
}

// From as many threads as there are records, all of which live until the last has appended its own:
// so they have different lanes.
void AppendFromManyThreads(AppendBuffer* buffer, int first, int count) {
  std::vector<std::thread> waiting;
  std::atomic<int> turn{first};
  for (int i = first; i < first + count; ++i) {
    waiting.emplace_back([&, i] {
      while (turn.load() != i) std::this_thread::yield();
      EXPECT_EQ(Append(buffer, std::to_string(i)).lsn, static_cast<uint64_t>(i));
      ++turn;
      while (turn.load() != first + count) std::this_thread::yield();
    });
  }
  for (std::thread& thread : waiting) thread.join();
}

TEST(AppendBufferTest, WhatManyThreadsAppendIsWrittenInOneOrder) {
  AppendBuffer buffer(1, kSalt);
  AppendFromManyThreads(&buffer, 1, 40);
  EXPECT_EQ(buffer.next_lsn(), 41u);
  AppendBuffer::Parts parts;
  EXPECT_EQ(buffer.Swap(&parts), 40u);
  EXPECT_EQ(buffer.pending_bytes(), 0u);
  std::vector<Frame> frames;
  ReadPart(parts.last, kSalt, &frames);
  ASSERT_EQ(frames.size(), 40u);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].lsn, i + 1);
    EXPECT_EQ(frames[i].payload, std::to_string(i + 1));
  }
}

TEST(AppendBufferTest, ASegmentBeginsBetweenTwoRecords) {
  AppendBuffer buffer(1, kSalt);
  AppendFromManyThreads(&buffer, 1, 10);
  const size_t first_bytes = buffer.pending_bytes();
  EXPECT_EQ(buffer.BeginSegment(kSalt + 1), 11u);
  EXPECT_EQ(buffer.pending_segment_bytes(), 0u);
  AppendFromManyThreads(&buffer, 11, 5);
  EXPECT_EQ(buffer.BeginSegment(kSalt + 2), 16u);
  EXPECT_GT(buffer.pending_bytes(), first_bytes);
  AppendBuffer::Parts parts;
  EXPECT_EQ(buffer.Swap(&parts), 15u);
  ASSERT_EQ(parts.sealed.size(), 2u);
  EXPECT_FALSE(parts.sealed[0].begins_segment);
  EXPECT_TRUE(parts.sealed[1].begins_segment);
  EXPECT_EQ(parts.sealed[1].first_lsn, 11u);
  EXPECT_EQ(parts.sealed[1].salt, kSalt + 1);
  EXPECT_TRUE(parts.last.begins_segment);
  EXPECT_EQ(parts.last.first_lsn, 16u);
  std::vector<Frame> frames;
  ReadPart(parts.sealed[0], kSalt, &frames);
  EXPECT_EQ(frames.size(), 10u);
  ReadPart(parts.sealed[1], kSalt + 1, &frames);
  EXPECT_EQ(frames.size(), 15u);
  EXPECT_EQ(parts.last.bytes(), 0u);

  // The next part goes on with the same segment.
  parts.Recycle(AppendBuffer::kLaneBytes);
  EXPECT_EQ(Append(&buffer, "more").lsn, 16u);
  EXPECT_EQ(buffer.Swap(&parts), 16u);
  EXPECT_TRUE(parts.sealed.empty());
  EXPECT_FALSE(parts.last.begins_segment);
  frames.clear();
  ReadPart(parts.last, kSalt + 2, &frames);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].payload, "more");
}

TEST(AppendBufferTest, WhatComesAfterStopIsNumberedAndDropped) {
  AppendBuffer buffer(7, kSalt);
  EXPECT_EQ(Append(&buffer, "a").lsn, 7u);
  buffer.Stop();
  EXPECT_EQ(buffer.pending_bytes(), 0u);
  const AppendBuffer::Place place = Append(&buffer, "b");
  EXPECT_EQ(place.lsn, 8u);
  EXPECT_EQ(place.pending_bytes, 0u);
  AppendBuffer::Parts parts;
  EXPECT_EQ(buffer.Swap(&parts), 8u);
  EXPECT_EQ(parts.bytes(), 0u);
}

TEST(AppendBufferTest, ItsMemoryIsCountedAndALargeLaneIsGivenBack) {
  MemoryBudget budget;
  AppendBuffer buffer(1, kSalt);
  buffer.set_budget(&budget);
  const int64_t empty_bytes = budget.used_bytes(MemoryPurpose::kJournal);
  EXPECT_GE(empty_bytes, static_cast<int64_t>(AppendBuffer::kLanes * AppendBuffer::kLaneBytes));
  const std::string large(size_t{1} << 20, 'x');
  EXPECT_GT(Append(&buffer, large).pending_bytes, large.size());
  EXPECT_GT(budget.used_bytes(MemoryPurpose::kJournal), empty_bytes + (1 << 20) - (1 << 15));
  AppendBuffer::Parts parts;
  parts.last.ReserveLanes();
  const size_t reserved_bytes = parts.capacity();
  buffer.Swap(&parts);
  EXPECT_EQ(budget.used_bytes(MemoryPurpose::kJournal), static_cast<int64_t>(reserved_bytes));
  EXPECT_GT(parts.capacity(), large.size());
  parts.Recycle(size_t{64} << 10);
  EXPECT_LE(parts.capacity(), reserved_bytes);
  buffer.set_budget(nullptr);
  EXPECT_EQ(budget.used_bytes(MemoryPurpose::kJournal), 0);
}

// While others append, one swaps again and again, and now and then begins a segment: what it takes
// out is continuous, and has the order of every thread.
TEST(AppendBufferTest, WhatIsTakenOutIsAlwaysEverythingUpToOneNumber) {
  constexpr int kThreads = 4;
  constexpr int kRecords = 50000;
  AppendBuffer buffer(1, kSalt);
  std::atomic<int> started{0};
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      ++started;
      while (started.load() != kThreads) std::this_thread::yield();
      uint64_t last = 0;
      for (int i = 0; i < kRecords; ++i) {
        const uint64_t lsn = Append(&buffer, std::to_string(thread) + ":" + std::to_string(i)).lsn;
        EXPECT_GT(lsn, last);
        last = lsn;
      }
      --running;
    });
  }
  std::vector<int> next(kThreads, 0);
  uint64_t next_lsn = 1;
  uint64_t salt = kSalt;
  AppendBuffer::Parts parts;
  for (bool ended = false; !ended;) {
    ended = running.load() == 0;
    std::vector<uint64_t> salts = {salt};
    if (next_lsn % 3 == 0) {
      buffer.BeginSegment(++salt);
      salts.push_back(salt);
    }
    const uint64_t last_lsn = buffer.Swap(&parts);
    std::vector<Frame> frames;
    for (size_t i = 0; i < parts.sealed.size(); ++i) ReadPart(parts.sealed[i], salts[i], &frames);
    ReadPart(parts.last, salt, &frames);
    for (const Frame& frame : frames) {
      EXPECT_EQ(frame.lsn, next_lsn++);
      const size_t colon = frame.payload.find(':');
      EXPECT_EQ(std::stoi(frame.payload.substr(colon + 1)),
                next[static_cast<size_t>(std::stoi(frame.payload))]++);
    }
    EXPECT_EQ(last_lsn + 1, next_lsn);
    if (HasFailure()) break;
    parts.Recycle(AppendBuffer::kLaneBytes);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(next_lsn, static_cast<uint64_t>(kThreads) * kRecords + 1);
}

}  // namespace
}  // namespace kontor
