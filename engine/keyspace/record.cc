#include "keyspace/record.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"
#include "keyspace/effects_of.h"
#include "keyspace/slab.h"

namespace kontor {

Record::Content Record::Content::OfString(Bytes key, Bytes text, int64_t deadline_unix_ms) {
  Content content;
  content.key = key;
  content.deadline_unix_ms = deadline_unix_ms;
  content.text = text;
  if (key.size() > kInlineKeyBytes) content.long_key = LargeString(key);
  if (text.size() > kInlineValueBytes) content.large = LargeString(text);
  return content;
}

Record::Content Record::Content::OfValue(Bytes key, Value* value, int64_t deadline_unix_ms) {
  if (const auto* text = std::get_if<std::string>(value); text != nullptr) {
    KONTOR_CHECK(text->size() <= kInlineValueBytes);
    return OfString(key, *text, deadline_unix_ms);
  }
  Content content = OfString(key, {}, deadline_unix_ms);
  content.Own(std::move(*value));
  return content;
}

void Record::Content::Own(Value value) {
  if (auto* held_large = std::get_if<LargeString>(&value); held_large != nullptr) {
    large = std::move(*held_large);
  } else if (auto* held = std::get_if<Collection>(&value); held != nullptr) {
    collection = std::move(*held);
  }
}

uint64_t Record::HeaderOf(const Content& content) {
  const ValueType type = content.collection ? content.collection.type() : ValueType::kString;
  auto flags = static_cast<uint64_t>(type);
  if (content.large) flags |= kLarge;
  if (content.long_key) flags |= kLongKey;
  if (content.deadline_unix_ms != 0) flags |= kDeadline;
  const uint64_t key_bytes = content.long_key ? 0 : content.key.size();
  const uint64_t text_bytes =
      type == ValueType::kString && !content.large ? content.text.size() : 0;
  return text_bytes | key_bytes << 32 | flags << 40;
}

size_t Record::Content::bytes() const {
  const uint64_t header = HeaderOf(*this);
  return KeyOffset(header) + InlineKeyBytes(header) + InlineValueBytes(header);
}

Record* Record::CreateInlineText(void* memory, Bytes key, Bytes text, int64_t deadline_unix_ms) {
  const uint64_t header = InlineTextHeader(key, text, deadline_unix_ms);
  auto* const record = static_cast<Record*>(memory);
  RelaxedStore(&record->header_, header);
  if (deadline_unix_ms != 0) record->OverwriteDeadline(deadline_unix_ms);
  char* const begin = record->at(KeyOffset(header));
  RelaxedCopy(begin, key.data(), key.size());
  RelaxedCopy(begin + key.size(), text.data(), text.size());
  return record;
}

Record* Record::Create(void* memory, Content* made_of) {
  Content& content = *made_of;
  const uint64_t header = HeaderOf(content);
  auto* const record = static_cast<Record*>(memory);
  RelaxedStore(&record->header_, header);
  if (content.deadline_unix_ms != 0) record->OverwriteDeadline(content.deadline_unix_ms);
  const size_t key_offset = KeyOffset(header);
  if (content.long_key) {
    record->SetPointer(key_offset, content.long_key.ReleaseToRecord());
  } else {
    RelaxedCopy(record->at(key_offset), content.key.data(), content.key.size());
  }
  const size_t value_offset = record->value_offset();
  if (content.large) {
    record->SetPointer(value_offset, content.large.ReleaseToRecord());
  } else if (content.collection) {
    record->SetPointer(value_offset, content.collection.ReleaseToRecord());
  } else {
    RelaxedCopy(record->at(value_offset), content.text.data(), content.text.size());
  }
  return record;
}

void Record::GiveBack(Content* content) {
  content->Own(TakeValue());
  content->long_key = TakeLongKey();
}

LargeString Record::TakeLongKey() {
  if ((flags() & kLongKey) == 0) return LargeString();
  const size_t offset = KeyOffset(header());
  void* const held = Pointer(offset);
  SetPointer(offset, nullptr);
  return LargeString::OfRecord(held);
}

void Record::Destroy() {
  static_cast<void>(TakeLongKey());
  static_cast<void>(TakeValue());
}

size_t Record::BytesWithDeadline(bool deadline) const {
  const bool has_one = (flags() & kDeadline) != 0;
  return bytes() + (deadline ? sizeof(int64_t) : 0) - (has_one ? sizeof(int64_t) : 0);
}

Record* Record::CreateSuccessor(void* memory, Record* record, int64_t deadline_unix_ms) {
  const uint64_t old_header = record->header();
  const uint64_t deadline_flag = uint64_t{kDeadline} << 40;
  auto* const successor = static_cast<Record*>(memory);
  RelaxedStore(&successor->header_,
               deadline_unix_ms != 0 ? old_header | deadline_flag : old_header & ~deadline_flag);
  if (deadline_unix_ms != 0) successor->OverwriteDeadline(deadline_unix_ms);
  RelaxedCopy(successor->at(KeyOffset(successor->header())), record->at(KeyOffset(old_header)),
              InlineKeyBytes(old_header) + InlineValueBytes(old_header));
  if ((FlagsOf(old_header) & kLongKey) != 0) record->SetPointer(KeyOffset(old_header), nullptr);
  if ((FlagsOf(old_header) & (kTypeMask | kLarge)) != 0) {
    record->SetPointer(record->value_offset(), nullptr);
  }
  return successor;
}

void* Record::Pointer(size_t offset) const {
  void* pointer = nullptr;
  std::memcpy(&pointer, at(offset), sizeof(pointer));
  return pointer;
}

void Record::SetPointer(size_t offset, void* pointer) {
  RelaxedCopy(at(offset), reinterpret_cast<const char*>(&pointer), sizeof(pointer));
}

size_t Record::bytes() const { return value_offset() + InlineValueBytes(header()); }

Bytes Record::key() const {
  const uint64_t header = this->header();
  if ((FlagsOf(header) & kLongKey) != 0) return LargeString::Peek(Pointer(KeyOffset(header)));
  return Bytes(at(KeyOffset(header)), InlineKeyBytes(header));
}

int64_t Record::deadline_unix_ms() const {
  if ((flags() & kDeadline) == 0) return 0;
  return RelaxedLoad(reinterpret_cast<const int64_t*>(at(kHeaderBytes)));
}

void Record::OverwriteDeadline(int64_t deadline_unix_ms) {
  KONTOR_CHECK((flags() & kDeadline) != 0 && deadline_unix_ms != 0);
  RelaxedStore(reinterpret_cast<int64_t*>(at(kHeaderBytes)), deadline_unix_ms);
}

Bytes Record::text() const {
  KONTOR_CHECK(is_string());
  if (has_large_text()) return LargeString::Peek(Pointer(value_offset()));
  return Bytes(at(value_offset()), header() & UINT32_MAX);
}

Value Record::PinText() const {
  KONTOR_CHECK(is_string());
  if (has_large_text()) return LargeString::Share(Pointer(value_offset()));
  return std::string(text());
}

bool Record::CanOverwriteText(Bytes text, int64_t deadline_unix_ms) const {
  const uint64_t header = this->header();
  if ((FlagsOf(header) & (kTypeMask | kLarge)) != 0) return false;
  if (text.size() > kInlineValueBytes) return false;
  if (((FlagsOf(header) & kDeadline) != 0) != (deadline_unix_ms != 0)) return false;
  if (text.size() == (header & UINT32_MAX)) return true;
  const size_t before_text = KeyOffset(header) + InlineKeyBytes(header);
  return Slab::RoundUp(before_text + text.size()) ==
         Slab::RoundUp(before_text + (header & UINT32_MAX));
}

void Record::OverwriteText(Bytes text) {
  RelaxedCopy(at(value_offset()), text.data(), text.size());
  RelaxedStore(&header_, (header() & ~uint64_t{UINT32_MAX}) | text.size());
}

void Record::WriteLargeText(size_t offset, Bytes bytes) {
  LargeString large = LargeString::OfRecord(Pointer(value_offset()));
  try {
    large.Write(offset, bytes);
  } catch (...) {
    SetPointer(value_offset(), large.ReleaseToRecord());
    throw;
  }
  SetPointer(value_offset(), large.ReleaseToRecord());
}

void Record::CutLargeText(size_t size) {
  LargeString large = LargeString::OfRecord(Pointer(value_offset()));
  large.Cut(size);
  SetPointer(value_offset(), large.ReleaseToRecord());
}

Value Record::TakeValue() {
  void* held = nullptr;
  if ((flags() & (kTypeMask | kLarge)) != 0) {
    held = Pointer(value_offset());
    SetPointer(value_offset(), nullptr);
  }
  if (!is_string()) return Collection::OfRecord(type(), held);
  if (held != nullptr) return LargeString::OfRecord(held);
  return std::string();
}

void Record::ReturnValue(Value value) {
  SetPointer(value_offset(), std::get<Collection>(value).ReleaseToRecord());
}

Value Record::CloneValue() const {
  if (is_string()) return PinText();  // a shared large string is copied before it is changed
  return Collection::Clone(type(), Pointer(value_offset()));
}

size_t Record::large_bytes() const {
  size_t bytes = 0;
  if (has_large_text()) bytes += LargeString::AllocatedBytes(Pointer(value_offset()));
  if ((flags() & kLongKey) != 0) bytes += LargeString::AllocatedBytes(Pointer(KeyOffset(header())));
  return bytes;
}

size_t Record::collection_bytes() const {
  const void* const held = is_string() ? nullptr : Pointer(value_offset());
  return held == nullptr ? 0 : Collection::MemoryBytes(type(), held);  // null: it was taken
}

int64_t Record::next_deadline_unix_ms() const {
  int64_t next = INT64_MAX;
  for (const int64_t deadline : {deadline_unix_ms(), earliest_field_deadline_unix_ms()}) {
    if (deadline != 0) next = std::min(next, deadline);
  }
  return next;
}

void Record::Describe(uint32_t database, const std::function<void(const KeyEffect&)>& tell) const {
  KeyEffect effect{.kind = KeyEffectKind::kStringSet, .database = database, .key = key()};
  const int64_t deadline = deadline_unix_ms();
  if (is_string()) {
    effect.value = text();
    effect.number = deadline;
    tell(effect);
    return;
  }
  VisitType(type(), [&]<typename T>() { EffectsOf<T>::Describe(*As<T>(), effect, tell); });
  if (deadline != 0) {
    tell({.kind = KeyEffectKind::kKeyExpire,
          .database = database,
          .key = key(),
          .number = deadline});
  }
}

}  // namespace kontor
