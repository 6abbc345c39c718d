#ifndef KONTOR_TESTS_INTEROP_RESP_VALUE_H_
#define KONTOR_TESTS_INTEROP_RESP_VALUE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace interop {

// One RESP reply, RESP2 or RESP3.
struct RespValue {
  char type = 0;                  // its first byte; 0: none
  std::string text;               // of everything that is no aggregate
  bool null = false;              // "$-1", "*-1"
  std::vector<RespValue> values;  // of an aggregate; of a map twice as many as its pairs

  friend bool operator==(const RespValue&, const RespValue&) = default;
};

// Reads the reply at the beginning of the bytes; answers how many it took, 0 if it is not whole,
// and std::string_view::npos if these are no reply.
size_t ReadResp(std::string_view bytes, RespValue* value);

// On one line, to be read by people: +OK, (error), :1, "bulk", nil, [a b], {k v}.
std::string Print(const RespValue& value);

// Sorts the elements of an aggregate, `parts` of them together.
void SortElements(RespValue* value, size_t parts);

// A command as RESP bytes.
std::string EncodeCommand(const std::vector<std::string>& arguments);
// A command as people type it, with escapes where they are needed.
std::string Print(const std::vector<std::string>& arguments);

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_RESP_VALUE_H_
