#ifndef KONTOR_TYPES_NUMBER_H_
#define KONTOR_TYPES_NUMBER_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace kontor {

// Numbers as Redis reads and writes them in strings: exact spelling, no surrounding space.

// Decimal, canonical (no plus sign, no leading zeros, "-0" refused), within int64.
bool ParseInteger(Bytes text, int64_t* value);
// Decimal digits only, within uint64.
bool ParseUnsigned(Bytes text, uint64_t* value);
// strtold syntax without surrounding space; "inf" and "-inf" are read, "nan" is not.
bool ParseFloat(Bytes text, long double* value);
// The same of strtod; what is too large or too small for a double is refused.
bool ParseDouble(Bytes text, double* value);

std::string FormatInteger(int64_t value);
// As INCRBYFLOAT writes it: 17 digits after the point at most, no exponent, no trailing zeros.
std::string FormatFloat(long double value);

// The shortest text that is read as the same number, as Redis 7.2 writes a score: an integer
// without a point, an exponent from 1e21 on, "inf", "-inf", "nan".
std::string FormatDouble(double value);

}  // namespace kontor

#endif  // KONTOR_TYPES_NUMBER_H_
