#include "verbs/random_places.h"

#include <numeric>

#include "absl/container/flat_hash_set.h"

namespace kontor::verbs {

std::vector<size_t> ChooseDistinctPlaces(size_t size, uint64_t count, NextRandom next_random) {
  std::vector<size_t> places;
  if (count >= size) {
    places.resize(size);
    std::iota(places.begin(), places.end(), size_t{0});
    return places;
  }
  // Floyd's choice of a subset (Bentley and Floyd, CACM 1987): work and memory follow `count`, not
  // the size.
  places.reserve(count);
  absl::flat_hash_set<size_t> chosen;
  for (size_t last = size - count; last < size; ++last) {
    const size_t place = next_random() % (last + 1);
    places.push_back(chosen.insert(place).second ? place : last);
    chosen.insert(places.back());
  }
  return places;
}

std::vector<size_t> ChoosePlaces(size_t size, int64_t count, NextRandom next_random) {
  if (size == 0) return {};
  if (count >= 0) return ChooseDistinctPlaces(size, static_cast<uint64_t>(count), next_random);
  std::vector<size_t> places(static_cast<size_t>(-count));
  for (size_t& place : places) place = next_random() % size;
  return places;
}

}  // namespace kontor::verbs
