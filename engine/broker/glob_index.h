#ifndef KONTOR_BROKER_GLOB_INDEX_H_
#define KONTOR_BROKER_GLOB_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "base/bytes.h"
#include "base/glob.h"
#include "base/heap_bytes.h"
#include "broker/linked_table.h"
#include "broker/subject.h"

namespace kontor {

// Finds the globs that match a channel without a look at the others. A glob hangs in a trie of
// three levels: by what its texts begin with, then by what they end with, then by the longest run
// of characters in between (base/glob.h). The steps of the trie are entries of one hash table, so a
// channel asks for each length of prefix that there is (at most 255), below the prefixes it has for
// each length of suffix, and below those for each length of piece at each of its places; and tests
// the globs that it meets.
//
// A node keeps the first few globs that come to it and sends the others down, so that few globs
// make few nodes. Globs that agree in prefix, suffix and piece (`[ab]*`, `[cd]*`) are told apart by
// being tested: that is the worst case, and their number is its measure.
//
// Adding throws std::bad_alloc with nothing changed; removing needs no memory. Not thread-safe.
class GlobIndex {
 public:
  GlobIndex() = default;
  GlobIndex(const GlobIndex&) = delete;
  GlobIndex& operator=(const GlobIndex&) = delete;
  ~GlobIndex();

  // The subject's name is the glob; it must stay until it is removed.
  void Add(Subject* glob);
  // It must have been added.
  void Remove(Subject* glob);
  // visit(subject) for each glob that matches, once.
  template <typename Visit>
  void ForEachMatch(Bytes channel, Visit visit) const;

  size_t memory_bytes() const { return nodes_.memory_bytes() + node_bytes_; }
  // How many globs were tested since the beginning: what the index is there to keep small.
  uint64_t tested() const { return tested_; }

 private:
  static constexpr size_t kLevels = 3;
  static constexpr size_t kKept = 4;  // globs that a node keeps before it sends others down

  // How many children have names of this length.
  struct Length {
    size_t length;
    size_t children;
  };
  // A prefix, a suffix below a prefix, or a piece below both; its name is those characters.
  struct Node : NamedNode<Node> {
    explicit Node(Node* of_parent) : parent(of_parent) {}

    // What its vectors take of the heap.
    size_t vector_bytes() const {
      return (globs.capacity() <= 1 ? 0 : HeapBytes(globs.capacity() * sizeof(void*))) +
             (lengths.capacity() <= 1 ? 0 : HeapBytes(lengths.capacity() * sizeof(lengths[0])));
    }

    Node* const parent;
    absl::InlinedVector<Subject*, 1> globs;
    absl::InlinedVector<Length, 1> lengths;
    mutable uint64_t met_in = 0;  // the latest search that came here
  };
  // The names of the nodes on the way of a glob.
  using Way = std::array<Bytes, kLevels>;
  static Way WayOf(const GlobLiterals& literals) {
    return {literals.prefix, literals.suffix, literals.piece};
  }

  Node* Find(const Node* parent, Bytes name) const;
  // Throws std::bad_alloc with nothing changed.
  Node* AddChild(Node* parent, Bytes name);
  // Takes away what holds nothing any more, from here up.
  void Prune(Node* node);

  template <typename Visit>
  void Test(const Node& node, Bytes channel, Visit visit) const;
  template <typename Visit>
  void SearchPieces(const Node& suffix, Bytes middle, Bytes channel, Visit visit) const;
  template <typename Visit>
  void SearchSuffixes(const Node& prefix, Bytes channel, Visit visit) const;

  Node root_{nullptr};
  LinkedTable<Node> nodes_;
  size_t node_bytes_ = 0;
  mutable uint64_t searches_ = 0;
  mutable uint64_t tested_ = 0;
};

template <typename Visit>
void GlobIndex::Test(const Node& node, Bytes channel, Visit visit) const {
  for (Subject* glob : node.globs) {
    ++tested_;
    if (GlobMatch(glob->name(), channel)) visit(glob);
  }
}

template <typename Visit>
void GlobIndex::SearchPieces(const Node& suffix, Bytes middle, Bytes channel, Visit visit) const {
  for (const Length& each : suffix.lengths) {
    for (size_t at = 0; at + each.length <= middle.size(); ++at) {
      const Node* const piece = Find(&suffix, middle.substr(at, each.length));
      // A channel may have it twice.
      if (piece != nullptr && piece->met_in != searches_) {
        piece->met_in = searches_;
        Test(*piece, channel, visit);
      }
      if (each.length == 0) break;
    }
  }
}

template <typename Visit>
void GlobIndex::SearchSuffixes(const Node& prefix, Bytes channel, Visit visit) const {
  const Bytes rest = channel.substr(prefix.name_bytes);
  for (const Length& each : prefix.lengths) {
    if (each.length > rest.size()) continue;
    const size_t middle_bytes = rest.size() - each.length;
    const Node* const suffix = Find(&prefix, rest.substr(middle_bytes));
    if (suffix == nullptr) continue;
    Test(*suffix, channel, visit);
    SearchPieces(*suffix, rest.substr(0, middle_bytes), channel, visit);
  }
}

template <typename Visit>
void GlobIndex::ForEachMatch(Bytes channel, Visit visit) const {
  ++searches_;
  Test(root_, channel, visit);
  for (const Length& each : root_.lengths) {
    if (each.length > channel.size()) continue;
    const Node* const prefix = Find(&root_, channel.substr(0, each.length));
    if (prefix == nullptr) continue;
    Test(*prefix, channel, visit);
    SearchSuffixes(*prefix, channel, visit);
  }
}

}  // namespace kontor

#endif  // KONTOR_BROKER_GLOB_INDEX_H_
