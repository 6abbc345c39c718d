#include <cstdio>

#include "redis_types/elements.h"
#include "redis_types/measures.h"
#include "versus/questions.h"

namespace bench {
namespace {

void Fill(Store* store, const Collections& collections) {
  Elements elements(collections.type);
  const uint64_t of_one = collections.elements_per_key;
  for (uint64_t i = 0; i < collections.keys * of_one; ++i) {
    const uint64_t key = collections.key_by_key ? i / of_one : i % collections.keys;
    const uint64_t place = collections.key_by_key ? i % of_one : i / collections.keys;
    store->Run(elements.Insert(Key(key).view(), key * of_one + place));
  }
  store->Finish();
}

}  // namespace

void MeasureMemory(const Collections& collections) {
  KontorStore store;
  // What the first command touches of the library is no memory of the elements.
  Elements elements(collections.type);
  store.Run(elements.Insert("first", 0));
  const std::array<std::string_view, 2> remove = {"DEL", "first"};
  store.Run(remove);
  const uint64_t resident_before = ResidentBytes();
  const int64_t counted_before = store.Figure(KONTOR_FIGURE_MEMORY_BYTES);
  Fill(&store, collections);
  std::printf("{\"counted_bytes\": %lld, \"resident_bytes\": %llu}\n",
              static_cast<long long>(store.Figure(KONTOR_FIGURE_MEMORY_BYTES) - counted_before),
              static_cast<unsigned long long>(ResidentBytes() - resident_before));
}

void FillRedis(const Collections& collections) {
  RedisStore store(kRedisVariable);
  Fill(&store, collections);
}

}  // namespace bench
