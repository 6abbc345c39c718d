#include "command/queue_arguments.h"

#include <algorithm>
#include <string>

#include "command/arguments.h"
#include "db/engine.h"

namespace kontor {

Core* CoreOf(const CommandContext& context) { return context.engine->core(); }

Result<QueuePointer> FindQueue(Core* core, Bytes name) {
  QueuePointer queue = core->queues.Find(name);
  if (queue != nullptr) return queue;
  return Status(Code::kNotFound,
                "there is no queue '" + std::string(name) + "': Q.ADD and Q.OPEN make one");
}

Status ParseReceipt(Bytes argument, Receipt* receipt) {
  int64_t bits = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, INT64_MIN, INT64_MAX,
                                              "a receipt is an integer, as Q.TAKE told it", &bits));
  *receipt = Receipt::FromBits(static_cast<uint64_t>(bits));
  return Ok();
}

Status ParseMessageId(Bytes argument, uint64_t* id) {
  return ParseCountArgument(argument, 1, "an id is an integer above 0", id);
}

Status ParseQueueOptions(Arguments options, absl::Span<const NumberOption> numbers,
                         absl::Span<const TextOption> texts) {
  for (size_t i = 0; i < options.size(); i += 2) {
    const auto is_named = [&](const auto& each) { return IsKeyword(options[i], each.name); };
    if (i + 1 == options.size()) return SyntaxError();
    const auto* const text = std::find_if(texts.begin(), texts.end(), is_named);
    if (text != texts.end()) {
      *text->value = options[i + 1];
      continue;
    }
    const auto* const option = std::find_if(numbers.begin(), numbers.end(), is_named);
    if (option == numbers.end()) return SyntaxError();
    const std::string range = std::string(option->name) + " is not an integer from " +
                              std::to_string(option->low) + " to " + std::to_string(option->high);
    KONTOR_RETURN_IF_ERROR(
        ParseIntegerArgument(options[i + 1], option->low, option->high, range, option->value));
  }
  return Ok();
}

}  // namespace kontor
