#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "types/geohash.h"
#include "verbs/geo.h"
#include "verbs/keys.h"
#include "verbs/sorted_sets.h"

namespace kontor {
namespace {

using verbs::GeoMatch;
using verbs::GeoOrder;

// ---- Arguments ----

Status ParsePoint(Arguments arguments, GeoPoint* point) {
  constexpr Bytes kNoNumber = "value is not a valid float";
  KONTOR_RETURN_IF_ERROR(ParseDoubleArgument(arguments[0], kNoNumber, &point->longitude));
  KONTOR_RETURN_IF_ERROR(ParseDoubleArgument(arguments[1], kNoNumber, &point->latitude));
  if (HasGeohash(*point)) return Ok();
  std::array<char, 700> text{};  // two of the longest doubles fit
  std::snprintf(text.data(), text.size(), "invalid longitude,latitude pair %f,%f", point->longitude,
                point->latitude);
  return Status(Code::kOutOfRange, text.data());
}

Status ParseUnit(Bytes argument, double* meters) {
  if (IsKeyword(argument, "M")) {
    *meters = 1;
  } else if (IsKeyword(argument, "KM")) {
    *meters = 1000;
  } else if (IsKeyword(argument, "FT")) {
    *meters = 0.3048;
  } else if (IsKeyword(argument, "MI")) {
    *meters = 1609.34;
  } else {
    return Status(Code::kInvalid, "unsupported unit provided. please use M, KM, FT, MI");
  }
  return Ok();
}

// What GEOSEARCH and its kin are asked.
struct GeoQuery {
  GeoShape shape;
  double unit_m = 1;
  verbs::GeoSearchOptions options;
  bool with_distance = false;
  bool with_hash = false;
  bool with_coordinates = false;
  std::optional<Bytes> target;  // where the result is stored
  bool stores_distances = false;
  Bytes stored_event = "georadiusstore";
};

// "radius unit"
Status ParseCircle(Arguments arguments, GeoQuery* query) {
  double radius = 0;
  KONTOR_RETURN_IF_ERROR(ParseDoubleArgument(arguments[0], "need numeric radius", &radius));
  if (radius < 0) return Status(Code::kOutOfRange, "radius cannot be negative");
  KONTOR_RETURN_IF_ERROR(ParseUnit(arguments[1], &query->unit_m));
  query->shape.is_box = false;
  query->shape.radius_m = radius * query->unit_m;
  return Ok();
}

// "width height unit"
Status ParseBox(Arguments arguments, GeoQuery* query) {
  double width = 0;
  double height = 0;
  KONTOR_RETURN_IF_ERROR(ParseDoubleArgument(arguments[0], "need numeric width", &width));
  KONTOR_RETURN_IF_ERROR(ParseDoubleArgument(arguments[1], "need numeric height", &height));
  if (height < 0 || width < 0) {
    return Status(Code::kOutOfRange, "height or width cannot be negative");
  }
  KONTOR_RETURN_IF_ERROR(ParseUnit(arguments[2], &query->unit_m));
  query->shape.is_box = true;
  query->shape.width_m = width * query->unit_m;
  query->shape.height_m = height * query->unit_m;
  return Ok();
}

// The center is where a member is. Without a set there is nothing to find, but options to read.
Status ParseMember(const SortedSet* set, Bytes member, GeoQuery* query) {
  if (set == nullptr) return Ok();
  const std::optional<GeoPoint> center = verbs::GeoPosition(set, member);
  if (!center.has_value()) {
    return Status(Code::kInvalid, "could not decode requested zset member");
  }
  query->shape.center = *center;
  return Ok();
}

// The options that all searches have. *taken is how many arguments it was; 0 if it is another.
Status ParseCommonOption(Arguments left, GeoQuery* query, size_t* taken) {
  const Bytes option = left[0];
  *taken = 1;
  if (IsKeyword(option, "WITHDIST")) {
    query->with_distance = true;
  } else if (IsKeyword(option, "WITHHASH")) {
    query->with_hash = true;
  } else if (IsKeyword(option, "WITHCOORD")) {
    query->with_coordinates = true;
  } else if (IsKeyword(option, "ANY")) {
    query->options.any = true;
  } else if (IsKeyword(option, "ASC")) {
    query->options.order = GeoOrder::kNearestFirst;
  } else if (IsKeyword(option, "DESC")) {
    query->options.order = GeoOrder::kFarthestFirst;
  } else if (IsKeyword(option, "COUNT") && left.size() > 1) {
    int64_t count = 0;
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(left[1], &count));
    if (count <= 0) return Status(Code::kOutOfRange, "COUNT must be > 0");
    query->options.count = static_cast<uint64_t>(count);
    *taken = 2;
  } else {
    *taken = 0;
  }
  return Ok();
}

Status CheckQuery(const GeoQuery& query, Bytes what_stores) {
  if (query.target.has_value() &&
      (query.with_distance || query.with_hash || query.with_coordinates)) {
    return Status(Code::kInvalid,
                  std::string(what_stores) +
                      " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
  }
  return Ok();
}

Status CheckAny(const GeoQuery& query) {
  if (!query.options.any || query.options.count != 0) return Ok();
  return Status(Code::kInvalid, "the ANY argument requires COUNT argument");
}

// Of GEORADIUS and GEORADIUSBYMEMBER.
Status ParseRadiusOptions(Arguments left, bool may_store, GeoQuery* query) {
  while (!left.empty()) {
    size_t taken = 0;
    KONTOR_RETURN_IF_ERROR(ParseCommonOption(left, query, &taken));
    if (taken == 0) {
      const bool distances = IsKeyword(left[0], "STOREDIST");
      if (!may_store || left.size() < 2 || !(distances || IsKeyword(left[0], "STORE"))) {
        return SyntaxError();
      }
      query->target = left[1];
      query->stores_distances = distances;
      taken = 2;
    }
    left.remove_prefix(taken);
  }
  KONTOR_RETURN_IF_ERROR(CheckQuery(*query, "STORE option in GEORADIUS"));
  return CheckAny(*query);
}

// Which of the options that choose the shape of GEOSEARCH were there.
struct ShapeChosen {
  bool by_member = false;
  bool by_point = false;
  bool by_radius = false;
  bool by_box = false;
};

Status ParseShapeOption(Arguments left, const SortedSet* set, ShapeChosen* chosen, GeoQuery* query,
                        size_t* taken) {
  const Bytes option = left[0];
  const Arguments values = left.subspan(1);
  if (IsKeyword(option, "FROMMEMBER") && !values.empty() && !chosen->by_point) {
    chosen->by_member = true;
    *taken = 2;
    return ParseMember(set, values[0], query);
  }
  if (IsKeyword(option, "FROMLONLAT") && values.size() > 1 && !chosen->by_member) {
    chosen->by_point = true;
    *taken = 3;
    return ParsePoint(values, &query->shape.center);
  }
  if (IsKeyword(option, "BYRADIUS") && values.size() > 1 && !chosen->by_box) {
    chosen->by_radius = true;
    *taken = 3;
    return ParseCircle(values, query);
  }
  if (IsKeyword(option, "BYBOX") && values.size() > 2 && !chosen->by_radius) {
    chosen->by_box = true;
    *taken = 4;
    return ParseBox(values, query);
  }
  if (IsKeyword(option, "STOREDIST") && query->target.has_value()) {
    query->stores_distances = true;
    *taken = 1;
    return Ok();
  }
  return SyntaxError();
}

// Of GEOSEARCH, and of GEOSEARCHSTORE, whose target is set.
Status ParseSearchOptions(Bytes command, Arguments left, const SortedSet* set, GeoQuery* query) {
  ShapeChosen chosen;
  while (!left.empty()) {
    size_t taken = 0;
    KONTOR_RETURN_IF_ERROR(ParseCommonOption(left, query, &taken));
    if (taken == 0) {
      KONTOR_RETURN_IF_ERROR(ParseShapeOption(left, set, &chosen, query, &taken));
    }
    left.remove_prefix(taken);
  }
  KONTOR_RETURN_IF_ERROR(CheckQuery(*query, "GEOSEARCHSTORE"));
  const std::string name(command);
  if (!chosen.by_member && !chosen.by_point) {
    return Status(Code::kInvalid,
                  "exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name);
  }
  if (!chosen.by_radius && !chosen.by_box) {
    return Status(Code::kInvalid, "exactly one of BYRADIUS and BYBOX can be specified for " + name);
  }
  return CheckAny(*query);
}

// ---- Replies ----

// Four digits after the point are a tenth of a millimeter.
void ReplyDistance(ReplySink& reply, double distance) {
  std::array<char, 330> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.4f", distance);
  reply.Bulk(Bytes(text.data(), static_cast<size_t>(length)));
}

void ReplyPoint(ReplySink& reply, const GeoPoint& point) {
  reply.Array(2);
  reply.LongDouble(point.longitude);
  reply.LongDouble(point.latitude);
}

void ReplyMatches(ReplySink& reply, const std::vector<GeoMatch>& matches, const GeoQuery& query) {
  const int details = query.with_distance + query.with_hash + query.with_coordinates;
  reply.Array(matches.size());
  for (const GeoMatch& match : matches) {
    if (details > 0) reply.Array(static_cast<uint64_t>(details) + 1);
    reply.Bulk(match.member.member.bytes());
    if (query.with_distance) ReplyDistance(reply, match.distance_m / query.unit_m);
    if (query.with_hash) reply.Integer(static_cast<int64_t>(match.member.score));
    if (query.with_coordinates) ReplyPoint(reply, match.position);
  }
}

// Stores or replies. No set is an empty one.
Status Search(CommandContext& context, const SortedSet* set, const GeoQuery& query) {
  std::vector<GeoMatch> matches;
  if (set != nullptr) matches = verbs::GeoSearch(*set, query.shape, query.options);
  if (!query.target.has_value()) {
    ReplyMatches(context.reply, matches, query);
    return Ok();
  }
  SortedSet stored;  // the target may be the source
  for (const GeoMatch& match : matches) {
    const double distance = match.distance_m / query.unit_m;
    stored.Set(match.member.member.bytes(), query.stores_distances ? distance : match.member.score);
  }
  KONTOR_RETURN_IF_ERROR(
      verbs::SortedSetStore(context.operation, *query.target, stored, query.stored_event));
  context.reply.Integer(static_cast<int64_t>(matches.size()));
  return Ok();
}

// ---- Commands ----

Status GeoAdd(CommandContext& context) {
  verbs::ScoreConditions conditions;
  bool counts_updated = false;
  Arguments left = context.arguments.subspan(2);
  for (; !left.empty(); left.remove_prefix(1)) {
    bool* const set = IsKeyword(left[0], "NX")   ? &conditions.if_absent
                      : IsKeyword(left[0], "XX") ? &conditions.if_present
                      : IsKeyword(left[0], "CH") ? &counts_updated
                                                 : nullptr;
    if (set == nullptr) break;
    *set = true;
  }
  if (left.empty() || left.size() % 3 != 0 || (conditions.if_absent && conditions.if_present)) {
    return SyntaxError();
  }
  std::vector<verbs::ScoredMember> members;
  for (; !left.empty(); left.remove_prefix(3)) {
    GeoPoint point;
    KONTOR_RETURN_IF_ERROR(ParsePoint(left, &point));
    members.push_back({left[2], static_cast<double>(GeohashOf(point))});
  }
  KONTOR_ASSIGN_OR_RETURN(
      const verbs::ScoresSet done,
      verbs::SortedSetAdd(context.operation, context.argument(1), members, conditions));
  context.reply.Integer(
      static_cast<int64_t>(done.added + (counts_updated ? done.updated : uint64_t{0})));
  return Ok();
}

// Replies for each member that is asked for.
template <typename Reply>
Status ReplyForMembers(CommandContext& context, Reply reply) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  const Arguments members = context.arguments.subspan(2);
  context.reply.Array(members.size());
  for (const Bytes member : members) reply(verbs::GeoPosition(set, member));
  return Ok();
}

Status GeoHash(CommandContext& context) {
  return ReplyForMembers(context, [&](const std::optional<GeoPoint>& point) {
    point.has_value() ? context.reply.Bulk(GeohashText(*point)) : context.reply.Null();
  });
}

Status GeoPos(CommandContext& context) {
  return ReplyForMembers(context, [&](const std::optional<GeoPoint>& point) {
    point.has_value() ? ReplyPoint(context.reply, *point) : context.reply.NullArray();
  });
}

Status GeoDist(CommandContext& context) {
  double unit_m = 1;
  if (context.size() > 5) return SyntaxError();
  if (context.size() == 5) KONTOR_RETURN_IF_ERROR(ParseUnit(context.argument(4), &unit_m));
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  const auto from = verbs::GeoPosition(set, context.argument(2));
  const auto to = verbs::GeoPosition(set, context.argument(3));
  if (from.has_value() && to.has_value()) {
    ReplyDistance(context.reply, MetersBetween(*from, *to) / unit_m);
  } else {
    context.reply.Null();
  }
  return Ok();
}

template <bool kMayStore>
Status GeoRadius(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  GeoQuery query;
  KONTOR_RETURN_IF_ERROR(ParsePoint(context.arguments.subspan(2), &query.shape.center));
  KONTOR_RETURN_IF_ERROR(ParseCircle(context.arguments.subspan(4), &query));
  KONTOR_RETURN_IF_ERROR(ParseRadiusOptions(context.arguments.subspan(6), kMayStore, &query));
  return Search(context, set, query);
}

template <bool kMayStore>
Status GeoRadiusByMember(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  GeoQuery query;
  if (set != nullptr) {  // as Redis does: without a key the radius is not looked at
    KONTOR_RETURN_IF_ERROR(ParseMember(set, context.argument(2), &query));
    KONTOR_RETURN_IF_ERROR(ParseCircle(context.arguments.subspan(3), &query));
  }
  KONTOR_RETURN_IF_ERROR(ParseRadiusOptions(context.arguments.subspan(5), kMayStore, &query));
  return Search(context, set, query);
}

Status GeoSearchMembers(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  GeoQuery query;
  KONTOR_RETURN_IF_ERROR(
      ParseSearchOptions(context.argument(0), context.arguments.subspan(2), set, &query));
  return Search(context, set, query);
}

Status GeoSearchStore(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(2)));
  GeoQuery query;
  query.target = context.argument(1);
  query.stored_event = "geosearchstore";
  KONTOR_RETURN_IF_ERROR(
      ParseSearchOptions(context.argument(0), context.arguments.subspan(3), set, &query));
  return Search(context, set, query);
}

