#ifndef KONTOR_KEYSPACE_RECORD_H_
#define KONTOR_KEYSPACE_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/effect.h"
#include "base/relaxed_copy.h"
#include "keyspace/collection.h"
#include "keyspace/large_string.h"

namespace kontor {

// A value outside of any record: on its way in, out, or to another key.
using Value = std::variant<std::string, LargeString, Collection>;

// One key, its deadline and its value, in one allocation of its shard's slab:
//
//   header (8 bytes) | deadline (8), if it has one | key | value
//
// The header is one atomic word, so that a reader without the lock gets all of it or another one:
// value length (32 bits), key length (8), flags (8), and when it was used (16). A long key, a large
// string and a collection are a pointer to what hangs off the record. A record never moves and
// never changes its size: what does not fit is a new record. Guarded by the lock of its shard,
// except where it says otherwise.
class Record {
 public:
  static constexpr size_t kInlineKeyBytes = 254;
  static constexpr size_t kInlineValueBytes = 1024;

  // How a new record is to be: borrowed bytes, or what it will own.
  struct Content {
    Bytes key;
    int64_t deadline_unix_ms = 0;  // 0: none
    Bytes text;                    // of a string without `large`
    LargeString long_key;          // set if the key is longer than kInlineKeyBytes
    LargeString large;             // set if the string is longer than kInlineValueBytes
    Collection collection;         // or this

    // Makes long_key and large where they are needed. Throws std::bad_alloc.
    static Content OfString(Bytes key, Bytes text, int64_t deadline_unix_ms);
    // Takes what *value owns; a short string is borrowed from it.
    static Content OfValue(Bytes key, Value* value, int64_t deadline_unix_ms);
    // The value becomes a large string or a collection. Cannot fail.
    void Own(Value value);
    // What the record will take.
    size_t bytes() const;
  };
  // A short string under a short key owns nothing; it can be made without a Content.
  static bool FitsInline(Bytes key, Bytes text) {
    return key.size() <= kInlineKeyBytes && text.size() <= kInlineValueBytes;
  }
  static size_t InlineTextBytes(Bytes key, Bytes text, int64_t deadline_unix_ms) {
    const uint64_t header = InlineTextHeader(key, text, deadline_unix_ms);
    return KeyOffset(header) + key.size() + text.size();
  }
  static Record* CreateInlineText(void* memory, Bytes key, Bytes text, int64_t deadline_unix_ms);

  // Writes a record into memory of content->bytes() and takes what the content owns. Cannot fail.
  static Record* Create(void* memory, Content* content);
  // Undoes Create. The memory is the caller's.
  void GiveBack(Content* content);
  // Writes the same key and value with or without a deadline into memory of this size, and takes
  // over what hangs off `record`, for which only Destroy remains.
  static Record* CreateSuccessor(void* memory, Record* record, int64_t deadline_unix_ms);
  size_t BytesWithDeadline(bool deadline) const;
  // Gives up what hangs off it. The memory is the caller's.
  void Destroy();

  size_t bytes() const;
  Bytes key() const;
  bool KeyEquals(Bytes key) const { return this->key() == key; }
  ValueType type() const { return static_cast<ValueType>(flags() & kTypeMask); }

  // When and how often it was used: see UseClock. Changing it takes no BeginChange: the header is
  // stored as one word that differs from the old one in these bits alone, which no optimistic
  // reader draws any conclusion from.
  uint16_t use_mark() const { return UseMarkOf(header()); }
  void set_use_mark(uint16_t mark) {
    constexpr uint64_t kOthers = (uint64_t{1} << kUseMarkShift) - 1;
    RelaxedStore(&header_, (header() & kOthers) | uint64_t{mark} << kUseMarkShift);
  }

  // Unix milliseconds; 0: none.
  int64_t deadline_unix_ms() const;
  bool ExpiredAt(int64_t now_unix_ms) const {
    const int64_t deadline = deadline_unix_ms();
    return deadline != 0 && deadline <= now_unix_ms;
  }

  // The same of the first field that has one, in a hash.
  int64_t earliest_field_deadline_unix_ms() const {
    const Hash* const hash = As<Hash>();
    return hash == nullptr ? 0 : hash->earliest_deadline_unix_ms();
  }
  // When something of it expires: the key, or a field. INT64_MAX: never.
  int64_t next_deadline_unix_ms() const;

  bool is_string() const { return type() == ValueType::kString; }
  // Of a string; they last until it changes.
  Bytes text() const;
  // A string's bytes to keep: shared if it is large, else copied.
  Value PinText() const;
  // The collection; null if the value is of another type.
  template <typename T>
  T* As() {
    return type() == kTypeOf<T> ? static_cast<T*>(Pointer(value_offset())) : nullptr;
  }
  template <typename T>
  const T* As() const {
    return const_cast<Record*>(this)->As<T>();
  }

