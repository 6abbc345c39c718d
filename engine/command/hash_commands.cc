#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/scan_collection.h"
#include "db/engine.h"
#include "verbs/hashes.h"
#include "verbs/random_places.h"

namespace kontor {
namespace {

using verbs::FieldAndValue;

// The pairs of HSET and HMSET.
Status ParsePairs(const CommandContext& context, std::vector<FieldAndValue>* pairs) {
  if (context.size() % 2 != 0) return WrongNumberOfArguments(context.argument(0));
  for (size_t i = 2; i < context.size(); i += 2) {
    pairs->push_back({context.argument(i), context.argument(i + 1)});
  }
  return Ok();
}

void ReplyBulkOrNull(ReplySink& reply, const std::optional<Element>& value) {
  if (value.has_value()) {
    reply.Bulk(value->bytes());
  } else {
    reply.Null();
  }
}

void ReplyField(ReplySink& reply, const Hash::Field& each) {
  reply.Bulk(each.field.bytes());
  reply.Bulk(each.value.bytes());
}

Status HSet(CommandContext& context) {
  std::vector<FieldAndValue> pairs;
  KONTOR_RETURN_IF_ERROR(ParsePairs(context, &pairs));
  KONTOR_ASSIGN_OR_RETURN(const uint64_t added,
                          verbs::HashSet(context.operation, context.argument(1), pairs));
  context.reply.Integer(static_cast<int64_t>(added));
  return Ok();
}

Status HMSet(CommandContext& context) {
  std::vector<FieldAndValue> pairs;
  KONTOR_RETURN_IF_ERROR(ParsePairs(context, &pairs));
  KONTOR_RETURN_IF_ERROR(verbs::HashSet(context.operation, context.argument(1), pairs).status());
  context.reply.Ok();
  return Ok();
}

Status HSetNx(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const bool set,
                          verbs::HashSetIfAbsent(context.operation, context.argument(1),
                                                 context.argument(2), context.argument(3)));
  context.reply.Integer(set ? 1 : 0);
  return Ok();
}

Status HGet(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const std::optional<Element> value,
      verbs::HashGet(context.operation, context.argument(1), context.argument(2)));
  ReplyBulkOrNull(context.reply, value);
  return Ok();
}

Status HMGet(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  const Arguments fields = context.arguments.subspan(2);
  context.reply.Array(fields.size());
  for (const Bytes field : fields) {
    ReplyBulkOrNull(context.reply, hash == nullptr ? std::nullopt : hash->Find(field));
  }
  return Ok();
}

Status HDel(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t deleted,
      verbs::HashDelete(context.operation, context.argument(1), context.arguments.subspan(2)));
  context.reply.Integer(static_cast<int64_t>(deleted));
  return Ok();
}

Status HLen(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                          verbs::HashLength(context.operation, context.argument(1)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status HExists(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const std::optional<Element> value,
      verbs::HashGet(context.operation, context.argument(1), context.argument(2)));
  context.reply.Integer(value.has_value() ? 1 : 0);
  return Ok();
}

Status HStrLen(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const std::optional<Element> value,
      verbs::HashGet(context.operation, context.argument(1), context.argument(2)));
  context.reply.Integer(value.has_value() ? static_cast<int64_t>(value->bytes().size()) : 0);
  return Ok();
}

Status HGetAll(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  const size_t size = hash == nullptr ? 0 : hash->size();
  context.reply.Map(size);
  if (hash != nullptr) {
    hash->ForEach([&](const Hash::Field& each) { ReplyField(context.reply, each); });
  }
  return Ok();
}

// HKEYS and HVALS.
template <Element Hash::Field::*kPart>
Status HParts(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  const size_t size = hash == nullptr ? 0 : hash->size();
  context.reply.Array(size);
  if (hash != nullptr) {
    hash->ForEach([&](const Hash::Field& each) { context.reply.Bulk((each.*kPart).bytes()); });
  }
  return Ok();
}

Status HIncrBy(CommandContext& context) {
  int64_t delta = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &delta));
  KONTOR_ASSIGN_OR_RETURN(
      const int64_t number,
      verbs::HashIncrement(context.operation, context.argument(1), context.argument(2), delta));
  context.reply.Integer(number);
  return Ok();
}

