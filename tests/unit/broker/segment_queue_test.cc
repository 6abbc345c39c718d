#include "broker/segment_queue.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <numeric>
#include <vector>

#include "broker/mpmc_lane.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kMark = 1'000'003;

// What is allocated, and when there is no memory left.
struct Heap {
  int blocks = 0;
  int allocations_left = 1 << 30;
};

// Segments of four cells, every one of which is looked at when it is retired. Thread numbers are
// what `shared_slots` says.
template <bool shared_slots>
class SmallPolicy {
 public:
  template <typename T>
  using Atomic = std::atomic<T>;
  static constexpr uint64_t kCells = 4;
  static constexpr size_t kLineBytes = 64;
  static constexpr uint64_t kRetiredSegments = 1;
  static constexpr size_t kSpareSegments = 1;
  static constexpr int kLooks = 4;
  static constexpr size_t kOwnedSlots = 1;
  static constexpr size_t kSharedSlots = 1;

  explicit SmallPolicy(Heap* heap) : heap_(heap) {}
  static unsigned Thread() { return shared_slots ? 0 : 1; }
  static void LightFence() {}
  static bool HeavyFence() { return true; }
  static void Pause() {}
  static uint64_t Mark() { return kMark; }
  void* Allocate(size_t bytes) const {
    if (heap_->allocations_left == 0) throw std::bad_alloc();
    --heap_->allocations_left;
    ++heap_->blocks;
    return std::aligned_alloc(kLineBytes, (bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
  }
  void Free(void* memory, size_t) const {
    --heap_->blocks;
    std::free(memory);
  }

 private:
  Heap* heap_;
};
using SmallQueue = SegmentQueue<SmallPolicy<false>>;

std::vector<uint64_t> UpTo(uint64_t last) {
  std::vector<uint64_t> values(last);
  std::iota(values.begin(), values.end(), uint64_t{1});
  return values;
}

template <typename Queue>
bool Push(Queue* queue, const std::vector<uint64_t>& values) {
  size_t pushed = 0;
  const bool open = queue->Push(values.data(), values.size(), &pushed);
  EXPECT_EQ(pushed, open ? values.size() : 0u);
  return open;
}

template <typename Queue>
std::vector<uint64_t> Pop(Queue* queue, size_t capacity) {
  std::vector<uint64_t> values(capacity);
  size_t popped = 0;
  queue->Pop(values.data(), capacity, &popped);
  values.resize(popped);
  return values;
}

TEST(SegmentQueueTest, FirstInFirstOutOverSegmentsOneByOneAndInBatches) {
  Heap heap;
  {
    SmallQueue queue{SmallPolicy<false>(&heap)};
    EXPECT_TRUE(queue.IsEmpty());
    for (const uint64_t value : UpTo(10)) EXPECT_TRUE(Push(&queue, {value}));
    EXPECT_EQ(queue.size(), 10u);
    EXPECT_FALSE(queue.IsEmpty());
    EXPECT_EQ(Pop(&queue, 100), UpTo(10));
    EXPECT_THAT(Pop(&queue, 1), IsEmpty());
    EXPECT_TRUE(Push(&queue, UpTo(23)));
    EXPECT_EQ(queue.size(), 23u);
    for (const uint64_t value : UpTo(23)) EXPECT_THAT(Pop(&queue, 1), ElementsAre(value));
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_THAT(Pop(&queue, 5), IsEmpty());
  }
  EXPECT_EQ(heap.blocks, 0);
}

TEST(SegmentQueueTest, TheFrontIsVacantUntilTheNextValueComes) {
  Heap heap;
  SmallQueue queue{SmallPolicy<false>(&heap)};
  for (const uint64_t value : UpTo(9)) {  // over the ends of two segments
    EXPECT_TRUE(queue.IsFrontVacant());
    Push(&queue, {value});
    EXPECT_FALSE(queue.IsFrontVacant());
    Pop(&queue, 1);
  }
  queue.Close();
  Pop(&queue, 1);
  EXPECT_FALSE(queue.IsFrontVacant());  // the end has arrived
}

TEST(SegmentQueueTest, SegmentsGoBackWhenTheyAreEmpty) {
  Heap heap;
  SmallQueue queue{SmallPolicy<false>(&heap)};
  Push(&queue, UpTo(4000));
  EXPECT_EQ(heap.blocks, 1000);
  Pop(&queue, 4000);
  EXPECT_LE(heap.blocks, 3);  // the last one, a spare, and one that was left just now
  for (int i = 0; i < 1000; ++i) {
    Push(&queue, UpTo(3));
    Pop(&queue, 3);
    ASSERT_LE(heap.blocks, 3);
  }
}

TEST(SegmentQueueTest, EveryValueIsLegal) {
  Heap heap;
  SmallQueue queue{SmallPolicy<false>(&heap)};
  // The mark and the number after it stand for vacant cells, of this segment or the next.
  const std::vector<uint64_t> values = {kMark, kMark, kMark + 1, kMark + 1, 0,      ~uint64_t{0},
                                        kMark, 1,     ~kMark,    kMark + 1, ~kMark, kMark};
  EXPECT_TRUE(Push(&queue, values));
  EXPECT_EQ(Pop(&queue, values.size()), values);
  for (const uint64_t value : values) EXPECT_TRUE(Push(&queue, {value}));
  for (const uint64_t value : values) EXPECT_THAT(Pop(&queue, 1), ElementsAre(value));
  EXPECT_TRUE(queue.IsEmpty());
}

TEST(SegmentQueueTest, ClosedItGivesWhatItHoldsAndTakesNothing) {
  Heap heap;
  SmallQueue queue{SmallPolicy<false>(&heap)};
  Push(&queue, UpTo(5));
  EXPECT_TRUE(queue.Close());
  EXPECT_FALSE(queue.Close());
  EXPECT_FALSE(Push(&queue, {6}));
  EXPECT_FALSE(Push(&queue, UpTo(9)));
  EXPECT_FALSE(Push(&queue, {kMark}));
  EXPECT_EQ(Pop(&queue, 9), UpTo(5));
  uint64_t value = 0;
  size_t popped = 0;
  EXPECT_EQ(queue.Pop(&value, 1, &popped), PopOutcome::kClosed);
  EXPECT_FALSE(queue.IsEmpty());
}

// Whichever allocation fails: what was pushed is there, and all goes on afterwards.
TEST(SegmentQueueTest, WithoutMemoryItIsAsItWas) {
  for (int allocations = 1; allocations < 4; ++allocations) {
    Heap heap;
    heap.allocations_left = allocations;
    SmallQueue queue{SmallPolicy<false>(&heap)};
    std::vector<uint64_t> pushed;
    try {
      for (const uint64_t value : UpTo(20)) {
        Push(&queue, {value});
        pushed.push_back(value);
      }
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(pushed, UpTo(4u * static_cast<unsigned>(allocations)));
    EXPECT_EQ(queue.size(), pushed.size());
    EXPECT_EQ(Pop(&queue, 2), UpTo(2));
    heap.allocations_left = 1000;
    EXPECT_TRUE(Push(&queue, {99}));
    pushed.erase(pushed.begin(), pushed.begin() + 2);
    pushed.push_back(99);
    EXPECT_EQ(Pop(&queue, 100), pushed);
  }
}

TEST(SegmentQueueTest, WithoutMemoryABatchTellsHowMuchOfItIsIn) {
  Heap heap;
  heap.allocations_left = 1;
  SmallQueue queue{SmallPolicy<false>(&heap)};
  size_t pushed = 0;
  EXPECT_THROW(queue.Push(UpTo(9).data(), 9, &pushed), std::bad_alloc);
  EXPECT_EQ(pushed, 4u);
  EXPECT_EQ(Pop(&queue, 9), UpTo(4));
}

TEST(HazardSlotsTest, ThreadsWithoutANumberShareSlotsOfWhichThereAreEnough) {
  using Policy = SmallPolicy<true>;
  Heap heap;
  Policy policy(&heap);
  {
    HazardSlots<Policy, int> slots(&policy);
    int one = 1;
    int two = 2;
    std::atomic<int*> source{&one};
    HazardSlots<Policy, int>::Guard first(&slots);
    HazardSlots<Policy, int>::Guard second(&slots);
    HazardSlots<Policy, int>::Guard third(&slots);
    EXPECT_FALSE(slots.IsProtected(&one));
    EXPECT_EQ(first.Protect(source), &one);
    EXPECT_EQ(second.Protect(source), &one);
    source = &two;
    EXPECT_EQ(third.Protect(source), &two);
    EXPECT_EQ(heap.blocks, 2);
    first.Release();
    EXPECT_TRUE(slots.IsProtected(&one));
    second.Release();
    EXPECT_FALSE(slots.IsProtected(&one));
    EXPECT_TRUE(slots.IsProtected(&two));
    EXPECT_EQ(first.Protect(source), &two);
    third.Release();
    EXPECT_TRUE(slots.IsProtected(&two));
    EXPECT_EQ(heap.blocks, 2);  // they are used again
    heap.allocations_left = 0;
    HazardSlots<Policy, int>::Guard fourth(&slots);
    second.Protect(source);
    third.Protect(source);
    EXPECT_THROW(fourth.Protect(source), std::bad_alloc);
  }
  EXPECT_EQ(heap.blocks, 0);
}

}  // namespace
}  // namespace kontor
