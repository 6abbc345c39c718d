#include "persist/rdb_stream.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "persist/rdb_packed.h"
#include "persist/rdb_writer.h"

namespace kontor {
namespace {

using rdb::Form;

constexpr uint64_t kUnknown = UINT64_MAX;  // how many entries a group has read
// Flags, milliseconds and sequence; behind them, the number of pairs if the names are its own.
constexpr uint64_t kHeadElements = 3;

// ---- Reading a node ----

// The names of an entry are written once for a whole node, but more often here if they are long.
// What comes of that, and of compression, is bounded by so many times the input, and a little.
constexpr size_t kMostGrowth = 512;
constexpr size_t kLittleBytes = size_t{1} << 16;

// Entries in one listpack: how many are there, how many are deleted, the names most of them have
// and a zero; then the entries. Their ids are told by what they are more than the node's.
class NodeReader {
 public:
  NodeReader(const StreamId& id, Bytes listpack, size_t most_bytes, Stream* stream)
      : id_(id), most_bytes_(most_bytes), stream_(stream), reader_(listpack) {}

  bool Read() {
    uint64_t live = 0;
    uint64_t deleted = 0;
    uint64_t names = 0;
    int64_t zero = 0;
    if (!ReadCount(&live) || !ReadCount(&deleted) || !ReadCount(&names) || !AddTo(&names_, names) ||
        !reader_.ReadInteger(&zero) || zero != 0) {
      return false;
    }
    while (reader_.HasMore()) {
      if (!ReadEntry()) return false;
    }
    return reader_.AtEnd() && live == live_ && deleted == deleted_;
  }

 private:
  bool ReadCount(uint64_t* count) {
    int64_t integer = 0;
    if (!reader_.ReadInteger(&integer) || integer < 0) return false;
    *count = static_cast<uint64_t>(integer);
    return true;
  }

  // No command has more arguments, so that no entry has as many names or values.
  bool AddTo(std::vector<Element>* elements, uint64_t count) {
    if (count > limits::kArguments) return false;
    for (; count > 0; --count) {
      if (!reader_.Read(&elements->emplace_back())) return false;
    }
    return true;
  }

  bool ReadEntry() {
    int64_t flags = 0;
    int64_t ms = 0;
    int64_t sequence = 0;
    if (!reader_.ReadInteger(&flags) || !reader_.ReadInteger(&ms) ||
        !reader_.ReadInteger(&sequence)) {
      return false;
    }
    const bool own_names = (flags & rdb::kEntryHasNamesOfNode) == 0;
    uint64_t pairs = names_.size();
    uint64_t count = 0;
    content_.clear();
    if (own_names && (!ReadCount(&pairs) || pairs > limits::kArguments)) return false;
    if (!AddTo(&content_, own_names ? 2 * pairs : pairs) || !ReadCount(&count)) return false;
    if (count != kHeadElements + content_.size() + (own_names ? 1 : 0)) return false;
    if ((flags & rdb::kEntryIsDeleted) != 0) {
      ++deleted_;
      return true;
    }
    ++live_;
    return Add({id_.ms + static_cast<uint64_t>(ms), id_.sequence + static_cast<uint64_t>(sequence)},
               pairs, own_names);
  }

  bool Add(const StreamId& id, size_t pairs, bool own_names) {
    fields_.clear();
    for (size_t i = 0; i < pairs; ++i) {
      const Element& name = own_names ? content_[2 * i] : names_[i];
      const Element& value = own_names ? content_[2 * i + 1] : content_[i];
      fields_.push_back({name.bytes(), value.bytes()});
    }
    return id > stream_->last_id() && stream_->Add(id, fields_) &&
           stream_->memory_bytes() <= most_bytes_;
  }