// What follows STORE and STOREDIST, wherever they stand.
void AppendTargets(Arguments arguments, std::vector<Bytes>* keys) {
  for (size_t i = 2; i + 1 < arguments.size(); ++i) {
    if (IsKeyword(arguments[i], "STORE") || IsKeyword(arguments[i], "STOREDIST")) {
      keys->push_back(arguments[i + 1]);
    }
  }
}

Access RadiusAccess(Arguments arguments) {
  std::vector<Bytes> targets;
  AppendTargets(arguments, &targets);
  return targets.empty() ? Access::kRead : Access::kWrite;
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kFirstTwo = {.first = 1, .last = 2};

constexpr Command kCommands[] = {
    {"GEOADD", -5, kGrows, kFirst, GeoAdd, "geo", "Sets where members are on the earth.",
     "key [NX|XX] [CH] longitude latitude member [longitude latitude member ...]"},
    {"GEODIST", -4, kReads, kFirst, GeoDist, "geo", "Answers how far two members are apart.",
     "key member member [M|KM|FT|MI]"},
    {"GEOHASH", -2, kReads, kFirst, GeoHash, "geo",
     "Answers the positions of members as geohashes.", "key [member [member ...]]"},
    {"GEOPOS", -2, kReads, kFirst, GeoPos, "geo",
     "Answers the longitudes and latitudes of members.", "key [member [member ...]]"},
    {"GEORADIUS", -6, kReads | kGrows, kFirst, GeoRadius<true>, "geo",
     "Answers or stores the members around a point.",
     "key longitude latitude radius M|KM|FT|MI [WITHCOORD] [WITHDIST] [WITHHASH] "
     "[COUNT count [ANY]] [ASC|DESC] [STORE key | STOREDIST key]",
     RadiusAccess, AppendTargets},
    {"GEORADIUSBYMEMBER", -5, kReads | kGrows, kFirst, GeoRadiusByMember<true>, "geo",
     "Answers or stores the members around a member.",
     "key member radius M|KM|FT|MI [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] "
     "[ASC|DESC] [STORE key | STOREDIST key]",
     RadiusAccess, AppendTargets},
    {"GEORADIUSBYMEMBER_RO", -5, kReads, kFirst, GeoRadiusByMember<false>, "geo",
     "Answers the members around a member.",
     "key member radius M|KM|FT|MI [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] "
     "[ASC|DESC]"},
    {"GEORADIUS_RO", -6, kReads, kFirst, GeoRadius<false>, "geo",
     "Answers the members around a point.",
     "key longitude latitude radius M|KM|FT|MI [WITHCOORD] [WITHDIST] [WITHHASH] "
     "[COUNT count [ANY]] [ASC|DESC]"},
    {"GEOSEARCH", -7, kReads, kFirst, GeoSearchMembers, "geo",
     "Answers the members inside a circle or a box.",
     "key <FROMMEMBER member | FROMLONLAT longitude latitude> "
     "<BYRADIUS radius M|KM|FT|MI | BYBOX width height M|KM|FT|MI> [ASC|DESC] [COUNT count [ANY]] "
     "[WITHCOORD] [WITHDIST] [WITHHASH]"},
    {"GEOSEARCHSTORE", -8, kGrows, kFirstTwo, GeoSearchStore, "geo",
     "Stores the members inside a circle or a box.",
     "destination source <FROMMEMBER member | FROMLONLAT longitude latitude> "
     "<BYRADIUS radius M|KM|FT|MI | BYBOX width height M|KM|FT|MI> [ASC|DESC] [COUNT count [ANY]] "
     "[STOREDIST]"},
};

}  // namespace

absl::Span<const Command> GeoCommands() { return kCommands; }

}  // namespace kontor
