#include "serve.h"

#include <kontor/wire.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "database.h"
#include "handles.h"
#include "open.h"
#include "reply.h"
#include "run.h"
#include "serve_settings.h"

namespace kontor::shell {
namespace {

using WireOptionsHandle =
    std::unique_ptr<kontor_wire_options, HandleDeleter<kontor_wire_options_free>>;
using ListenerHandle = std::unique_ptr<kontor_wire_listener, HandleDeleter<kontor_wire_free>>;

constexpr char kProgram[] = "kontor serve";

// Every client takes a descriptor, and four more while it waits.
void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool ReadPassword(const std::string& path, std::string* password, std::string* message) {
  std::ifstream file(path);
  if (std::getline(file, *password) && !password->empty()) return true;
  *message = "the password file " + path + " cannot be read, or its first line is empty";
  return false;
}

// Collects what is set and remembers the first failure.
class WireOptions {
 public:
  WireOptions() {
    kontor_wire_options* made = nullptr;
    code_ = kontor_wire_options_new(&made, error_.get());
    handle_.reset(made);
  }
  void SetText(uint32_t option, const std::string& text) {
    if (code_ != KONTOR_OK) return;
    code_ =
        kontor_wire_options_set_text(handle_.get(), option, text.data(), text.size(), error_.get());
  }
  void SetNumber(uint32_t option, std::optional<int64_t> value) {
    if (code_ != KONTOR_OK || !value.has_value()) return;
    code_ = kontor_wire_options_set_number(handle_.get(), option, *value, error_.get());
  }
  // Null with a message.
  ListenerHandle Listen(kontor_db* db, std::string* message) {
    kontor_wire_listener* listener = nullptr;
    if (code_ == KONTOR_OK) {
      code_ = kontor_wire_listen(db, handle_.get(), &listener, error_.get());
    }
    if (code_ != KONTOR_OK) *message = ErrorSentence(code_, error_.get());
    return ListenerHandle(listener);
  }

 private:
  ErrorHandle error_{kontor_error_new()};
  WireOptionsHandle handle_;
  int32_t code_ = KONTOR_OK;
};

ListenerHandle Listen(const ServeSettings& settings, const std::string& password, kontor_db* db,
                      std::string* message) {
  WireOptions options;
  options.SetNumber(KONTOR_WIRE_PORT, settings.port);
  options.SetNumber(KONTOR_WIRE_THREADS, settings.threads);
  options.SetNumber(KONTOR_WIRE_CLIENTS, settings.clients);
  options.SetNumber(KONTOR_WIRE_PROTECTED, settings.is_protected ? 1 : 0);
  options.SetNumber(KONTOR_WIRE_SHUTDOWN, 1);
  options.SetNumber(KONTOR_WIRE_DEBUG, settings.allows_debug ? 1 : 0);
  options.SetText(KONTOR_WIRE_UNIX_PATH, settings.unix_path);
  options.SetText(KONTOR_WIRE_PASSWORD, password);
  if (settings.addresses.has_value()) {
    options.SetText(KONTOR_WIRE_ADDRESSES, *settings.addresses);
  }
  return options.Listen(db, message);
}

// As a client would, before there are any.
bool Configure(const ServeSettings& settings, kontor_db* db, std::string* message) {
  const ErrorHandle error(kontor_error_new());
  for (const auto& [name, value] : settings.configuration) {
    const void* const words[] = {"CONFIG", "SET", name.data(), value.data()};
    const size_t lengths[] = {6, 3, name.size(), value.size()};
    kontor_reply* raw_reply = nullptr;
    const int32_t code = kontor_exec(db, 4, words, lengths, nullptr, &raw_reply, error.get());
    const ReplyHandle reply(raw_reply);
    const Reply said =
        code == KONTOR_OK ? CopyReply(raw_reply) : Reply::Error(ErrorSentence(code, error.get()));
    if (said.kind != ReplyKind::kError) continue;
    *message = "--";
    message->append(name).append(" '").append(value).append("': ").append(said.text);
    return false;
  }
  return true;
}

// Before a directory is made for settings that there are not.
bool CheckConfiguration(const ServeSettings& settings, std::string* message) {
  if (settings.configuration.empty()) return true;
  Database scratch;
  return scratch.Open("", std::nullopt, message) && Configure(settings, scratch.handle(), message);
}

void TellWhere(const ServeSettings& settings, const kontor_wire_listener* listener) {
  std::string where;
  int32_t port = 0;
  kontor_wire_port(listener, &port, nullptr);
  if (port != 0) {
    where = settings.addresses.value_or("127.0.0.1") + " port " + std::to_string(port);
  }
  if (!settings.unix_path.empty()) where += (where.empty() ? "" : " and ") + settings.unix_path;
  const char* const what = settings.directory.empty() ? "memory" : settings.directory.c_str();
  std::printf("kontor %s serves %s at %s\n", kontor_version_string(), what, where.c_str());
  std::fflush(stdout);
}

// Until a signal or a client's SHUTDOWN.
int ListenUntilAsked(const ServeSettings& settings, const std::string& password, kontor_db* db,
                     Interrupts* interrupts) {
  std::string message;
  if (!Configure(settings, db, &message)) {
    Complain(kProgram, message);
    return kExitFailed;
  }
  const ListenerHandle listener = Listen(settings, password, db, &message);
  if (listener == nullptr) {
    Complain(kProgram, message);
    return kExitFailed;
  }
  TellWhere(settings, listener.get());
  int32_t shutdown = -1;
  kontor_wire_shutdown_descriptor(listener.get(), &shutdown, nullptr);
  interrupts->WaitReadable(shutdown, -1);
  return kExitDone;
}

}  // namespace

int Serve(int argc, char** argv) {
  ServeSettings settings;
  std::string message;
  if (!ParseServeSettings(argc, argv, &settings, &message)) {
    Complain(kProgram, message + "; kontor serve --help tells more");
    return kExitUsage;
  }
  if (settings.show_help) {
    std::fputs(ServeUsageText(), stdout);
    return kExitDone;
  }
  if (!CheckConfiguration(settings, &message)) {
    Complain(kProgram, message);
    return kExitUsage;
  }
  std::string password;
  if (!settings.password_file.empty() &&
      !ReadPassword(settings.password_file, &password, &message)) {
    Complain(kProgram, message);
    return kExitFailed;
  }
  AllowManyDescriptors();
  return WithDatabase(kProgram, settings.directory, settings.durability,
                      [&](Database* database, Interrupts* interrupts) {
                        return ListenUntilAsked(settings, password, database->handle(), interrupts);
                      });
}

}  // namespace kontor::shell