  const StreamId id_;
  const size_t most_bytes_;
  Stream* const stream_;
  ListpackReader reader_;
  std::vector<Element> names_;
  std::vector<Element> content_;  // of an entry: values, or names and values by turns
  std::vector<StreamField> fields_;
  uint64_t live_ = 0;
  uint64_t deleted_ = 0;
};

// ---- Reading a stream ----

// As two numbers, the highest byte first.
bool ReadRawId(RdbReader* reader, StreamId* id) {
  return reader->ReadBigEndian(8, &id->ms) && reader->ReadBigEndian(8, &id->sequence);
}

bool ReadId(RdbReader* reader, StreamId* id) {
  return reader->ReadLength(&id->ms) && reader->ReadLength(&id->sequence);
}

// Unix milliseconds, or -1 for never.
bool ReadTime(RdbReader* reader, int64_t* unix_ms) {
  return reader->ReadSigned(8, unix_ms) && *unix_ms >= -1;
}

bool ReadNodes(RdbReader* reader, Stream* stream) {
  const size_t most_bytes = kLittleBytes + kMostGrowth * reader->rest().size();
  uint64_t nodes = 0;
  if (!reader->ReadLength(&nodes)) return false;
  for (; nodes > 0; --nodes) {
    std::string key;
    std::string listpack;
    StreamId id{};
    if (!reader->ReadString(&key) || !reader->ReadString(&listpack)) return false;
    RdbReader key_reader(key);
    if (!ReadRawId(&key_reader, &id) || !key_reader.empty() ||
        !NodeReader(id, listpack, most_bytes, stream).Read()) {
      return false;
    }
  }
  return true;
}

// What is known of the whole, which must fit its entries.
bool ReadIds(Form form, RdbReader* reader, Stream* stream) {
  uint64_t size = 0;
  uint64_t entries_added = 0;
  StreamId last_id{};
  StreamId first_id{};  // is not needed
  StreamId max_deleted_id = kNoStreamId;
  if (!reader->ReadLength(&size) || !ReadId(reader, &last_id)) return false;
  entries_added = size;
  if (form != Form::kStream1 && (!ReadId(reader, &first_id) || !ReadId(reader, &max_deleted_id) ||
                                 !reader->ReadLength(&entries_added))) {
    return false;
  }
  if (size != stream->size() || last_id < stream->last_id() || last_id < max_deleted_id ||
      entries_added < size) {
    return false;
  }
  stream->SetIds(last_id, max_deleted_id, entries_added);
  return true;
}

struct Delivery {
  int64_t unix_ms;
  uint64_t deliveries;
};
// What is pending in a group, but not said yet with whom.
using Deliveries = std::map<StreamId, Delivery>;

bool ReadDeliveries(RdbReader* reader, Deliveries* deliveries) {
  uint64_t count = 0;
  if (!reader->ReadLength(&count)) return false;
  for (; count > 0; --count) {
    StreamId id{};
    Delivery delivery{};
    if (!ReadRawId(reader, &id) || !ReadTime(reader, &delivery.unix_ms) ||
        !reader->ReadLength(&delivery.deliveries) || !deliveries->emplace(id, delivery).second) {
      return false;
    }
  }
  return true;
}

// What is pending with one consumer.
bool ReadPending(RdbReader* reader, Deliveries* deliveries, ConsumerGroup* group,
                 ConsumerGroup::Consumer* consumer) {
  uint64_t count = 0;
  if (!reader->ReadLength(&count)) return false;
  for (; count > 0; --count) {
    StreamId id{};
    if (!ReadRawId(reader, &id)) return false;
    const auto found = deliveries->find(id);
    if (found == deliveries->end()) return false;
    group->SetPending({id, consumer, found->second.unix_ms, found->second.deliveries});
    deliveries->erase(found);
  }
  return true;
}

bool ReadConsumer(Form form, RdbReader* reader, Deliveries* deliveries, ConsumerGroup* group) {
  std::string name;
  if (!reader->ReadString(&name) || group->FindConsumer(name) != nullptr) return false;
  ConsumerGroup::Consumer* const consumer = group->AddConsumer(name);
  if (!ReadTime(reader, &consumer->seen_unix_ms)) return false;
  consumer->active_unix_ms = consumer->seen_unix_ms;  // the best there is
  if (form == Form::kStream3 && !ReadTime(reader, &consumer->active_unix_ms)) return false;
  return ReadPending(reader, deliveries, group, consumer);
}

bool ReadGroup(Form form, RdbReader* reader, Stream* stream) {
  std::string name;
  if (!reader->ReadString(&name) || stream->FindGroup(name) != nullptr) return false;
  ConsumerGroup* const group = stream->AddGroup(name);
  if (!ReadId(reader, &group->last_delivered_id)) return false;
  group->entries_read = stream->EntriesUpTo(group->last_delivered_id);
  if (form != Form::kStream1) {
    uint64_t entries_read = 0;
    if (!reader->ReadLength(&entries_read)) return false;
    group->entries_read.reset();
    if (entries_read != kUnknown) group->entries_read = entries_read;
  }
  Deliveries deliveries;
  uint64_t consumers = 0;
  if (!ReadDeliveries(reader, &deliveries) || !reader->ReadLength(&consumers)) return false;
  for (; consumers > 0; --consumers) {
    if (!ReadConsumer(form, reader, &deliveries, group)) return false;
  }
  return deliveries.empty();
}

// ---- Writing a node ----

void AppendRawId(const StreamId& id, std::string* out) {
  AppendBigEndian(id.ms, 8, out);
  AppendBigEndian(id.sequence, 8, out);
}

// As large as those of Redis by default.
constexpr uint64_t kEntriesOfNode = 100;
constexpr size_t kBytesOfNode = 4096;

// Puts entries that follow each other into nodes.
class NodeWriter {
 public:
  void Add(const Stream::Entry& entry) {
    if (entries_ == kEntriesOfNode || content_.bytes() >= kBytesOfNode) EndNode();
    if (entries_ == 0) BeginNode(entry);
    const bool own_names = !HasNames(entry);
    content_.Add(own_names ? 0 : rdb::kEntryHasNamesOfNode);
    content_.Add(static_cast<int64_t>(entry.id().ms - id_.ms));
    content_.Add(static_cast<int64_t>(entry.id().sequence - id_.sequence));
    const auto pairs = static_cast<int64_t>(entry.size());
    if (own_names) content_.Add(pairs);
    entry.ForEach([&](const Element& name, const Element& value) {
      if (own_names) content_.Add(name.bytes());
      content_.Add(value.bytes());
    });
    content_.Add(static_cast<int64_t>(kHeadElements) + (own_names ? 2 * pairs + 1 : pairs));
    ++entries_;
  }

