#ifndef KONTOR_TESTS_STRESS_FIFO_HISTORY_H_
#define KONTOR_TESTS_STRESS_FIFO_HISTORY_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

namespace kontor {

// What threads did to a queue of distinct values, and when: begin and end by one clock.
struct QueueOperation {
  enum class Kind { kPush, kPop, kPopEmpty };
  Kind kind;
  uint64_t value;  // not of kPopEmpty
  int64_t begin;
  int64_t end;
};

// Judges whether a history is one of a linearizable first-in-first-out queue. For queues of
// distinct values it is, exactly if none of a few patterns is found in it (Henzinger, Sezgin and
// Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013): a value popped that nobody
// pushed, or before anybody began to; a value popped twice; two values popped in the reverse of the
// order in which they were pushed; and "empty" answered while there was something in the queue all
// the time. All of them are looked for in n log n steps.
class FifoHistory {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  void Add(const std::vector<QueueOperation>& operations) {
    operations_.insert(operations_.end(), operations.begin(), operations.end());
  }

  // What is wrong with it, "" if nothing is. `lost_allowed`: how many values may never come out,
  // because pops that never ended may have taken them.
  std::string Judge(size_t lost_allowed = 0) {
    std::string wrong = Gather();
    if (wrong.empty()) ForgetLost(lost_allowed);
    if (wrong.empty()) wrong = JudgeOrder();
    if (wrong.empty()) wrong = JudgeEmpty();
    return wrong;
  }
  size_t popped() const { return popped_; }

 private:
  struct Value {
    uint64_t value = 0;
    int64_t push_begin = kNever;
    int64_t push_end = kNever;
    int64_t pop_begin = kNever;  // never popped
    int64_t pop_end = kNever;
  };

  std::string Gather() {
    std::unordered_map<uint64_t, Value> values;
    for (const QueueOperation& operation : operations_) {
      if (operation.kind != QueueOperation::Kind::kPush) continue;
      values[operation.value] = {operation.value, operation.begin, operation.end, kNever, kNever};
    }
    for (const QueueOperation& operation : operations_) {
      if (operation.kind != QueueOperation::Kind::kPop) continue;
      const auto found = values.find(operation.value);
      if (found == values.end()) return Name(operation.value) + " was popped but never pushed";
      Value& value = found->second;
      if (value.pop_begin != kNever) return Name(operation.value) + " was popped twice";
      if (operation.end < value.push_begin) return Name(operation.value) + " came before its push";
      value.pop_begin = operation.begin;
      value.pop_end = operation.end;
      ++popped_;
    }
    for (const auto& [number, value] : values) values_.push_back(value);
    return "";
  }

  void ForgetLost(size_t allowed) {
    const auto lost = [](const Value& value) {
      return value.push_end != kNever && value.pop_begin == kNever;
    };
    const auto count = std::count_if(values_.begin(), values_.end(), lost);
    if (static_cast<size_t>(count) <= allowed) std::erase_if(values_, lost);
  }

  // Of the values whose push had ended when the push of `late` began, none may begin to be popped
  // after `late` was.
  std::string JudgeOrder() {
    std::vector<Value> by_end = values_;
    std::vector<Value> by_begin = values_;
    std::sort(by_end.begin(), by_end.end(),
              [](const Value& a, const Value& b) { return a.push_end < b.push_end; });
    std::sort(by_begin.begin(), by_begin.end(),
              [](const Value& a, const Value& b) { return a.push_begin < b.push_begin; });
    size_t next = 0;
    Value slowest{.pop_begin = std::numeric_limits<int64_t>::min()};
    for (const Value& late : by_begin) {
      for (; next < by_end.size() && by_end[next].push_end < late.push_begin; ++next) {
        if (by_end[next].pop_begin > slowest.pop_begin) slowest = by_end[next];
      }
      if (late.pop_end < slowest.pop_begin) {
        return Name(late.value) + " was popped before " + Name(slowest.value) +
               ", which was pushed before it";
      }
    }
    return "";
  }

  // A value is inside for certain from the end of its push to the beginning of its pop. Where these
  // times follow one another without a gap, no pop may find the queue empty.
  std::string JudgeEmpty() {
    std::vector<Value> by_end = values_;
    std::sort(by_end.begin(), by_end.end(),
              [](const Value& a, const Value& b) { return a.push_end < b.push_end; });
    struct Span {
      int64_t begin;
      int64_t end;
    };
    std::vector<Span> occupied;
    for (const Value& value : by_end) {
      if (value.push_end >= value.pop_begin) continue;
      if (occupied.empty() || value.push_end >= occupied.back().end) {
        occupied.push_back({value.push_end, value.pop_begin});
      } else {
        occupied.back().end = std::max(occupied.back().end, value.pop_begin);
      }
    }
    for (const QueueOperation& operation : operations_) {
      if (operation.kind != QueueOperation::Kind::kPopEmpty) continue;
      const auto after = std::partition_point(
          occupied.begin(), occupied.end(),
          [&operation](const Span& span) { return span.begin < operation.begin; });
      if (after != occupied.begin() && operation.end < (after - 1)->end) {
        return "a pop from " + std::to_string(operation.begin) + " to " +
               std::to_string(operation.end) + " found nothing while something was inside";
      }
    }
    return "";
  }

  static std::string Name(uint64_t value) { return "value " + std::to_string(value); }

  std::vector<QueueOperation> operations_;
  std::vector<Value> values_;
  size_t popped_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_STRESS_FIFO_HISTORY_H_
