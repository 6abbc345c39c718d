// Work queues: those that get what is published.

#include <string>
#include <vector>

#include "base/letter_case.h"
#include "command/arguments.h"
#include "command/queue_arguments.h"
#include "verbs/queue_bindings.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

constexpr Bytes kKinds[kSubjectKinds] = {"CHANNEL", "PATTERN", "TOKENS"};

Status ParseKind(Bytes word, SubjectKind* kind) {
  for (size_t i = 0; i < kSubjectKinds; ++i) {
    if (!EqualsIgnoreCase(word, kKinds[i])) continue;
    *kind = static_cast<SubjectKind>(i);
    return Ok();
  }
  return SyntaxError();
}

Status BindQueue(CommandContext& context) {
  SubjectKind kind{};
  KONTOR_RETURN_IF_ERROR(ParseKind(context.argument(2), &kind));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          verbs::OpenQueue(CoreOf(context), context.argument(1), nullptr));
  KONTOR_RETURN_IF_ERROR(verbs::Bind(CoreOf(context), queue.get(), kind, context.argument(3)));
  context.reply.Ok();
  return Ok();
}

Status UnbindQueue(CommandContext& context) {
  SubjectKind kind{};
  KONTOR_RETURN_IF_ERROR(ParseKind(context.argument(2), &kind));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  Status ended = verbs::Unbind(CoreOf(context), queue.get(), kind, context.argument(3));
  if (!ended.ok() && ended.code() != Code::kNotFound) return ended;
  context.reply.Integer(ended.ok() ? 1 : 0);
  return Ok();
}

Status ListBindings(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(const std::vector<Binding> bindings, verbs::ListBindings(queue.get()));
  context.reply.Array(bindings.size());
  for (const Binding& binding : bindings) {
    context.reply.Array(2);
    context.reply.Bulk(kKinds[static_cast<size_t>(binding.kind)]);
    context.reply.Bulk(binding.name);
  }
  return Ok();
}

constexpr Command kCommands[] = {
    {"Q.BIND", 4, kChangesQueue, kNoKeys, BindQueue, "queue",
     "From now on puts what is published to a channel, or to those of a pattern, into a queue, "
     "too, "
     "in one commit. A queue that is full and refuses messages has the publish refused.",
     "queue CHANNEL|PATTERN|TOKENS subject"},
    {"Q.BINDINGS", 2, kAlone, kNoKeys, ListBindings, "queue",
     "Answers what a queue is bound to: pairs of a kind and a channel or pattern.", "queue"},
    {"Q.UNBIND", 4, kChangesQueue, kNoKeys, UnbindQueue, "queue",
     "Ends a binding, and answers whether there was one. What the queue got by it stays.",
     "queue CHANNEL|PATTERN|TOKENS subject"},
};

}  // namespace

absl::Span<const Command> QueueBindingCommands() { return kCommands; }

}  // namespace kontor