  // Their number, and each of them.
  void Finish(std::string* out) {
    if (entries_ > 0) EndNode();
    AppendRdbLength(node_count_, out);
    out->append(nodes_);
  }

 private:
  void BeginNode(const Stream::Entry& entry) {
    id_ = entry.id();
    names_.clear();
    entry.ForEach([&](const Element& name, const Element&) { names_.emplace_back(name.bytes()); });
  }

  bool HasNames(const Stream::Entry& entry) const {
    size_t same = 0;
    if (entry.size() != names_.size()) return false;
    entry.ForEach([&](const Element& name, const Element&) {
      if (same < names_.size() && names_[same] == name.bytes()) ++same;
    });
    return same == names_.size();
  }

  void EndNode() {
    ListpackWriter listpack;
    listpack.Add(static_cast<int64_t>(entries_));
    listpack.Add(0);  // none of them is deleted
    listpack.Add(static_cast<int64_t>(names_.size()));
    for (const std::string& name : names_) listpack.Add(Bytes(name));
    listpack.Add(0);
    listpack.Add(content_);
    std::string key;
    AppendRawId(id_, &key);
    AppendRdbString(key, &nodes_);
    AppendRdbString(listpack.Finish(), &nodes_);
    ++node_count_;
    entries_ = 0;
    content_ = ListpackWriter();
  }

  StreamId id_ = kNoStreamId;
  std::vector<std::string> names_;
  ListpackWriter content_;
  uint64_t entries_ = 0;  // of the node that is not ended
  std::string nodes_;
  uint64_t node_count_ = 0;
};

// ---- Writing a stream ----

void AppendId(const StreamId& id, std::string* out) {
  AppendRdbLength(id.ms, out);
  AppendRdbLength(id.sequence, out);
}

void AppendTime(int64_t unix_ms, std::string* out) {
  AppendLittleEndian(static_cast<uint64_t>(unix_ms), 8, out);
}

void AppendConsumer(const ConsumerGroup::Consumer& consumer, std::string* out) {
  AppendRdbString(consumer.name(), out);
  AppendTime(consumer.seen_unix_ms, out);
  AppendRdbLength(consumer.pending(), out);
  for (auto each = consumer.PendingFrom(kNoStreamId); each.valid(); each.Next()) {
    AppendRawId(each.entry(), out);
  }
}

void AppendGroup(Bytes name, const ConsumerGroup& group, std::string* out) {
  AppendRdbString(name, out);
  AppendId(group.last_delivered_id, out);
  AppendRdbLength(group.entries_read.value_or(kUnknown), out);
  AppendRdbLength(group.pending().size(), out);
  group.pending().ForEach([out](const ConsumerGroup::Pending& each) {
    AppendRawId(each.id, out);
    AppendTime(each.delivered_unix_ms, out);
    AppendRdbLength(each.deliveries, out);
  });
  AppendRdbLength(group.consumers().size(), out);
  for (const auto& [unused, consumer] : group.consumers()) AppendConsumer(consumer, out);
}

}  // namespace

bool ReadRdbStream(Form form, RdbReader* reader, Stream* stream) {
  uint64_t groups = 0;
  if (!ReadNodes(reader, stream) || !ReadIds(form, reader, stream) ||
      !reader->ReadLength(&groups)) {
    return false;
  }
  for (; groups > 0; --groups) {
    if (!ReadGroup(form, reader, stream)) return false;
  }
  return true;
}

void AppendRdbStream(const Stream& stream, std::string* out) {
  NodeWriter nodes;
  for (auto each = stream.From(kNoStreamId); each.valid(); each.Next()) nodes.Add(each.entry());
  nodes.Finish(out);
  AppendRdbLength(stream.size(), out);
  AppendId(stream.last_id(), out);
  AppendId(stream.first_id(), out);
  AppendId(stream.max_deleted_id(), out);
  AppendRdbLength(stream.entries_added(), out);
  AppendRdbLength(stream.groups().size(), out);
  for (const auto& [name, group] : stream.groups()) AppendGroup(name, group, out);
}

}  // namespace kontor
