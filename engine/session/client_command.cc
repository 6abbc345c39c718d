// AUTH, HELLO and CLIENT: who is at the other end, and who else is connected.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/letter_case.h"
#include "command/arguments.h"
#include "db/engine.h"
#include "session/session.h"

namespace kontor {
namespace {

constexpr Bytes kDefaultUser = "default";
// What clients are told that look for what a server can do.
constexpr Bytes kRedisVersion = "7.2.0";

// Takes as long whatever is wrong.
bool SamePassword(Bytes given, Bytes password) {
  uint8_t difference = given.size() == password.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |=
        static_cast<uint8_t>(given[i] ^ password[password.empty() ? 0 : i % password.size()]);
  }
  return difference == 0;
}

// Of names that are told in a line of others.
Status CheckPrintable(Bytes text, const char* what) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
  if (printable) return Ok();
  return Status(Code::kInvalid,
                std::string(what) + " cannot contain spaces, newlines or special characters.");
}

bool IsPubSub(const Client& client) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  return client.channels.load(kRelaxed) + client.patterns.load(kRelaxed) +
             client.shard_channels.load(kRelaxed) >
         0;
}

// In the order of Redis.
constexpr std::pair<ClientMark, char> kMarkLetters[] = {
    {kMarkTracking, 't'}, {kMarkBrokenRedirect, 'R'}, {kMarkBroadcast, 'B'},
    {kMarkNoEvict, 'e'},  {kMarkNoTouch, 'T'},
};

std::string Describe(const Client& client, int64_t now_ms) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const ClientNames names = client.names();
  std::string flags;
  if (IsPubSub(client)) flags += 'P';
  if (client.queued.load(kRelaxed) >= 0) flags += 'x';
  if (client.blocked.load(kRelaxed) || client.postponed.load(kRelaxed)) flags += 'b';
  const uint32_t marks = client.marks.load(kRelaxed);
  for (const auto& [mark, letter] : kMarkLetters) {
    if ((marks & mark) != 0) flags += letter;
  }
  if (flags.empty()) flags = "N";
  std::string line;
  const auto tell = [&line](const char* name, const auto& value) {
    if (!line.empty()) line += ' ';
    line.append(name).append("=");
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) {
      line += std::to_string(value);
    } else {
      line += value;
    }
  };
  tell("id", client.id);
  tell("addr", names.address);
  tell("laddr", names.local_address);
  tell("name", names.name);
  tell("age", (now_ms - client.connected_at_ms) / 1000);
  tell("idle", (now_ms - client.last_active_ms.load(kRelaxed)) / 1000);
  tell("flags", flags);
  tell("db", client.database.load(kRelaxed));
  tell("sub", client.channels.load(kRelaxed));
  tell("psub", client.patterns.load(kRelaxed));
  tell("ssub", client.shard_channels.load(kRelaxed));
  tell("multi", client.queued.load(kRelaxed));
  tell("watch", client.watched.load(kRelaxed));
  tell("cmd", ToLowerCase(client.last_command.load(kRelaxed)));
  tell("user", std::string(kDefaultUser));
  tell("redir", client.redirect.load(kRelaxed));
  tell("resp", client.protocol.load(kRelaxed));
  tell("lib-name", names.library_name);
  tell("lib-ver", names.library_version);
  return line + "\n";
}

// Which clients CLIENT KILL or CLIENT LIST mean.
struct ClientFilter {
  std::vector<uint64_t> ids;
  std::optional<Bytes> address;
  std::optional<Bytes> local_address;
  std::optional<bool> pubsub;
  bool skip_me = false;

  bool Selects(const Client& client) const {
    const ClientNames names = client.names();
    if (!ids.empty() && std::find(ids.begin(), ids.end(), client.id) == ids.end()) return false;
    if (address.has_value() && *address != names.address) return false;
    if (local_address.has_value() && *local_address != names.local_address) return false;
    return !pubsub.has_value() || *pubsub == IsPubSub(client);
  }
};

