#ifndef KONTOR_VERBS_DUMPS_H_
#define KONTOR_VERBS_DUMPS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "persist/rdb_value.h"
#include "txn/operation.h"

namespace kontor::verbs {

// Values as bytes that any Redis understands (persist/rdb_value.h), to be carried elsewhere.

// None if there is no such key. The deadline of the key is not part of it, those of fields are.
std::optional<std::string> KeyDump(Operation& operation, Bytes key);
// The key becomes this value, whatever it was, but for fields that are overdue. Unix milliseconds,
// 0: no deadline; if it has passed, or all fields are overdue, the key is only deleted. kTooLarge,
// kNoMemory.
Status KeyRestore(Operation& operation, Bytes key, const RdbValue& value, int64_t deadline_unix_ms);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_DUMPS_H_
