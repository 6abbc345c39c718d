#ifndef KONTOR_CAPI_EXEC_H_
#define KONTOR_CAPI_EXEC_H_

#include <vector>

#include "handles.h"

namespace kontor::capi {

// The arguments of a command as the C caller passes them: counted and measured before anything of
// them is read, then borrowed.
Status CollectArguments(size_t count, const void* const* arguments, const size_t* lengths,
                        std::vector<Bytes>* collected);

}  // namespace kontor::capi

#endif  // KONTOR_CAPI_EXEC_H_
