#ifndef KONTOR_BENCH_VERSUS_ALONE_H_
#define KONTOR_BENCH_VERSUS_ALONE_H_

#include <cstdint>

namespace bench {

// What no peer can be asked, as a Markdown table on stdout: batches against single calls, a journal
// against none, what it costs to keep keys with a time to live clean, and what is given back to the
// system after everything was deleted. Slices of two configurations alternate; medians.
void MeasureAlone(uint64_t keys, double slice_seconds, int rounds);

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_ALONE_H_
