#ifndef KONTOR_TYPES_STREAM_BLOCK_H_
#define KONTOR_TYPES_STREAM_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/packed.h"
#include "types/stream_id.h"

namespace kontor {

// A name and its value, as they are put into a stream. The bytes are borrowed.
struct StreamField {
  Bytes name;
  Bytes value;
};

// Entries of a stream that follow each other, in one packed sequence. What its first entry's fields
// are called is written once, and an entry with the same names only has its values. An entry that
// is deleted leaves its place, so that it can be put back without memory; the block is to go with
// the last one that is not.
//
// A change that finds no memory throws std::bad_alloc and changes nothing that can be seen;
// deleting, restoring and dropping need none. Not thread-safe. What is returned lasts until the
// next change.
class StreamBlock {
 public:
  // A block lets no more in if it has so many entries, those deleted included, or bytes.
  static constexpr size_t kMostEntries = 100;
  static constexpr size_t kMostBytes = 4096;

  // With its first entry.
  StreamBlock(const StreamId& id, std::span<const StreamField> fields);
  // The copy has no more room than it needs.
  StreamBlock(const StreamBlock&) = default;
  StreamBlock& operator=(const StreamBlock&) = delete;
  ~StreamBlock() = default;

  // Of its first and last entry, even if they are deleted.
  const StreamId& first_id() const { return first_id_; }
  const StreamId& last_id() const { return last_id_; }
  // Entries that are not deleted.
  size_t live() const { return live_; }

  // An entry, deleted or not.
  class Entry {
   public:
    const StreamId& id() const { return id_; }
    bool is_deleted() const { return deleted_; }
    // Its pairs of a name and a value.
    size_t size() const { return size_; }
    // Visits them with two Elements each, in the order in which they were given.
    template <typename Visitor>
    void ForEach(Visitor visit) const;
    bool Has(std::span<const StreamField> fields) const;

   private:
    friend class StreamBlock;
    const StreamBlock* block_ = nullptr;
    StreamId id_{};
    bool deleted_ = false;
    bool own_names_ = false;   // names and values take turns; else the names are the block's
    size_t size_ = 0;          // pairs
    size_t previous_own_ = 0;  // pairs of the entry before it if that has names of its own; else 0
    Packed::Place place_ = 0;  // of its head
    Packed::Place content_ = 0;  // behind that
  };
  Entry First() const { return EntryAt(begin_); }
  Entry Last() const { return EntryAt(last_); }
  // Makes it the next, or the previous, one; false if there is none.
  bool Next(Entry* entry) const;
  bool Previous(Entry* entry) const;

  // Whether another entry is let in.
  bool HasRoomFor(std::span<const StreamField> fields) const;
  // Its id is greater than all others.
  void Append(const StreamId& id, std::span<const StreamField> fields);
  void SetDeleted(const Entry& entry, bool deleted) noexcept;
  // Drops this entry and those behind it, which are all deleted. It is not the first.
  void DropTail(const Entry& entry) noexcept;
  // Gives back what further entries would need, if there is memory to move to.
  void Seal() noexcept;

  // With this object, which is on the heap.
  size_t memory_bytes() const { return HeapBytes(sizeof(*this)) + packed_.memory_bytes(); }

 private:
  Entry EntryAt(Packed::Place place) const;
  Packed::Place EndOf(const Entry& entry) const;
  bool HasNames(std::span<const StreamField> fields) const;
  void InsertHead(const StreamId& id, size_t pairs, bool own_names);

  StreamId first_id_;
  StreamId last_id_;
  // The first entry's names, then the entries, each behind a head (types/README.md).
  Packed packed_;
  uint32_t begin_ = 0;  // the place of the first entry
  uint32_t last_ = 0;   // and of the last
  uint32_t names_ = 0;
  uint16_t live_ = 0;
  uint16_t entries_ = 0;
};

template <typename Visitor>
void StreamBlock::Entry::ForEach(Visitor visit) const {
  const Packed& packed = block_->packed_;
  Packed::Place value = content_;
  Packed::Place name = own_names_ ? content_ : 0;
  for (size_t pair = 0; pair < size_; ++pair) {
    if (own_names_) value = packed.Next(name);
    visit(packed.At(name), packed.At(value));
    if (!own_names_) {
      name = packed.Next(name);
      value = packed.Next(value);
    } else {
      name = packed.Next(value);
    }
  }
}

}  // namespace kontor

#endif  // KONTOR_TYPES_STREAM_BLOCK_H_