  // Changes in place, under SequenceLock::BeginChange. The value becomes this text, which must be
  // inline as the old one is; the record's size class must stay the same.
  void OverwriteText(Bytes text);
  bool CanOverwriteText(Bytes text, int64_t deadline_unix_ms) const;
  // The record must have a deadline already, and keep one.
  void OverwriteDeadline(int64_t deadline_unix_ms);
  // A large string is changed in place; optimistic readers never look into one.
  bool has_large_text() const { return (flags() & (kTypeMask | kLarge)) == kLarge; }
  void WriteLargeText(size_t offset, Bytes bytes);
  void CutLargeText(size_t size);

  // Takes the value out if it hangs off the record (else an empty string); only Destroy may follow.
  Value TakeValue();
  // Undoes TakeValue of a collection.
  void ReturnValue(Value value);
  // A deep copy of the value; of a large string another share.
  Value CloneValue() const;

  // What of the record hangs off it, in bytes of the heap: a large string, or a long key.
  size_t large_bytes() const;
  // The same of a collection.
  size_t collection_bytes() const;

  // Effects that rebuild this key from nothing: for snapshots.
  void Describe(uint32_t database, const std::function<void(const KeyEffect&)>& tell) const;

  // --- For readers without the lock (base/sequence_lock.h). What these answer of memory that is no
  // record any more is anything, but they read no more than a page of it, as the arena allows. ---

  // Whether it holds this key, which must be an inline one.
  bool PeekKeyEquals(Bytes key) const {
    constexpr uint64_t kKeyShape = 0xff | uint64_t{kLongKey}
                                              << 8;  // its length, and that it is inline
    const uint64_t header = this->header();
    return (header >> 32 & kKeyShape) == key.size() && RelaxedEqual(at(KeyOffset(header)), key);
  }
  struct PeekedText {
    const char* text = nullptr;  // null: the value is no inline string
    size_t length = 0;
    int64_t deadline_unix_ms = 0;
    uint16_t use_mark = 0;
  };
  PeekedText PeekText() const {
    const uint64_t header = this->header();
    const size_t length = header & UINT32_MAX;
    if ((FlagsOf(header) & (kTypeMask | kLarge)) != 0 || length > kInlineValueBytes) return {};
    const size_t key_offset = KeyOffset(header);
    const bool has_deadline = key_offset != kHeaderBytes;
    return {at(key_offset + (header >> 32 & 0xff)), length,
            has_deadline ? RelaxedLoad(reinterpret_cast<const int64_t*>(at(kHeaderBytes))) : 0,
            UseMarkOf(header)};
  }

 private:
  static constexpr uint8_t kTypeMask = 0x0f;
  static constexpr uint8_t kLarge = 0x10;     // the string hangs off
  static constexpr uint8_t kLongKey = 0x20;   // the key hangs off
  static constexpr uint8_t kDeadline = 0x40;  // there is one
  static constexpr size_t kHeaderBytes = 8;
  static constexpr unsigned kUseMarkShift = 48;

  uint64_t header() const { return RelaxedLoad(&header_); }
  static uint8_t FlagsOf(uint64_t header) { return static_cast<uint8_t>(header >> 40); }
  static uint16_t UseMarkOf(uint64_t header) {
    return static_cast<uint16_t>(header >> kUseMarkShift);
  }
  static size_t InlineKeyBytes(uint64_t header) {
    return (FlagsOf(header) & kLongKey) != 0 ? sizeof(void*) : (header >> 32) & 0xff;
  }
  static size_t InlineValueBytes(uint64_t header) {
    return (FlagsOf(header) & (kTypeMask | kLarge)) != 0 ? sizeof(void*) : header & UINT32_MAX;
  }
  static size_t KeyOffset(uint64_t header) {
    return kHeaderBytes + ((FlagsOf(header) & kDeadline) != 0 ? sizeof(int64_t) : 0);
  }
  static uint64_t HeaderOf(const Content& content);
  static uint64_t InlineTextHeader(Bytes key, Bytes text, int64_t deadline_unix_ms) {
    const uint64_t flags = deadline_unix_ms != 0 ? kDeadline : 0;
    return text.size() | uint64_t{key.size()} << 32 | flags << 40;
  }
  uint8_t flags() const { return FlagsOf(header()); }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }
  char* at(size_t offset) { return reinterpret_cast<char*>(this) + offset; }
  size_t value_offset() const { return KeyOffset(header()) + InlineKeyBytes(header()); }
  LargeString TakeLongKey();
  void* Pointer(size_t offset) const;
  void SetPointer(size_t offset, void* pointer);

  uint64_t header_;
};
static_assert(sizeof(Record) == 8);

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_RECORD_H_