Status ParseType(Bytes text, std::optional<bool>* pubsub) {
  if (IsKeyword(text, "NORMAL")) {
    *pubsub = false;
  } else if (IsKeyword(text, "PUBSUB")) {
    *pubsub = true;
  } else if (!IsKeyword(text, "MASTER") && !IsKeyword(text, "REPLICA") &&
             !IsKeyword(text, "SLAVE")) {
    return Status(Code::kInvalid, "Unknown client type '" + std::string(text) + "'");
  }
  return Ok();
}

Status ParseYesOrNo(Bytes text, bool* yes) {
  *yes = IsKeyword(text, "YES");
  return *yes || IsKeyword(text, "NO") ? Ok() : SyntaxError();
}

Status ParseKillFilter(Arguments options, ClientFilter* filter) {
  filter->skip_me = true;
  for (size_t i = 0; i < options.size(); i += 2) {
    if (i + 1 == options.size()) return SyntaxError();
    const Bytes value = options[i + 1];
    if (IsKeyword(options[i], "ID")) {
      int64_t id = 0;
      KONTOR_RETURN_IF_ERROR(
          ParseIntegerArgument(value, 1, INT64_MAX, "client-id should be greater than 0", &id));
      filter->ids.push_back(static_cast<uint64_t>(id));
    } else if (IsKeyword(options[i], "TYPE")) {
      KONTOR_RETURN_IF_ERROR(ParseType(value, &filter->pubsub));
    } else if (IsKeyword(options[i], "ADDR")) {
      filter->address = value;
    } else if (IsKeyword(options[i], "LADDR")) {
      filter->local_address = value;
    } else if (IsKeyword(options[i], "USER")) {
      if (value != kDefaultUser) {
        return Status(Code::kInvalid, "No such user '" + std::string(value) + "'");
      }
    } else if (IsKeyword(options[i], "SKIPME")) {
      KONTOR_RETURN_IF_ERROR(ParseYesOrNo(value, &filter->skip_me));
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

}  // namespace

// ---- AUTH and HELLO ----

Status Session::Authenticate(Bytes user, Bytes password) {
  const bool right = user == kDefaultUser &&
                     (options_.password.empty() || SamePassword(password, options_.password));
  if (!right) {
    return Status(Code::kInvalid, "WRONGPASS invalid username-password pair or user is disabled.");
  }
  SetAuthenticated(true);
  return Ok();
}

void Session::Auth(Arguments arguments) {
  if (arguments.size() > 3) return Reply(SyntaxError());
  if (arguments.size() == 2 && options_.password.empty()) {
    return Reply(Status(Code::kInvalid,
                        "AUTH <password> called without any password configured for the default "
                        "user. Are you sure your configuration is correct?"));
  }
  const Status status = arguments.size() == 2 ? Authenticate(kDefaultUser, arguments[1])
                                              : Authenticate(arguments[1], arguments[2]);
  status.ok() ? writer_.Ok() : Reply(status);
}

Status Session::ParseHello(Arguments arguments, uint32_t* protocol,
                           std::optional<std::string>* name) {
  if (arguments.size() > 1) {
    int64_t version = 0;
    KONTOR_RETURN_IF_ERROR(
        ParseIntegerArgument(arguments[1], INT64_MIN, INT64_MAX,
                             "Protocol version is not an integer or out of range", &version));
    if (version != 2 && version != 3) {
      return Status(Code::kInvalid, "NOPROTO unsupported protocol version");
    }
    *protocol = static_cast<uint32_t>(version);
  }
  for (size_t i = 2; i < arguments.size(); ++i) {
    const size_t more = arguments.size() - 1 - i;
    if (IsKeyword(arguments[i], "AUTH") && more >= 2) {
      KONTOR_RETURN_IF_ERROR(Authenticate(arguments[i + 1], arguments[i + 2]));
      i += 2;
    } else if (IsKeyword(arguments[i], "SETNAME") && more >= 1) {
      KONTOR_RETURN_IF_ERROR(CheckPrintable(arguments[i + 1], "Client names"));
      *name = std::string(arguments[++i]);
    } else {
      return Status(Code::kInvalid,
                    "Syntax error in HELLO option '" + std::string(arguments[i]) + "'");
    }
  }
  if (authenticated_) return Ok();
  return Status(
      Code::kInvalid,
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the "
      "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and "
      "select the RESP protocol version at the same time");
}

void Session::Hello(Arguments arguments) {
  uint32_t protocol = writer_.protocol();
  std::optional<std::string> name;
  if (const Status parsed = ParseHello(arguments, &protocol, &name); !parsed.ok()) {
    return Reply(parsed);
  }
  if (name.has_value()) {
    client_->ChangeNames([&](ClientNames* names) { names->name = *name; });
  }
  writer_.set_protocol(protocol);
  ReplyToHello();
}

void Session::ReplyToHello() {
  const auto tell = [this](Bytes name, Bytes value) {
    writer_.Bulk(name);
    writer_.Bulk(value);
  };
  writer_.Map(7);
  tell("server", "redis");
  tell("version", kRedisVersion);
  writer_.Bulk("proto");
  writer_.Integer(writer_.protocol());
  writer_.Bulk("id");
  writer_.Integer(static_cast<int64_t>(client_->id));
  tell("mode", "standalone");
  tell("role", "master");
  writer_.Bulk("modules");
  writer_.Array(0);
}

// ---- ACL ----

// A password is not told, nor what it hashes to.
void Session::AclList(Arguments /*arguments*/) {
  writer_.Array(1);
  writer_.Bulk(options_.password.empty() ? "user default on nopass sanitize-payload ~* &* +@all"
                                         : "user default on sanitize-payload ~* &* +@all");
}

void Session::AclGetUser(Arguments arguments) {
  if (arguments[2] != kDefaultUser) return writer_.Null();
  const auto tell = [this](Bytes name, Bytes value) {
    writer_.Bulk(name);
    writer_.Bulk(value);
  };
  writer_.Map(6);
  writer_.Bulk("flags");
  writer_.Set(options_.password.empty() ? 3 : 2);
  writer_.Bulk("on");
  if (options_.password.empty()) writer_.Bulk("nopass");
  writer_.Bulk("sanitize-payload");
  writer_.Bulk("passwords");
  writer_.Array(0);
  tell("commands", "+@all");
  tell("keys", "~*");
  tell("channels", "&*");
  writer_.Bulk("selectors");
  writer_.Array(0);
}

// ---- CLIENT ----

Status Session::SetName(Arguments arguments) {
  KONTOR_RETURN_IF_ERROR(CheckPrintable(arguments[2], "Client names"));
  client_->ChangeNames([&](ClientNames* names) { names->name = arguments[2]; });
  writer_.Ok();
  return Ok();
}

Status Session::SetInfo(Arguments arguments) {
  const bool is_name = IsKeyword(arguments[2], "LIB-NAME");
  if (!is_name && !IsKeyword(arguments[2], "LIB-VER")) {
    return Status(Code::kInvalid, "Unrecognized option '" + std::string(arguments[2]) + "'");
  }
  KONTOR_RETURN_IF_ERROR(CheckPrintable(arguments[3], is_name ? "lib-name" : "lib-ver"));
  client_->ChangeNames([&](ClientNames* names) {
    (is_name ? names->library_name : names->library_version) = arguments[3];
  });
  writer_.Ok();
  return Ok();
}

Status Session::Kill(Arguments arguments) {
  ClientFilter filter;
  const bool old_form = arguments.size() == 3;
  if (old_form) {
    filter.address = arguments[2];
  } else {
    KONTOR_RETURN_IF_ERROR(ParseKillFilter(arguments.subspan(2), &filter));
  }
  NoteState();
  int64_t killed = 0;
  bool killed_itself = false;
  for (const auto& client : engine_->clients()->All()) {
    if (!filter.Selects(*client) || (filter.skip_me && client == client_)) continue;
    ++killed;
    killed_itself |= client == client_;
    if (client != client_) client->Kill();
  }
  if (old_form && killed == 0) return Status(Code::kNotFound, "No such client");
  old_form ? writer_.Ok() : writer_.Integer(killed);
  if (killed_itself) End();
  return Ok();
}

Status Session::List(Arguments arguments) {
  ClientFilter filter;
  if (arguments.size() == 4 && IsKeyword(arguments[2], "TYPE")) {
    KONTOR_RETURN_IF_ERROR(ParseType(arguments[3], &filter.pubsub));
  } else if (arguments.size() > 3 && IsKeyword(arguments[2], "ID")) {
    for (const Bytes text : arguments.subspan(3)) {
      int64_t id = 0;
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(text, 1, INT64_MAX, "Invalid client ID", &id));
      filter.ids.push_back(static_cast<uint64_t>(id));
    }
  } else if (arguments.size() != 2) {
    return SyntaxError();
  }
  const int64_t now_ms = engine_->core()->clock->MonotonicMs();
  NoteState();
  std::string text;
  for (const auto& client : engine_->clients()->All()) {
    if (filter.Selects(*client)) text += Describe(*client, now_ms);
  }
  writer_.Verbatim(text);
  return Ok();
}

Status Session::Unblock(Arguments arguments) {
  if (arguments.size() > 4) return WrongSubcommandArguments(arguments);
  const bool error = arguments.size() == 4 && IsKeyword(arguments[3], "ERROR");
  if (arguments.size() == 4 && !error && !IsKeyword(arguments[3], "TIMEOUT")) {
    return Status(Code::kInvalid, "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  int64_t id = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(arguments[2], &id));
  const auto client = id <= 0 ? nullptr : engine_->clients()->Find(static_cast<uint64_t>(id));
  const bool blocked = client != nullptr && client->blocked.load(std::memory_order_relaxed);
  if (blocked) client->Unblock(error ? Client::Unblocked::kError : Client::Unblocked::kTimeout);
  writer_.Integer(blocked ? 1 : 0);
  return Ok();
}

Status Session::SetReplies(Arguments arguments) {
  if (IsKeyword(arguments[2], "ON")) {
    replies_ = Replies::kOn;
    writer_.Ok();
  } else if (IsKeyword(arguments[2], "OFF")) {
    replies_ = Replies::kOff;
  } else if (IsKeyword(arguments[2], "SKIP")) {
    if (replies_ != Replies::kOff) replies_ = Replies::kSkipNext;
  } else {
    return SyntaxError();
  }
  return Ok();
}

// The engine ends no client for want of memory; the listener may, and does not ask.
Status Session::SetMark(ClientMark mark, Arguments arguments) {
  if (IsKeyword(arguments[2], "ON")) {
    client_->marks.fetch_or(mark, std::memory_order_relaxed);
  } else if (IsKeyword(arguments[2], "OFF")) {
    client_->marks.fetch_and(~uint32_t{mark}, std::memory_order_relaxed);
  } else {
    return SyntaxError();
  }
  writer_.Ok();
  return Ok();
}

Status Session::Pause(Arguments arguments) {
  if (arguments.size() > 4) return WrongSubcommandArguments(arguments);
  const bool writes = arguments.size() == 4 && IsKeyword(arguments[3], "WRITE");
  if (arguments.size() == 4 && !writes && !IsKeyword(arguments[3], "ALL")) {
    return Status(Code::kInvalid, "CLIENT PAUSE mode must be WRITE or ALL");
  }
  int64_t timeout_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(arguments[2], INT64_MIN, INT64_MAX,
                                              "timeout is not an integer or out of range",
                                              &timeout_ms));
  if (timeout_ms < 0) return Status(Code::kOutOfRange, "timeout is negative");
  const int64_t now_ms = engine_->core()->clock->MonotonicMs();
  if (timeout_ms > INT64_MAX - engine_->core()->clock->UnixMs()) {
    return Status(Code::kOutOfRange, "timeout is out of range");
  }
  engine_->clients()->Pause(writes ? Clients::Paused::kChanges : Clients::Paused::kEverything,
                            now_ms + timeout_ms);
  writer_.Ok();
  return Ok();
}

void Session::Unpause(Arguments /*arguments*/) {
  engine_->clients()->EndPause();
  writer_.Ok();
}

void Session::Id(Arguments /*arguments*/) { writer_.Integer(static_cast<int64_t>(client_->id)); }

void Session::Info(Arguments /*arguments*/) {
  const int64_t now_ms = engine_->core()->clock->MonotonicMs();
  NoteState();
  writer_.Verbatim(Describe(*client_, now_ms));
}

void Session::GetName(Arguments /*arguments*/) {
  const std::string name = client_->names().name;
  name.empty() ? writer_.Null() : writer_.Bulk(name);
}

}  // namespace kontor
