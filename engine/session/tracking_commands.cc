// CLIENT TRACKING: what a client may have in a cache of its own, and how it learns that it is not
// true any more (db/key_tracking.h).

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "db/engine.h"
#include "session/session.h"
#include "types/number.h"

namespace kontor {
namespace {

constexpr Bytes kChannel = "__redis__:invalidate";

// Whether one of them is the beginning of the other.
bool Overlap(Bytes a, Bytes b) {
  const size_t size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

Status Overlaps(Bytes prefix, const char* with_what, Bytes other) {
  return Status(Code::kInvalid, "Prefix '" + std::string(prefix) + "' overlaps with " + with_what +
                                    " prefix '" + std::string(other) +
                                    "'. Prefixes for a single client must not overlap.");
}

Status CannotSwitch(const char* what) {
  return Status(Code::kInvalid, std::string("You can't switch ") + what +
                                    " before disabling tracking for this client, and then "
                                    "re-enabling it with a different mode.");
}

// What a SELECT will do, if it does.
void NoteSelected(Bytes argument, uint32_t* database) {
  int64_t number = 0;
  if (ParseInteger(argument, &number) && number >= 0 && number < limits::kDatabases) {
    *database = static_cast<uint32_t>(number);
  }
}

}  // namespace

struct Session::TrackingOptions {
  std::shared_ptr<Client> target;
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;
  std::vector<Bytes> prefixes;
};

Status Session::ParseTracking(Arguments arguments, TrackingOptions* options) const {
  for (size_t i = 3; i < arguments.size(); ++i) {
    const bool more = i + 1 < arguments.size();
    if (IsKeyword(arguments[i], "REDIRECT") && more) {
      if (options->target != nullptr) {
        return Status(Code::kInvalid, "A client can only redirect to a single other client");
      }
      int64_t id = 0;
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(arguments[++i], &id));
      if (id > 0) options->target = engine_->clients()->Find(static_cast<uint64_t>(id));
      if (options->target == nullptr) {
        return Status(Code::kInvalid, "The client ID you want redirect to does not exist");
      }
    } else if (IsKeyword(arguments[i], "BCAST")) {
      options->broadcast = true;
    } else if (IsKeyword(arguments[i], "OPTIN")) {
      options->opt_in = true;
    } else if (IsKeyword(arguments[i], "OPTOUT")) {
      options->opt_out = true;
    } else if (IsKeyword(arguments[i], "NOLOOP")) {
      options->no_loop = true;
    } else if (IsKeyword(arguments[i], "PREFIX") && more) {
      options->prefixes.push_back(arguments[++i]);
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

// Against each other, and what was said before.
Status Session::CheckTracking(const TrackingOptions& options) const {
  if (!options.broadcast && !options.prefixes.empty()) {
    return Status(Code::kInvalid, "PREFIX option requires BCAST mode to be enabled");
  }
  if (tracking_ != nullptr && tracking_->broadcast() != options.broadcast) {
    return CannotSwitch("BCAST mode on/off");
  }
  if (options.broadcast && (options.opt_in || options.opt_out)) {
    return Status(Code::kInvalid, "OPTIN and OPTOUT are not compatible with BCAST");
  }
  if (options.opt_in && options.opt_out) {
    return Status(Code::kInvalid, "You can't specify both OPTIN mode and OPTOUT mode");
  }
  if ((options.opt_in && track_when_ == TrackReadsWhen::kNotAskedNotTo) ||
      (options.opt_out && track_when_ == TrackReadsWhen::kAskedFor)) {
    return CannotSwitch("OPTIN/OPTOUT mode");
  }
  const auto before = tracking_ == nullptr ? KeyTracking::Prefixes() : tracking_->prefixes();
  for (size_t i = 0; i < options.prefixes.size(); ++i) {
    const Bytes prefix = options.prefixes[i];
    for (const std::string& other : before) {
      if (Overlap(prefix, other)) return Overlaps(prefix, "an existing", other);
    }
    for (const Bytes other : absl::MakeConstSpan(options.prefixes).subspan(i + 1)) {
      if (Overlap(prefix, other)) return Overlaps(prefix, "another provided", other);
    }
  }
  return Ok();
}

Status Session::Tracking(Arguments arguments) {
  TrackingOptions options;
  KONTOR_RETURN_IF_ERROR(ParseTracking(arguments, &options));
  if (IsKeyword(arguments[2], "ON")) {
    KONTOR_RETURN_IF_ERROR(CheckTracking(options));
    StartTracking(options);
  } else if (IsKeyword(arguments[2], "OFF")) {
    StopTracking();
  } else {
    return SyntaxError();
  }
  writer_.Ok();
  return Ok();
}

void Session::StartTracking(const TrackingOptions& options) {
  if (tracking_ == nullptr) {
    auto tracking = std::make_shared<KeyTracking>(engine_->core(), engine_->clients(), client_,
                                                  options.broadcast);
    client_->AddFeed(tracking);
    tracking_ = std::move(tracking);
  }
  const std::shared_ptr<Client> before = tracking_->target();
  if (before != nullptr && before != client_) before->RemoveFeed(tracking_);
  tracking_->Configure(options.target, options.no_loop, options.prefixes);
  if (options.target != nullptr && options.target != client_) options.target->AddFeed(tracking_);
  track_when_ = options.opt_in    ? TrackReadsWhen::kAskedFor
                : options.opt_out ? TrackReadsWhen::kNotAskedNotTo
                                  : TrackReadsWhen::kAlways;
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const uint32_t mark = options.broadcast ? kMarkTracking | kMarkBroadcast : kMarkTracking;
  client_->marks.fetch_and(~kMarksOfTracking, kRelaxed);
  client_->marks.fetch_or(mark, kRelaxed);
  const uint64_t id = options.target == nullptr ? 0 : options.target->id;
  client_->redirect.store(static_cast<int64_t>(id), kRelaxed);
}

void Session::StopTracking() {
  if (tracking_ == nullptr) return;
  const std::shared_ptr<Client> target = tracking_->target();
  if (target != nullptr && target != client_) target->RemoveFeed(tracking_);
  client_->RemoveFeed(tracking_);
  tracking_.reset();
  track_when_ = TrackReadsWhen::kAlways;
  caching_said_ = false;
  client_->marks.fetch_and(~kMarksOfTracking, std::memory_order_relaxed);
  client_->redirect.store(-1, std::memory_order_relaxed);
}

Status Session::Caching(Arguments arguments) {
  if (tracking_ == nullptr) {
    return Status(Code::kInvalid,
                  "CLIENT CACHING can be called only when the client is in tracking mode with "
                  "OPTIN or OPTOUT mode enabled");
  }
  const bool yes = IsKeyword(arguments[2], "YES");
  if (!yes && !IsKeyword(arguments[2], "NO")) return SyntaxError();
  if (yes && track_when_ != TrackReadsWhen::kAskedFor) {
    return Status(Code::kInvalid,
                  "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (!yes && track_when_ != TrackReadsWhen::kNotAskedNotTo) {
    return Status(Code::kInvalid,
                  "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  caching_said_ = true;
  writer_.Ok();
  return Ok();
}

// What was said holds for the next command, or the next transaction.
void Session::ForgetCaching(const Command* ran) {
  const bool holds = multi_.open() || (ran != nullptr && ran->name.substr(0, 7) == "CLIENT|");
  if (!holds) caching_said_ = false;
}

void Session::GetRedirect(Arguments /*arguments*/) {
  writer_.Integer(client_->redirect.load(std::memory_order_relaxed));
}

void Session::TrackingInfo(Arguments arguments) {
  const uint32_t marks = client_->marks.load(std::memory_order_relaxed);
  std::vector<Bytes> flags = {tracking_ != nullptr ? "on" : "off"};
  if ((marks & kMarkBroadcast) != 0) flags.push_back("bcast");
  if (track_when_ == TrackReadsWhen::kAskedFor) {
    flags.push_back("optin");
    if (caching_said_) flags.push_back("caching-yes");
  }
  if (track_when_ == TrackReadsWhen::kNotAskedNotTo) {
    flags.push_back("optout");
    if (caching_said_) flags.push_back("caching-no");
  }
  if (tracking_ != nullptr && tracking_->no_loop()) flags.push_back("noloop");
  if ((marks & kMarkBrokenRedirect) != 0) flags.push_back("broken_redirect");
  writer_.Map(3);
  writer_.Bulk("flags");
  writer_.Set(flags.size());
  for (const Bytes flag : flags) writer_.Bulk(flag);
  writer_.Bulk("redirect");
  GetRedirect(arguments);
  const auto prefixes = tracking_ == nullptr ? KeyTracking::Prefixes() : tracking_->prefixes();
  writer_.Bulk("prefixes");
  writer_.Array(prefixes.size());
  for (const std::string& prefix : prefixes) writer_.Bulk(prefix);
}

// An EXEC reads what the commands read that are queued.
Status Session::TrackReads(const Command& command, Arguments arguments) {
  const bool wanted = track_when_ == TrackReadsWhen::kAlways ||
                      (track_when_ == TrackReadsWhen::kAskedFor) == caching_said_;
  if (!wanted || tracking_->broadcast()) return Ok();
  if (multi_.open() && command.name == "EXEC") {
    uint32_t database = selected_database_;
    for (const Multi::Queued& queued : multi_.commands()) {
      const std::vector<Bytes> queued_arguments = queued.arguments();
      if (queued.command->name == "SELECT") NoteSelected(queued_arguments[1], &database);
      KONTOR_RETURN_IF_ERROR(TrackKeys(*queued.command, queued_arguments, database));
    }
    return Ok();
  }
  return TrackKeys(command, arguments, selected_database_);
}

Status Session::TrackKeys(const Command& command, Arguments arguments, uint32_t database) {
  if ((command.flags & kReads) == 0 || (command.flags & (kWrites | kNeedsSession)) != 0) {
    return Ok();
  }
  return tracking_->Track(database, KeysOf(command, arguments));
}

void Session::DrainInvalidations() {
  if (!client_->invalidated.load(std::memory_order_relaxed) || unread() > UnreadLimit()) return;
  client_->invalidated.exchange(false, std::memory_order_acquire);
  for (const auto& tracking : client_->feeds()) PassOn(tracking.get());
}

void Session::PassOn(KeyTracking* tracking) {
  const std::shared_ptr<Client> target = tracking->target();
  if (target == nullptr || target == client_) {
    return WriteInvalidations(*tracking, tracking->Take());
  }
  if (!target->gone() || !tracking->Take().any()) return;
  client_->marks.fetch_or(kMarkBrokenRedirect, std::memory_order_relaxed);
  if (writer_.protocol() == 2) return;
  writer_.Push(2);
  writer_.Bulk("tracking-redir-broken");
  writer_.Integer(static_cast<int64_t>(target->id));
}

bool Session::BeginInvalidation(bool redirected) {
  if (writer_.protocol() > 2) {
    writer_.Push(2);
    writer_.Bulk("invalidate");
    return true;
  }
  if (!redirected || !subscribed()) return false;
  writer_.Array(3);
  writer_.Bulk("message");
  writer_.Bulk(kChannel);
  return true;
}

// One by one, or, of those that have one prefix, all together.
void Session::WriteInvalidations(const KeyTracking& tracking,
                                 const KeyTracking::Invalidations& invalidations) {
  const bool redirected = tracking.target() != nullptr;
  if (invalidations.everything) {
    if (BeginInvalidation(redirected)) writer_.Null();
    return;
  }
  if (!tracking.broadcast()) {
    for (const auto& [database, key] : invalidations.keys) {
      if (!BeginInvalidation(redirected)) return;
      writer_.Array(1);
      writer_.Bulk(key);
    }
    return;
  }
  for (const std::string& prefix : tracking.prefixes()) {
    std::vector<Bytes> keys;
    for (const auto& [database, key] : invalidations.keys) {
      if (Bytes(key).substr(0, prefix.size()) == prefix) keys.push_back(key);
    }
    if (keys.empty() || !BeginInvalidation(redirected)) continue;
    writer_.Array(keys.size());
    for (const Bytes key : keys) writer_.Bulk(key);
  }
}

}  // namespace kontor
