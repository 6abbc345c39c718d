#ifndef KONTOR_VERBS_RANDOM_PLACES_H_
#define KONTOR_VERBS_RANDOM_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace kontor::verbs {

// Random numbers, one per call.
using NextRandom = absl::FunctionRef<uint64_t()>;

// `count` different places in [0, size), chosen at random; all of them if there are fewer.
std::vector<size_t> ChooseDistinctPlaces(size_t size, uint64_t count, NextRandom next_random);
// As HRANDFIELD, SRANDMEMBER and ZRANDMEMBER choose: a negative count chooses -count places, any of
// which may come again and again. None of a `size` of 0.
std::vector<size_t> ChoosePlaces(size_t size, int64_t count, NextRandom next_random);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_RANDOM_PLACES_H_
