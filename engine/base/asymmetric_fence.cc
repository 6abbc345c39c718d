#include "base/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kontor {
namespace {

bool RegisterForBarriers() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace

const bool AsymmetricFence::heavy_reaches_all_ = RegisterForBarriers();

bool AsymmetricFence::Heavy() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !heavy_reaches_all_ ||
         syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace kontor
