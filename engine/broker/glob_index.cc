#include "broker/glob_index.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "broker/name_hash.h"

namespace kontor {

GlobIndex::~GlobIndex() { nodes_.ForEach(Node::Free); }

GlobIndex::Node* GlobIndex::Find(const Node* parent, Bytes name) const {
  return nodes_.Find(NameHash(name, parent), [&](const Node& node) {
    return node.parent == parent && node.name() == name;
  });
}

GlobIndex::Node* GlobIndex::AddChild(Node* parent, Bytes name) {
  const auto known = std::find_if(parent->lengths.begin(), parent->lengths.end(),
                                  [&](const Length& each) { return each.length == name.size(); });
  const bool is_new = known == parent->lengths.end();
  const size_t before = parent->vector_bytes();
  // Twice as much, so that many lengths are not copied for each of them.
  if (is_new && parent->lengths.size() == parent->lengths.capacity()) {
    parent->lengths.reserve(2 * parent->lengths.size());
  }
  node_bytes_ += parent->vector_bytes() - before;
  Node* const node = Node::Make(name, NameHash(name, parent), parent);
  if (is_new) {
    parent->lengths.push_back({.length = name.size(), .children = 1});
  } else {
    ++known->children;
  }
  nodes_.Insert(node);
  node_bytes_ += node->heap_bytes();
  return node;
}

void GlobIndex::Prune(Node* node) {
  while (node != &root_ && node->globs.empty() && node->lengths.empty()) {
    Node* const parent = node->parent;
    const auto length =
        std::find_if(parent->lengths.begin(), parent->lengths.end(),
                     [&](const Length& each) { return each.length == node->name_bytes; });
    if (--length->children == 0) parent->lengths.erase(length);
    nodes_.Remove(node);
    node_bytes_ -= node->heap_bytes() + node->vector_bytes();
    Node::Free(node);
    node = parent;
  }
}

void GlobIndex::Add(Subject* glob) {
  std::array<char, limits::kNameBytes> buffer;
  const Way way = WayOf(LiteralsOf(glob->name(), buffer.data()));
  Node* node = &root_;
  try {
    for (const Bytes name : way) {
      if (node->globs.size() < kKept) break;
      Node* const child = Find(node, name);
      node = child != nullptr ? child : AddChild(node, name);
    }
    const size_t before = node->vector_bytes();
    node->globs.push_back(glob);
    node_bytes_ += node->vector_bytes() - before;
  } catch (...) {
    Prune(node);
    throw;
  }
}

void GlobIndex::Remove(Subject* glob) {
  std::array<char, limits::kNameBytes> buffer;
  const Way way = WayOf(LiteralsOf(glob->name(), buffer.data()));
  Node* node = &root_;
  auto place = std::find(node->globs.begin(), node->globs.end(), glob);
  for (size_t level = 0; place == node->globs.end(); ++level) {
    node = level < kLevels ? Find(node, way[level]) : nullptr;
    KONTOR_CHECK(node != nullptr);
    place = std::find(node->globs.begin(), node->globs.end(), glob);
  }
  *place = node->globs.back();
  node->globs.pop_back();
  Prune(node);
}

}  // namespace kontor
