#ifndef KONTOR_BENCH_VERSUS_STORES_H_
#define KONTOR_BENCH_VERSUS_STORES_H_

#include <vector>

#include "versus/peer.h"

namespace bench {

// LMDB and RocksDB, where their packages are.
std::vector<PeerKind> StorePeers();

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_STORES_H_
