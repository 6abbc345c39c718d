#include "persist/file_format.h"

#include <cinttypes>
#include <cstdio>

#include "base/codec.h"
#include "base/hash.h"

namespace kontor {
namespace {

constexpr std::string_view kJournalPrefix = "journal-";
constexpr std::string_view kSnapshotPrefix = "snapshot-";
constexpr size_t kDigits = 16;

std::string Name(std::string_view prefix, uint64_t number) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof(digits), "%016" PRIx64, number);
  return std::string(prefix) + digits;
}

std::optional<uint64_t> ParseName(std::string_view prefix, std::string_view name) {
  if (name.size() != prefix.size() + kDigits || name.substr(0, prefix.size()) != prefix) return {};
  uint64_t number = 0;
  for (const char c : name.substr(prefix.size())) {
    const std::string_view all = "0123456789abcdef";
    const size_t digit = all.find(c);
    if (digit == std::string_view::npos) return {};
    number = number << 4 | digit;
  }
  return number;
}

uint32_t PreludeCheck(Bytes magic_and_version) {
  return static_cast<uint32_t>(Xxh3(magic_and_version));
}

}  // namespace

void PutPrelude(std::string* out, std::string_view magic) {
  std::string head(magic);
  PutFixed32(&head, kFormatVersion);
  PutFixed32(&head, PreludeCheck(head));
  out->append(head);
}

Status CheckPrelude(Bytes head, std::string_view magic, const std::string& path) {
  const Bytes checked = head.substr(0, magic.size() + sizeof(uint32_t));
  Decoder decoder(head.substr(magic.size()));
  uint32_t version = 0;
  uint32_t check = 0;
  if (!decoder.GetFixed32(&version) || !decoder.GetFixed32(&check) ||
      head.substr(0, magic.size()) != magic || check != PreludeCheck(checked) || version == 0) {
    return CorruptAt(path, 0, "the file does not begin as a Kontor file of its name must");
  }
  if (version > kFormatVersion) {
    return Status(Code::kNewerFormat,
                  "'" + path + "' has format version " + std::to_string(version) +
                      ", this library reads up to version " + std::to_string(kFormatVersion) +
                      ": open it with a newer library; nothing was changed");
  }
  return Ok();
}

Status CorruptAt(const std::string& path, uint64_t offset, const std::string& what) {
  return Status(Code::kCorrupt, "'" + path + "' is damaged at byte " + std::to_string(offset) +
                                    ": " + what +
                                    "; nothing was changed: restore the directory from a copy");
}

std::string JournalName(uint64_t first_lsn) { return Name(kJournalPrefix, first_lsn); }
std::string SnapshotName(uint64_t cut) { return Name(kSnapshotPrefix, cut); }

std::optional<uint64_t> ParseJournalName(std::string_view name) {
  return ParseName(kJournalPrefix, name);
}

std::optional<uint64_t> ParseSnapshotName(std::string_view name) {
  return ParseName(kSnapshotPrefix, name);
}

bool IsTemporaryName(std::string_view name) {
  if (!name.ends_with(kTemporarySuffix)) return false;
  name.remove_suffix(kTemporarySuffix.size());
  return name == kManifestName || ParseJournalName(name).has_value() ||
         ParseSnapshotName(name).has_value();
}

}  // namespace kontor
