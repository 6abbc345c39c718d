#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

#include "versus/peer.h"

namespace bench {
namespace {

struct Functions {
  const char* (*name)();
  void* (*open)(uint64_t expected_keys);
  int (*set)(void* peer, const void* key, size_t key_length, const void* value,
             size_t value_length);
  int (*get)(void* peer, const void* key, size_t key_length, void* buffer, size_t capacity,
             size_t* value_length);
  void (*close)(void* peer);
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "versus: %s\n", what.c_str());
  std::exit(1);
}

template <typename Function>
void Find(void* library, const std::string& path, const char* name, Function* function) {
  void* const found = dlsym(library, name);
  if (found == nullptr) Fail(path + " does not export " + name);
  *function = reinterpret_cast<Function>(found);
}

class LoadedPeer final : public Peer {
 public:
  LoadedPeer(const Functions& functions, void* peer) : functions_(functions), peer_(peer) {}
  ~LoadedPeer() override { functions_.close(peer_); }
  void Set(std::string_view key, std::string_view value) override {
    if (functions_.set(peer_, key.data(), key.size(), value.data(), value.size()) != 0) {
      Fail(std::string(functions_.name()) + " could not set a key");
    }
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    size_t length = 0;
    return functions_.get(peer_, key.data(), key.size(), buffer, capacity, &length) == 1;
  }

 private:
  const Functions functions_;
  void* const peer_;
};

}  // namespace

PeerKind LoadPeer(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) Fail(std::string("cannot load a peer: ") + dlerror());
  Functions functions{};
  Find(library, path, "peer_name", &functions.name);
  Find(library, path, "peer_open", &functions.open);
  Find(library, path, "peer_set", &functions.set);
  Find(library, path, "peer_get", &functions.get);
  Find(library, path, "peer_close", &functions.close);
  return {functions.name(), [functions] {
            void* const peer = functions.open(0);
            if (peer == nullptr) Fail(std::string(functions.name()) + " could not be opened");
            return std::make_unique<LoadedPeer>(functions, peer);
          }};
}

}  // namespace bench
