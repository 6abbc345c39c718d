#ifndef KONTOR_PERSIST_RDB_STREAM_H_
#define KONTOR_PERSIST_RDB_STREAM_H_

#include <string>

#include "persist/rdb_format.h"
#include "persist/rdb_reader.h"
#include "types/stream.h"

namespace kontor {

// A stream as RDB files have it, behind its form (persist/README.md).

// Reads one of rdb::Form::kStream1 to 3 into a stream that is new. False if it is malformed, says
// of itself what cannot be true, or needs more than some hundred times its size; then the stream is
// good for nothing.
bool ReadRdbStream(rdb::Form form, RdbReader* reader, Stream* stream);

// Appends it as rdb::Form::kStream2, without its deleted entries.
void AppendRdbStream(const Stream& stream, std::string* out);

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_STREAM_H_
