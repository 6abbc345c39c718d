#ifndef KONTOR_FUZZ_OPERATION_SEQUENCE_H_
#define KONTOR_FUZZ_OPERATION_SEQUENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace reference {

// Reads `data` as a sequence of operations (commands, transactions, queue operations, snapshots,
// closing and reopening), runs it on the library in `directory` (empty, or made) and on the
// reference model, and compares every reply and, after each reopening, the whole state. Any bytes
// are a legal sequence. Answers "" if all agreed, else what was asked, what came and what should
// have come, with the operations that led there.
std::string RunSequence(const uint8_t* data, size_t size, const std::string& directory);

}  // namespace reference

#endif  // KONTOR_FUZZ_OPERATION_SEQUENCE_H_
