// Reads the books out of a store.
#ifndef JUDGE_BOOKS_H_
#define JUDGE_BOOKS_H_

#include <cstdint>
#include <kontor/kontor.hpp>

#include "ledger.h"

namespace judge {

// Everything about `submissions` submissions, numbered from 0. Throws if a result is not what a
// worker writes.
Books ReadBooks(kontor::Database& db, uint64_t submissions);

}  // namespace judge

#endif  // JUDGE_BOOKS_H_
