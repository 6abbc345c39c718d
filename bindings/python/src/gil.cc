#include "gil.h"

#include <unistd.h>

namespace kontor::python {

void SleepUntilExit() {
  for (;;) pause();
}

}  // namespace kontor::python
