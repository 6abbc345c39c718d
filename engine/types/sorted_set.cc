#include "types/sorted_set.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"

namespace kontor {
namespace {

// ---- Scores ----

using RawScore = std::array<char, sizeof(double)>;

Bytes BytesOf(const RawScore& raw) { return Bytes(raw.data(), raw.size()); }

double ScoreIn(Bytes raw) {
  double score = 0;
  std::memcpy(&score, raw.data(), sizeof(score));
  return score;
}

double ScoreOf(const DenseTable::Entry* entry) { return ScoreIn(DenseTable::PairOf(entry).value); }

// In the packed pairs a score is an integer if it can be one, and else its bytes behind a letter,
// so that they do not read as one.
class PackedScore {
 public:
  explicit PackedScore(double score) : value_(Pack(score, &text_)) {}
  PackedScore(const PackedScore&) = delete;
  PackedScore& operator=(const PackedScore&) = delete;
  const PackedValue& value() const { return value_; }

  static double At(const Packed& packed, Packed::Place place) {
    if (const auto integer = packed.IntegerAt(place)) return static_cast<double>(*integer);
    const Element text = packed.At(place);
    return ScoreIn(text.bytes().substr(1));
  }

 private:
  using Text = std::array<char, 1 + sizeof(double)>;

  static PackedValue Pack(double score, Text* text) {
    constexpr double kExact = 0x1p53;  // up to here every integer is a double
    const bool minus_zero = score == 0 && std::signbit(score);
    if (std::abs(score) <= kExact && std::trunc(score) == score && !minus_zero) {
      return PackedValue(static_cast<int64_t>(score));
    }
    (*text)[0] = 'd';
    std::memcpy(text->data() + 1, &score, sizeof(score));
    return PackedValue(Bytes(text->data(), text->size()));
  }