Status HIncrByFloat(CommandContext& context) {
  long double delta = 0;
  KONTOR_RETURN_IF_ERROR(ParseFloatArgument(context.argument(3), &delta));
  KONTOR_ASSIGN_OR_RETURN(const std::string number,
                          verbs::HashIncrementFloat(context.operation, context.argument(1),
                                                    context.argument(2), delta));
  context.reply.Bulk(number);
  return Ok();
}

Status HScan(CommandContext& context) {
  return ScanCollection(
      context, 2, verbs::HashFind, [](const Hash::Field& each) { return each.field.bytes(); },
      [&](const Hash::Field& each) { ReplyField(context.reply, each); });
}

Status HRandField(CommandContext& context) {
  RandomCount wanted;
  if (context.size() > 2) {
    KONTOR_RETURN_IF_ERROR(
        ParseRandomCountArguments(context.arguments.subspan(2), "WITHVALUES", &wanted));
  }
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  const auto next_random = [&] { return context.engine->NextRandom(); };
  if (context.size() == 2) {
    std::optional<Element> field;
    if (hash != nullptr) field = hash->at(next_random() % hash->size()).field;
    ReplyBulkOrNull(context.reply, field);
    return Ok();
  }
  const std::vector<size_t> places =
      verbs::ChoosePlaces(hash == nullptr ? 0 : hash->size(), wanted.count, next_random);
  const bool pairs = wanted.with_values && context.reply.protocol() > 2;
  context.reply.Array(wanted.with_values && !pairs ? places.size() * 2 : places.size());
  for (const size_t place : places) {
    const Hash::Field chosen = hash->at(place);
    if (pairs) context.reply.Array(2);
    context.reply.Bulk(chosen.field.bytes());
    if (wanted.with_values) context.reply.Bulk(chosen.value.bytes());
  }
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kHashCommands[] = {
    {"HDEL", -3, kWrites, kFirst, HDel, "hash", "Removes fields.", "key field [field ...]"},
    {"HEXISTS", 3, kReads, kFirst, HExists, "hash", "Tells whether a field is there.", "key field"},
    {"HGET", 3, kReads, kFirst, HGet, "hash", "Answers the value of a field.", "key field"},
    {"HGETALL", 2, kReads, kFirst, HGetAll, "hash", "Answers all fields and values.", "key"},
    {"HINCRBY", 4, kGrows | kOneEffect, kFirst, HIncrBy, "hash", "Adds to the integer in a field.",
     "key field increment"},
    {"HINCRBYFLOAT", 4, kGrows, kFirst, HIncrByFloat, "hash", "Adds to the number in a field.",
     "key field float-increment"},
    {"HKEYS", 2, kReads, kFirst, HParts<&Hash::Field::field>, "hash", "Answers all fields.", "key"},
    {"HLEN", 2, kReads, kFirst, HLen, "hash", "Answers how many fields there are.", "key"},
    {"HMGET", -3, kReads, kFirst, HMGet, "hash", "Answers the values of some fields.",
     "key field [field ...]"},
    {"HMSET", -4, kGrows, kFirst, HMSet, "hash", "Sets fields; HSET tells more.",
     "key field value [field value ...]"},
    {"HRANDFIELD", -2, kReads, kFirst, HRandField, "hash",
     "Answers random fields; a negative count may repeat them.", "key [count [WITHVALUES]]"},
    {"HSCAN", -3, kReads, kFirst, HScan, "hash", "Walks over the fields, some at each call.",
     "key cursor [MATCH pattern] [COUNT count]"},
    {"HSET", -4, kGrows | kOneEffect, kFirst, HSet, "hash",
     "Sets fields; answers how many are new.", "key field value [field value ...]"},
    {"HSETNX", 4, kGrows | kOneEffect, kFirst, HSetNx, "hash",
     "Sets a field that is not there yet.", "key field value"},
    {"HSTRLEN", 3, kReads, kFirst, HStrLen, "hash", "Answers the length of a value.", "key field"},
    {"HVALS", 2, kReads, kFirst, HParts<&Hash::Field::value>, "hash", "Answers all values.", "key"},
};

}  // namespace

absl::Span<const Command> HashCommands() { return kHashCommands; }

}  // namespace kontor
