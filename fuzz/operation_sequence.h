#ifndef KONTOR_FUZZ_OPERATION_SEQUENCE_H_
#define KONTOR_FUZZ_OPERATION_SEQUENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace reference {

// Reads `data` as a sequence of operations (commands, transactions, queue operations, snapshots,
// closing and reopening), runs it on the library and on the reference model, and compares every
// reply and, after each reopening, the whole state. Any bytes are a legal sequence. Answers "" if
// all agreed, else what was asked, what came and what should have come, with the operations that
// led there. The library works in a fresh folder, in memory where the system has that (/dev/shm):
// what is compared is what it says, not how the disk behaves.
std::string RunSequence(const uint8_t* data, size_t size);

}  // namespace reference

#endif  // KONTOR_FUZZ_OPERATION_SEQUENCE_H_