  Text text_{};
  PackedValue value_;
};

}  // namespace

// ---- The large set ----

bool SortedSet::RankedBefore::operator()(const Ranked& one, const Ranked& other) const {
  if (one.score != other.score) return one.score < other.score;
  return DenseTable::PairOf(one.entry).key < DenseTable::PairOf(other.entry).key;
}

void SortedSet::Large::Add(Bytes member, double score) {
  table.Set(member, BytesOf(std::bit_cast<RawScore>(score)));
  try {
    order.Insert(Ranked{score, table.entry_at(table.size() - 1)});
  } catch (const std::bad_alloc&) {
    table.Erase(member);
    throw;
  }
}

void SortedSet::Large::Rescore(Bytes member, const DenseTable::Entry* entry, double score) {
  order.Move(Ranked{ScoreOf(entry), entry}, Ranked{score, entry});
  table.Set(member, BytesOf(std::bit_cast<RawScore>(score)));
}

SortedSet::SortedSet(const SortedSet& other) : pairs_(other.pairs_) {
  if (other.large_ == nullptr) return;
  large_ = std::make_unique<Large>();
  other.ForEach([&](const Member& each) { large_->Add(each.member.bytes(), each.score); });
}

// ---- The packed pairs ----

Packed::Place SortedSet::PlaceOf(Bytes member) const {
  if (member.size() > kPackedBytes) return pairs_.end();
  return pairs_.FindUnique(PackedValue(member), 2);
}

bool SortedSet::IsBefore(Packed::Place place, double score, Bytes member) const {
  const double here = PackedScore::At(pairs_, pairs_.Next(place));
  if (here != score) return here < score;
  const Element element = pairs_.At(place);
  return element.bytes() < member;
}

// From the back: what is new often has the highest score.
void SortedSet::AddPair(Bytes member, double score) {
  Packed::Place place = pairs_.end();
  while (place != 0) {
    const Packed::Place previous = PreviousPair(place);
    if (IsBefore(previous, score, member)) break;
    place = previous;
  }
  pairs_.Insert(place, PackedValue(member), PackedScore(score).value());
}

void SortedSet::RescorePair(Packed::Place place, Bytes member, double score) {
  pairs_.Replace(pairs_.Next(place), PackedScore(score).value());
  const Packed::Place end = NextPair(place);
  Packed::Place to = end;
  while (to != pairs_.end() && IsBefore(to, score, member)) to = NextPair(to);
  pairs_.Rotate(place, end, to);
  if (to != end) return;
  for (to = place; to != 0;) {
    const Packed::Place previous = PreviousPair(to);
    if (IsBefore(previous, score, member)) break;
    to = previous;
  }
  pairs_.Rotate(to, place, end);
}

template <typename Holds>
size_t SortedSet::CountPairsWhile(Holds holds) const {
  size_t count = 0;
  for (Packed::Place place = 0; place != pairs_.end() && holds(place); place = NextPair(place)) {
    ++count;
  }
  return count;
}

// ---- Changes ----

bool SortedSet::Set(Bytes member, double score) {
  KONTOR_CHECK(!std::isnan(score));
  if (large_ != nullptr) {
    if (const DenseTable::Entry* entry = large_->table.Lookup(member); entry != nullptr) {
      large_->Rescore(member, entry, score);
      return false;
    }
    large_->Add(member, score);
    return true;
  }
  if (const Packed::Place place = PlaceOf(member); place != pairs_.end()) {
    RescorePair(place, member, score);
    return false;
  }
  if (member.size() <= kPackedBytes && size() < kPackedMembers) {
    AddPair(member, score);
    return true;
  }
  auto large = std::make_unique<Large>();
  ForEach([&](const Member& each) { large->Add(each.member.bytes(), each.score); });
  large->Add(member, score);
  large_ = std::move(large);
  pairs_.Clear();
  return true;
}

bool SortedSet::Erase(Bytes member) {
  if (large_ != nullptr) {
    const DenseTable::Entry* const entry = large_->table.Lookup(member);
    if (entry == nullptr) return false;
    KONTOR_CHECK(large_->order.Erase(Ranked{ScoreOf(entry), entry}));
    return large_->table.Erase(member);
  }
  const Packed::Place place = PlaceOf(member);
  if (place == pairs_.end()) return false;
  pairs_.Erase(place, NextPair(place), 2);
  return true;
}

void SortedSet::EraseRange(size_t first, size_t count) {
  if (large_ == nullptr) {
    pairs_.Erase(pairs_.Seek(2 * first), pairs_.Seek(2 * (first + count)), 2 * count);
    return;
  }
  for (; count > 0; --count) {
    const Ranked ranked = large_->order.From(first).entry();
    large_->order.Erase(ranked);
    large_->table.Erase(DenseTable::PairOf(ranked.entry).key);
  }
}

// ---- Looking ----

std::optional<double> SortedSet::Score(Bytes member) const {
  if (large_ != nullptr) {
    Bytes value;
    if (!large_->table.Find(member, &value)) return std::nullopt;
    return ScoreIn(value);
  }
  const Packed::Place place = PlaceOf(member);
  if (place == pairs_.end()) return std::nullopt;
  return PackedScore::At(pairs_, pairs_.Next(place));
}

std::optional<size_t> SortedSet::RankOf(Bytes member) const {
  if (large_ != nullptr) {
    const DenseTable::Entry* const entry = large_->table.Lookup(member);
    if (entry == nullptr) return std::nullopt;
    return large_->order.RankOf(Ranked{ScoreOf(entry), entry});
  }
  const Packed::Place at = PlaceOf(member);
  if (at == pairs_.end()) return std::nullopt;
  return CountPairsWhile([&](Packed::Place place) { return place != at; });
}

size_t SortedSet::CountBelow(double score, bool including) const {
  const auto holds = [&](double each) { return including ? each <= score : each < score; };
  if (large_ != nullptr) {
    return large_->order.CountWhile([&](const Ranked& each) { return holds(each.score); });
  }
  return CountPairsWhile(
      [&](Packed::Place place) { return holds(PackedScore::At(pairs_, pairs_.Next(place))); });
}

size_t SortedSet::CountBelowMember(Bytes member, bool including) const {
  const auto holds = [&](Bytes each) { return including ? each <= member : each < member; };
  if (large_ != nullptr) {
    return large_->order.CountWhile(
        [&](const Ranked& each) { return holds(DenseTable::PairOf(each.entry).key); });
  }
  return CountPairsWhile([&](Packed::Place place) {
    const Element element = pairs_.At(place);
    return holds(element.bytes());
  });
}

SortedSet::Member SortedSet::at(size_t place) const {
  if (large_ != nullptr) {
    const DenseTable::Pair pair = large_->table.at(place);
    return {Element(pair.key), ScoreIn(pair.value)};
  }
  const Packed::Place pair = pairs_.Seek(2 * place);
  return {pairs_.At(pair), PackedScore::At(pairs_, pairs_.Next(pair))};
}

SortedSet::Iterator SortedSet::From(size_t rank) const {
  Iterator iterator;
  if (large_ != nullptr) {
    iterator.ranked_ = large_->order.From(rank);
  } else if (rank < size()) {
    iterator.pairs_ = &pairs_;
    iterator.place_ = pairs_.Seek(2 * rank);
  }
  return iterator;
}

Element SortedSet::Iterator::member() const {
  if (pairs_ != nullptr) return pairs_->At(place_);
  return Element(DenseTable::PairOf(ranked_.entry().entry).key);
}

double SortedSet::Iterator::score() const {
  if (pairs_ != nullptr) return PackedScore::At(*pairs_, pairs_->Next(place_));
  return ranked_.entry().score;
}

void SortedSet::Iterator::Next() {
  if (pairs_ == nullptr) return ranked_.Next();
  place_ = pairs_->Next(pairs_->Next(place_));
  if (place_ == pairs_->end()) pairs_ = nullptr;
}

void SortedSet::Iterator::Previous() {
  if (pairs_ == nullptr) return ranked_.Previous();
  if (place_ == 0) {
    pairs_ = nullptr;
  } else {
    place_ = pairs_->Previous(pairs_->Previous(place_));
  }
}

}  // namespace kontor
