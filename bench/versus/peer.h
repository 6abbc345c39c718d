#ifndef KONTOR_BENCH_VERSUS_PEER_H_
#define KONTOR_BENCH_VERSUS_PEER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The few calls by which every store is measured. Thread-safe.
//
// A store that is not in this tree is loaded from a shared library that exports, as C functions:
//
//   const char* peer_name(void);
//   void* peer_open(uint64_t expected_keys);        /* 0: grows from nothing; NULL: failed */
//   int peer_set(void* peer, const void* key, size_t key_length, const void* value,
//                size_t value_length);              /* 0: done */
//   int peer_get(void* peer, const void* key, size_t key_length, void* buffer, size_t capacity,
//                size_t* value_length);             /* 1: found and copied; 0: absent */
//   void peer_close(void* peer);

namespace bench {

class Peer {
 public:
  virtual ~Peer() = default;
  virtual void Set(std::string_view key, std::string_view value) = 0;
  // Copies the value into the buffer, which is large enough; false if there is no such key.
  virtual bool Get(std::string_view key, char* buffer, size_t capacity) = 0;
};

struct PeerKind {
  std::string name;
  std::function<std::unique_ptr<Peer>()> open;
};

// Kontor first, then the maps of this machine's packages (versus/maps.cc).
std::vector<PeerKind> BuiltInPeers();
// Ends the program with a message if the library is none.
PeerKind LoadPeer(const std::string& path);

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_PEER_H_
