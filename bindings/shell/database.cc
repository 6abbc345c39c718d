#include "database.h"

namespace kontor::shell {
namespace {

// The library says what is wrong; this is what a person at the prompt can do about it.
const char* NextStep(int32_t code) {
  switch (code) {
    case KONTOR_LOCKED:
      return "Let that process close the directory, or work on a copy of it.";
    case KONTOR_CORRUPT:
      return "Nothing was changed. Keep a copy of the directory before anything else, then restore "
             "it from a backup.";
    case KONTOR_NEWER_FORMAT:
      return "Nothing was changed. Open it with the newer kontor that wrote it.";
    case KONTOR_READ_ONLY:
      return "Make the directory writable for this user, or name another one.";
    case KONTOR_IO:
      return "Check the path, its permissions and the free space, then try again.";
    case KONTOR_INVALID:
      return "Name a directory; it is made if it is missing.";
    default:
      return "";
  }
}

int32_t OpenWith(kontor_options* options, const std::string& directory,
                 std::optional<uint32_t> durability, kontor_db** db, kontor_error* error) {
  int32_t code = kontor_options_set_directory(options, directory.data(), directory.size(), error);
  if (code == KONTOR_OK && durability.has_value()) {
    code = kontor_options_set_number(options, KONTOR_OPTION_DURABILITY, *durability, error);
  }
  return code == KONTOR_OK ? kontor_open(options, db, error) : code;
}

}  // namespace

std::string ErrorSentence(int32_t code, const kontor_error* error) {
  const std::string sentence = kontor_error_message(error);
  return sentence.empty() ? kontor_code_name(code) : sentence;
}

bool Database::Open(const std::string& directory, std::optional<uint32_t> durability,
                    std::string* message) {
  kontor_options* raw_options = nullptr;
  int32_t code = kontor_options_new(&raw_options, error_.get());
  const OptionsHandle options(raw_options);
  kontor_db* db = nullptr;
  if (code == KONTOR_OK) code = OpenWith(raw_options, directory, durability, &db, error_.get());
  if (code != KONTOR_OK) {
    *message = ErrorSentence(code, error_.get());
    const std::string next_step = NextStep(code);
    if (!next_step.empty()) *message += "\n" + next_step;
    return false;
  }
  db_.reset(db);
  return true;
}

std::string Database::RecoveryNote() const {
  int64_t torn_bytes = 0;
  int64_t records = 0;
  kontor_db_figure(db_.get(), KONTOR_FIGURE_RECOVERED_TORN_BYTES, &torn_bytes, nullptr);
  kontor_db_figure(db_.get(), KONTOR_FIGURE_RECOVERED_RECORDS, &records, nullptr);
  if (torn_bytes == 0) return {};
  return "The last write was not finished when the engine stopped: " + std::to_string(torn_bytes) +
         " bytes were cut off the journal's end, " + std::to_string(records) +
         " records before them were recovered.";
}

bool Database::Close(std::string* message) {
  const int32_t code = kontor_close(db_.get(), error_.get());
  if (code != KONTOR_OK) *message = ErrorSentence(code, error_.get());
  db_.reset();
  return code == KONTOR_OK;
}

}  // namespace kontor::shell
