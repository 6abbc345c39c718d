#ifndef KONTOR_KEYSPACE_TABLE_H_
#define KONTOR_KEYSPACE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory_budget.h"
#include "base/random.h"
#include "keyspace/eviction.h"
#include "keyspace/lazy_free.h"
#include "keyspace/record.h"
#include "keyspace/segment.h"
#include "keyspace/slab.h"
#include "keyspace/use_clock.h"

namespace kontor {

// The records of one logical database in one shard: an extendible hash table (R. Fagin et al.,
// 1979) of segments. A directory of 2^d pointers is indexed by the first d bits of a key's path;
// a full segment splits in two, two nearly empty siblings become one, and nothing else moves: no
// operation pays for more than one segment. The number of probes is bounded whatever the keys are:
// those for which a split makes no room, because they share too much of their hash, go to an
// ordered overflow.
//
// Everything needs the shard's lock, and what changes anything SequenceLock::BeginChange before,
// except Peek. Memory is the shard's slab's.
class Table {
 public:
  // All must outlive the table. An empty one has no segments, and costs nothing.
  Table(const KeyHasher* hasher, Slab* slab, UseClock* clock, LazyFree* lazy_free,
        unsigned shard_bits)
      : hasher_(hasher),
        slab_(slab),
        clock_(clock),
        lazy_free_(lazy_free),
        shard_bits_(shard_bits) {}
  ~Table() { Clear(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  size_t size() const { return size_; }
  size_t deadlines() const { return deadlines_; }
  // False: there is nothing here that FindExpired could ever find.
  bool may_expire() const { return deadlines_ != 0 || has_field_deadlines_; }
  size_t segments() const { return segments_; }
  // What hangs off the records as large strings and long keys, and as collections, in bytes.
  int64_t large_bytes() const { return large_.bytes(); }
  int64_t collection_bytes() const { return collections_.bytes(); }
  // Who counts them; must outlive the table.
  void set_budget(MemoryBudget* budget) {
    large_.set_budget(budget);
    collections_.set_budget(budget);
  }

  // Null if absent; lasts until the key's next change.
  Record* Find(const KeyHash& hash, Bytes key);
  // Puts a record in; an old one of this key goes. Throws std::bad_alloc, and then nothing was
  // changed and *content is as it was.
  Record* Put(const KeyHash& hash, Record::Content* content, uint64_t epoch);
  void Clear();
  // Exchanges all they hold.
  void Swap(Table* other);
  // False if there is no such key.
  bool Erase(const KeyHash& hash, Bytes key, uint64_t epoch);

  // The key becomes a string, whatever it was. As strong as Put.
  Record* SetText(const KeyHash& hash, Bytes key, Bytes text, int64_t deadline_unix_ms,
                  uint64_t epoch);

  // Changes of a record that Find answered. Each answers the record that holds the key from now on,
  // and throws std::bad_alloc with nothing changed.
  Record* WriteText(const KeyHash& hash, Record* record, size_t offset, Bytes bytes,
                    uint64_t epoch);
  Record* SetDeadline(const KeyHash& hash, Record* record, int64_t deadline_unix_ms,
                      uint64_t epoch);
  // A collection is about to change through Record::hash or list.
  void Touch(const KeyHash& hash, uint64_t epoch) { SegmentOf(hash)->NoteChange(epoch); }
  // A field of a hash has got this deadline.
  void NoteFieldDeadline(const KeyHash& hash, int64_t deadline_unix_ms);
  // It has changed by so much.
  void NoteCollection(int64_t bytes) { collections_.Add(bytes); }
  // Of the last change beside this key; there must have been one. See Segment::epoch.
  uint64_t EpochBeside(const KeyHash& hash) const { return SegmentOf(hash)->epoch(); }

  // Visits homes until `count` records were met: void(const Record&). Answers where to go on; 0
  // begins and 0 ends. A record that is there throughout is met at least once, whatever splits and
  // merges meanwhile.
  uint64_t Scan(uint64_t position, uint64_t count,
                const std::function<void(const Record&)>& visit) const;
  static constexpr unsigned kScanBits = 30;  // what a position needs
  void ForEach(const std::function<void(const Record&)>& visit) const;
  // Each as likely; null if there are none.
  const Record* Random(class Random* random) const;

  // Looks at up to `segments` of them from *cursor (0: the first) on, until it has found records
  // whose deadline, or a field's, has passed; *cursor is 0 after the last. They are the caller's to
  // erase.
  std::vector<const Record*> FindExpired(uint64_t* cursor, size_t segments, int64_t now_unix_ms);

  // What `eviction` (not kNone) lets go first, out of a sample of some; null if it may let go of
  // none. What has expired goes before anything else.
  const Record* ChooseVictim(Eviction eviction, int64_t now_unix_ms, class Random* random) const;
  // Hands what an allocation of the slab holds over to other memory of the same size class, if it
  // is this table's directory or one of its segments, or (the second) one of its records. False if
  // it is not.
  bool MoveStructure(void* from, void* to, size_t bytes);
  bool MoveRecord(void* from, void* to);

  // --- For readers without the lock: see Segment::Peek. ---

  // Begins to fetch the key's home bucket, and what else is written where a key is put. What is
  // read may be stale, even freed: nothing follows it but a prefetch, which cannot fault.
  void BringBucketNear(const KeyHash& hash, bool to_put) const {
    const uint64_t directory = RelaxedLoad(&directory_);
    if (directory == 0) return;
    const Segment* const segment = RelaxedLoad(&SegmentsOf(directory)[IndexOf(hash, directory)]);
    Segment::BringBucketNear(segment, hash);
    if (to_put) Segment::BringHeaderNear(segment);
  }
  // See Segment::BringNear.
  template <typename Valid>
  const Record* BringNear(const KeyHash& hash, Valid valid) const {
    const Segment* const segment = PeekSegment(hash, valid);
    return segment == nullptr ? nullptr : segment->BringNear(hash);
  }
  template <typename Valid>
  const Record* BringNearElsewhere(const KeyHash& hash, Valid valid) const {
    const Segment* const segment = PeekSegment(hash, valid);
    return segment == nullptr ? nullptr : segment->BringNearElsewhere(hash);
  }

  template <typename Valid>
  Segment::PeekedRecord Peek(const KeyHash& hash, Bytes key, Valid valid) const {
    const Segment* const segment = PeekSegment(hash, valid);
    // Not valid, or an empty table: whoever asks tells them apart by asking once more.
    if (segment == nullptr) return {Segment::Peeked::kAbsent, nullptr};
    return segment->Peek(hash, key, valid);
  }

 private:
  struct Overflowing {
    uint64_t hash;
    mutable Record* record;  // a successor has the same key
  };
  struct ByHashAndKey {
    using is_transparent = void;
    struct Probe {
      uint64_t hash;
      Bytes key;
    };
    static Probe Of(const Overflowing& entry) { return {entry.hash, entry.record->key()}; }
    static Probe Of(const Probe& probe) { return probe; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      const Probe left = Of(a);
      const Probe right = Of(b);
      return left.hash != right.hash ? left.hash < right.hash : left.key < right.key;
    }
  };

  // Null if there is none, or what was read is not valid.
  template <typename Valid>
  const Segment* PeekSegment(const KeyHash& hash, Valid valid) const {
    const uint64_t directory = RelaxedLoad(&directory_);
    if (directory == 0 || !valid()) return nullptr;
    const Segment* const segment = RelaxedLoad(&SegmentsOf(directory)[IndexOf(hash, directory)]);
    return valid() ? segment : nullptr;
  }

  // A directory is an array of pointers in the slab, aligned to 64 bytes; its depth is in the low
  // bits of its address, so that a reader gets both at once.
  static constexpr unsigned kMaxDepth = 18;
  static constexpr uint64_t kDepthMask = 63;
  static unsigned DepthOf(uint64_t directory) {
    return static_cast<unsigned>(directory & kDepthMask);
  }
  static Segment** SegmentsOf(uint64_t directory) {
    return reinterpret_cast<Segment**>(  // NOLINT(performance-no-int-to-ptr)
        directory & ~kDepthMask);
  }
  // A depth is at least 1.
  static size_t IndexOf(const KeyHash& hash, uint64_t directory) {
    return hash.path() >> (64 - DepthOf(directory));
  }

  unsigned depth() const { return DepthOf(directory_); }
  Segment** directory() const { return SegmentsOf(directory_); }
  Segment* SegmentOf(const KeyHash& hash) const { return directory()[IndexOf(hash, directory_)]; }
  uint64_t PathOf(const Record* record) const;

  bool empty() const { return directory_ == 0; }
  // Makes the first segment.
  void Begin();
  // Points the directory to a segment wherever its prefix leads.
  void Install(Segment* segment);
  void SetDirectory(Segment** segments, unsigned depth);
  void GrowDirectory();
  void ShrinkDirectory();
  // False if a split would help nobody, or there is no memory for it.
  bool TrySplit(Segment* segment);
  void TryMerge(Segment* segment);

  // The place of a record becomes that of its successor, which `make` makes, and the record goes.
  template <typename Make>
  Record* Succeed(const KeyHash& hash, Record* record, uint64_t epoch, Make make);
  // Put of a record of so many bytes, which `make` makes and, for want of memory, `unmake` undoes.
  template <typename Make, typename Unmake>
  Record* PutMade(const KeyHash& hash, Record* old, size_t bytes, uint64_t epoch, Make make,
                  Unmake unmake);
  void InsertNew(const KeyHash& hash, Record* record, uint64_t epoch);
  void NoteAdded(Segment* segment, const Record& record, uint64_t epoch);
  void NoteRemoved(const Record& record);
  void NoteDeadline(Segment* segment, int64_t deadline_unix_ms);
  void NoteFieldDeadline(Segment* segment, int64_t deadline_unix_ms);
  void Free(Record* record);
  // Visits records from a random place on, bool(const Record&), until it answers false or all were
  // met; where `volatile_only`, only those with a deadline.
  template <typename Visitor>
  void VisitFromRandom(bool volatile_only, class Random* random, Visitor visit) const;
  // How many were met.
  uint64_t VisitHome(const Segment& segment, unsigned home,
                     const std::function<void(const Record&)>& visit) const;
  void CollectExpired(Segment* segment, int64_t now_unix_ms, std::vector<const Record*>* expired);

  uint64_t directory_ = 0;  // first, beside the lock: see Shard
  const KeyHasher* const hasher_;
  Slab* const slab_;
  UseClock* const clock_;
  LazyFree* const lazy_free_;
  const unsigned shard_bits_;
  size_t size_ = 0;
  size_t deadlines_ = 0;
  bool has_field_deadlines_ = false;  // or has had, since it was empty
  size_t segments_ = 0;
  size_t deepest_ = 0;  // segments that are as deep as the directory
  CountedMemory large_{MemoryPurpose::kLargeStrings};
  CountedMemory collections_{MemoryPurpose::kCollections};
  std::set<Overflowing, ByHashAndKey> overflow_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_TABLE_H_
