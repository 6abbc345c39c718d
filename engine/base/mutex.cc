#include "base/mutex.h"

#include "base/spin.h"

namespace kontor {

void Mutex::LockSlowly() {
  for (int spin = 0; spin < kSpins; ++spin) {
    SpinPause();
    if (mutex_.try_lock()) return;
  }
  mutex_.lock();
}

}  // namespace kontor
