#include <string>

#include "base/limits.h"
#include "handles.h"

namespace {

using kontor::Code;
using kontor::Ok;
using kontor::Status;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

struct NumberOption {
  uint32_t option;
  const char* name;
  int64_t minimum;
  int64_t maximum;
  int64_t default_value;
};

constexpr NumberOption kNumberOptions[] = {
    {KONTOR_OPTION_DURABILITY, "DURABILITY", 0, 2, 1},
    {KONTOR_OPTION_SHARDS, "SHARDS", 0, kontor::limits::kShards, 0},
    {KONTOR_OPTION_SYNC_INTERVAL_MS, "SYNC_INTERVAL_MS", 1, 3'600'000, 1000},
    {KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES, "SNAPSHOT_MIN_JOURNAL_BYTES", 4096, INT64_MAX,
     int64_t{64} << 20},
    {KONTOR_OPTION_SNAPSHOT_GROWTH_PERCENT, "SNAPSHOT_GROWTH_PERCENT", 1, 1'000'000, 100},
    {KONTOR_OPTION_SNAPSHOT_AT_CLOSE, "SNAPSHOT_AT_CLOSE", 0, 1, 1},
    {KONTOR_OPTION_MEMORY_LIMIT_BYTES, "MEMORY_LIMIT_BYTES", 0, int64_t{1} << 60, 0},
    {KONTOR_OPTION_EVICTION, "EVICTION", 0, kontor::kEvictions - 1, 0},
};

const NumberOption* FindOption(uint32_t option) {
  for (const NumberOption& candidate : kNumberOptions) {
    if (candidate.option == option) return &candidate;
  }
  return nullptr;
}

Status UnknownOption(uint32_t option) {
  return Status(Code::kUnsupported, "option " + std::to_string(option) + " is unknown to version " +
                                        kontor_version_string());
}

Status CheckNumber(uint32_t option, int64_t value) {
  const NumberOption* const known = FindOption(option);
  if (known == nullptr) return UnknownOption(option);
  if (value >= known->minimum && value <= known->maximum) return Ok();
  return Status(Code::kOutOfRange,
                std::string(known->name) + " is " + std::to_string(known->minimum) + " to " +
                    std::to_string(known->maximum) + ", not " + std::to_string(value));
}

void SetNumber(kontor_options* options, uint32_t option, int64_t value) {
  kontor::EngineOptions& engine = options->options;
  switch (option) {
    case KONTOR_OPTION_DURABILITY:
      engine.durability = static_cast<kontor::Durability>(value);
      options->durability_chosen = true;
      break;
    case KONTOR_OPTION_SHARDS:
      engine.shards = static_cast<uint32_t>(value);
      break;
    case KONTOR_OPTION_SYNC_INTERVAL_MS:
      engine.sync_interval_ms = value;
      break;
    case KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES:
      engine.snapshot_min_journal_bytes = static_cast<uint64_t>(value);
      break;
    case KONTOR_OPTION_SNAPSHOT_GROWTH_PERCENT:
      engine.snapshot_growth_percent = static_cast<uint32_t>(value);
      break;
    case KONTOR_OPTION_SNAPSHOT_AT_CLOSE:
      engine.snapshot_at_close = value != 0;
      break;
    case KONTOR_OPTION_MEMORY_LIMIT_BYTES:
      engine.memory_limit_bytes = value;
      break;
    case KONTOR_OPTION_EVICTION:
      engine.eviction = static_cast<kontor::Eviction>(value);
      break;
    default:
      break;
  }
}

}  // namespace

int32_t kontor_options_new(kontor_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return Null("options");
    *options = nullptr;
    *options = new kontor_options;
    return Ok();
  });
}

void kontor_options_free(kontor_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_options_set_directory(kontor_options* options, const char* path, size_t path_length,
                                     kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    constexpr size_t kPathBytes = 4095;
    if (!Valid(options)) return Invalid("options");
    KONTOR_RETURN_IF_ERROR(kontor::capi::CheckBytes(path, path_length, kPathBytes, "the path"));
    const kontor::Bytes bytes = kontor::capi::AsBytes(path, path_length);
    if (bytes.find('\0') != kontor::Bytes::npos) {
      return Status(Code::kInvalid, "a path must not contain a NUL byte");
    }
    options->options.directory = bytes;
    return Ok();
  });
}

int32_t kontor_options_set_name(kontor_options* options, const char* name, size_t name_length,
                                kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return Invalid("options");
    KONTOR_RETURN_IF_ERROR(
        kontor::capi::CheckBytes(name, name_length, kontor::limits::kNameBytes, "the name"));
    options->options.name = kontor::capi::AsBytes(name, name_length);
    return Ok();
  });
}

int32_t kontor_options_set_number(kontor_options* options, uint32_t option, int64_t value,
                                  kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return Invalid("options");
    KONTOR_RETURN_IF_ERROR(CheckNumber(option, value));
    SetNumber(options, option, value);
    return Ok();
  });
}

int32_t kontor_db_set_number(kontor_db* db, uint32_t option, int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    kontor::capi::Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(kontor::capi::Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckNumber(option, value));
    switch (option) {
      case KONTOR_OPTION_MEMORY_LIMIT_BYTES:
        connection->engine()->SetMemoryLimit(value);
        return Ok();
      case KONTOR_OPTION_EVICTION:
        connection->engine()->SetEviction(static_cast<kontor::Eviction>(value));
        return Ok();
      default:
        return Status(Code::kUnsupported,
                      std::string(FindOption(option)->name) + " is fixed once the engine is open");
    }
  });
}

int32_t kontor_option_bounds(uint32_t option, int64_t* minimum, int64_t* maximum,
                             int64_t* default_value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    const NumberOption* const known = FindOption(option);
    if (minimum != nullptr) *minimum = known == nullptr ? 0 : known->minimum;
    if (maximum != nullptr) *maximum = known == nullptr ? 0 : known->maximum;
    if (default_value != nullptr) *default_value = known == nullptr ? 0 : known->default_value;
    return known == nullptr ? UnknownOption(option) : Ok();
  });
}
