#ifndef KONTOR_BENCH_VERSUS_STORES_H_
#define KONTOR_BENCH_VERSUS_STORES_H_

#include <string>
#include <vector>

#include "versus/peer.h"

namespace bench {

// A folder that goes away with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// LMDB and RocksDB, where their packages are.
std::vector<PeerKind> StorePeers();

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_STORES_H_
