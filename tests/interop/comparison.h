#ifndef KONTOR_TESTS_INTEROP_COMPARISON_H_
#define KONTOR_TESTS_INTEROP_COMPARISON_H_

#include <optional>
#include <string>
#include <vector>

#include "interop/grammar.h"
#include "interop/resp_value.h"

namespace interop {

// A command that both servers are asked, and how their replies are compared.
struct Step {
  std::vector<std::string> command;
  Comparison comparison = Comparison::kExact;
};

// What is wrong with the replies, or nothing.
std::optional<std::string> Compare(const Step& step, RespValue redis, RespValue kontor);

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_COMPARISON_H_
