#ifndef KONTOR_TYPES_STREAM_H_
#define KONTOR_TYPES_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "types/consumer_group.h"
#include "types/counted_tree.h"
#include "types/stream_block.h"
#include "types/stream_id.h"

namespace kontor {

// The stream type: a log of entries in the order of their ids, each of them pairs of a name and a
// value, and the groups that read it. What is added comes last; what is removed goes from the front
// (a trim) or from anywhere. A stream may be empty.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; a removal needs none,
// nor does putting back an entry that was deleted while another of its block is there. Bytes given
// must not lie in the stream. Not thread-safe. Groups stay where they are until they are deleted;
// all else that is returned lasts until the next change.
class Stream {
  // A block of entries, which the tree does not own.
  struct Located {
    StreamId first_id;
    StreamBlock* block;
  };
  struct ByFirstId {
    bool operator()(const Located& one, const Located& other) const {
      return one.first_id < other.first_id;
    }
  };
  using Blocks = CountedTree<Located, ByFirstId>;

 public:
  using Entry = StreamBlock::Entry;
  using Groups = std::map<std::string, ConsumerGroup, std::less<>>;

  Stream() = default;
  Stream(const Stream& other);
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // ---- Entries ----

  size_t size() const { return size_; }
  // Of the first entry; kNoStreamId if there is none.
  StreamId first_id() const;
  // The greatest id there ever was, which the next one must exceed.
  const StreamId& last_id() const { return last_id_; }
  // The greatest id that Delete removed.
  const StreamId& max_deleted_id() const { return max_deleted_id_; }
  // How many there ever were.
  uint64_t entries_added() const { return entries_added_; }
  // As XSETID does, or to take back what changed them.
  void SetIds(const StreamId& last_id, const StreamId& max_deleted_id, uint64_t entries_added);

  // A walk over the entries towards either end.
  class Iterator {
   public:
    // False once it has gone past an end; the others need it to be true.
    bool valid() const { return block_.valid(); }
    const StreamId& id() const { return entry_.id(); }
    const Entry& entry() const { return entry_; }
    void Next();
    void Previous();

   private:
    friend class Stream;
    void Step();
    void StepBack();
    Blocks::Iterator block_;
    Entry entry_;
  };
  // At the first entry whose id is not less.
  Iterator From(const StreamId& id) const;
  // At the last entry whose id is not greater.
  Iterator Until(const StreamId& id) const;
  bool Contains(const StreamId& id) const;

  // Whether Add takes it: an entry with an id greater than last_id(), which then is the last one
  // and is counted as added, or one that was removed and is put back, which changes neither. There
  // is at least one field, and the id is not kNoStreamId.
  bool CanAdd(const StreamId& id, std::span<const StreamField> fields) const;
  // False, and nothing is changed, if it does not.
  bool Add(const StreamId& id, std::span<const StreamField> fields);
  // False if there is no such entry.
  bool Delete(const StreamId& id);

  // A trim: how many entries go, and the id of the last that does or of some deleted one after it.
  struct Trim {
    StreamId last_id;
    size_t count;
  };
  enum class TrimBy {
    kEntry,  // as many as asked for
    kBlock,  // whole blocks, so that it costs next to nothing, and some more may stay
  };
  // What leaves `most` entries; by blocks no more than `limit` of them go, unless that is 0.
  Trim TrimToSize(size_t most, TrimBy by, size_t limit) const;
  // What leaves those whose ids are not less; likewise.
  Trim TrimToId(const StreamId& least, TrimBy by, size_t limit) const;
  // Removes the entries up to this id, including it; how many they were.
  size_t RemoveThrough(const StreamId& last_id);

  // ---- Groups ----

  // By name.
  const Groups& groups() const { return groups_; }
  // Null if there is none.
  ConsumerGroup* FindGroup(Bytes name);
  const ConsumerGroup* FindGroup(Bytes name) const;
  // The one that is there if there is one.
  ConsumerGroup* AddGroup(Bytes name);
  // False if there is none.
  bool DeleteGroup(Bytes name);
  // How many entries the group has yet to read; none where deleted ones make that unknown. Less
  // than 0 if the group was told so.
  std::optional<int64_t> LagOf(const ConsumerGroup& group) const;
  // What the group's entries_read becomes when this entry is delivered to it as a new one.
  std::optional<uint64_t> EntriesReadWith(const ConsumerGroup& group, const StreamId& id) const;
  // How many entries there ever were up to this id, where that can be known.
  std::optional<uint64_t> EntriesUpTo(const StreamId& id) const;

  // How many pieces it lies in.
  size_t block_count() const { return blocks_.size(); }
  // What its allocations take of the heap, this object not included. Adds up the groups.
  size_t memory_bytes() const;

 private:
  // The number of blocks that begin at this id or before.
  size_t BlocksUpTo(const StreamId& id) const;
  StreamBlock* BlockAt(size_t rank) const { return blocks_.From(rank).entry().block; }
  // Among a block's entries, deleted or not, the first whose id is not less; there is one.
  static Entry FirstNotBefore(const StreamBlock& block, const StreamId& id);
  // Whether the entry and all behind it in the block are deleted.
  static bool IsDeletedTail(const StreamBlock& block, Entry entry);
  template <typename Change>
  void ChangeBlock(StreamBlock* block, Change change);
  // The block may be null; or full, and then there will be another one.
  void AppendTo(StreamBlock* block, const StreamId& id, std::span<const StreamField> fields);
  void AddBlock(std::unique_ptr<StreamBlock> block);
  void MoveTail(StreamBlock* block, const Entry& entry);
  StreamBlock* DropTail(StreamBlock* block, const Entry& entry) noexcept;
  void DropBlock(StreamBlock* block) noexcept;
  template <typename GoesBlock, typename GoesEntry>
  Trim PlanTrim(TrimBy by, size_t limit, GoesBlock goes_block, GoesEntry goes_entry) const;
  // Whether one was deleted, by Delete, at this id or later.
  bool HasGapsFrom(const StreamId& id) const;

  Blocks blocks_;  // none is without a live entry
  size_t block_bytes_ = 0;
  size_t size_ = 0;
  StreamId last_id_ = kNoStreamId;
  StreamId max_deleted_id_ = kNoStreamId;
  uint64_t entries_added_ = 0;
  Groups groups_;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_STREAM_H_
