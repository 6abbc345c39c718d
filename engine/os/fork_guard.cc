#include "os/fork_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "base/check.h"

namespace kontor {
namespace {

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

ForkGuard::ForkGuard() {
  void* page =
      mmap(nullptr, PageBytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::bad_alloc();
  // Every Linux since 4.14 has it; without it a forked child could write into its parent's files.
  KONTOR_CHECK(madvise(page, PageBytes(), MADV_WIPEONFORK) == 0);
  word_ = new (page) std::atomic<uint64_t>(1);
}

ForkGuard::~ForkGuard() { munmap(word_, PageBytes()); }

}  // namespace kontor
