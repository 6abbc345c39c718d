#include "plan.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <stdexcept>

namespace judge {
namespace {

// How often each distinct program is handed in, on average.
constexpr uint64_t kCopies = 10;
// Programs that are around from the beginning; the others turn up one after the other.
constexpr size_t kFirstPrograms = 8;

// SplitMix64: the same numbers on every machine, which std::uniform_int_distribution does not
// promise.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// "<label> <value>\n" at the beginning of `rest`, which is cut off.
std::string_view TakeLine(std::string_view& rest, std::string_view label) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos || !rest.starts_with(label) || end <= label.size() ||
      rest[label.size()] != ' ') {
    throw std::runtime_error("a message without " + std::string(label));
  }
  const std::string_view value = rest.substr(label.size() + 1, end - label.size() - 1);
  rest.remove_prefix(end + 1);
  return value;
}

uint64_t Number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("not a number in a message: " + std::string(text));
  }
  return value;
}

}  // namespace

std::string ChannelOf(uint64_t contest) { return "contest:" + std::to_string(contest); }

Plan::Plan(const ProblemSet& problems, uint64_t submissions, uint64_t seed)
    : problems_(problems), size_(submissions), seed_(seed) {
  const size_t bases = problems.programs().size();
  order_.resize(std::max<size_t>(bases, submissions / kCopies));
  std::iota(order_.begin(), order_.end(), size_t{0});
  for (size_t i = order_.size() - 1; i > 0; --i) {
    std::swap(order_[i], order_[Mix(seed ^ Mix(i)) % (i + 1)]);
  }
}

const Program& Plan::BaseOf(size_t program) const {
  return problems_.programs()[order_[program] % problems_.programs().size()];
}

Submission Plan::At(uint64_t number) const {
  uint64_t random = Mix(seed_ + Mix(number));
  const auto draw = [&random](uint64_t below) {
    random = Mix(random);
    return random % below;
  };
  Submission submission;
  submission.number = number;
  submission.user = draw(kUsers);
  submission.priority = draw(4) == 0 ? kPremium : kFree;
  const size_t around = kFirstPrograms + (order_.size() - kFirstPrograms) * (number + 1) / size_;
  submission.program = draw(std::min(around, order_.size()));
  submission.deserved = BaseOf(submission.program).deserved;
  return submission;
}

std::string Plan::BodyOf(const Submission& submission) const {
  const Program& base = BaseOf(submission.program);
  const std::string revision =
      std::to_string(order_[submission.program] / problems_.programs().size());
  return "submission " + std::to_string(submission.number) + "\nuser " +
         std::to_string(submission.user) + "\nproblem " + base.problem + "\n" + "/* " + base.name +
         ", revision " + revision + " */\nenum { REVISION = " + revision + " };\n" + base.source;
}

Order ParseBody(std::string_view body) {
  Order order;
  order.number = Number(TakeLine(body, "submission"));
  order.user = Number(TakeLine(body, "user"));
  order.problem = TakeLine(body, "problem");
  order.source = body;
  return order;
}

}  // namespace judge
