#ifndef KONTOR_BROKER_TOKEN_TRIE_H_
#define KONTOR_BROKER_TOKEN_TRIE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "broker/linked_table.h"
#include "broker/subject.h"

namespace kontor {

// Finds the token patterns that match a channel. A channel's tokens stand between its dots. In a
// pattern `*` is one token, whatever it is, and `>`, the last one, is one token or more:
// `prices.*.usd`, `logs.>`. (As in NATS.) Inside a longer token both are characters like others.
//
// A trie of tokens, whose steps by name are entries of one hash table. A channel of n tokens goes
// two ways at each of them, by the token and by `*`, if both are there: it meets no node that is
// not the beginning of a pattern which has matched so far, and so at most 2^(n+1) and at most as
// many as there are. A channel's own tokens may be empty.
//
// Adding throws std::bad_alloc with nothing changed; removing needs no memory. Not thread-safe.
class TokenTrie {
 public:
  TokenTrie() = default;
  TokenTrie(const TokenTrie&) = delete;
  TokenTrie& operator=(const TokenTrie&) = delete;
  ~TokenTrie();

  // kInvalid, naming the place, for an empty token or a `>` that is not the last one.
  static Status Validate(Bytes pattern);

  // The subject's name is a valid pattern that is not in here; it must stay until it is removed.
  void Add(Subject* pattern);
  // It must have been added.
  void Remove(Subject* pattern);
  // visit(subject) for each pattern that matches, once.
  template <typename Visit>
  void ForEachMatch(Bytes channel, Visit visit) const;

  size_t memory_bytes() const { return nodes_.memory_bytes() + node_bytes_; }

 private:
  struct Node : NamedNode<Node> {
    explicit Node(Node* of_parent) : parent(of_parent) {}
    bool is_empty() const { return children == 0 && ends_here == nullptr && rest == nullptr; }

    Node* const parent;
    Node* any = nullptr;           // the child `*`
    Subject* ends_here = nullptr;  // the pattern that is the way to here
    Subject* rest = nullptr;       // the one that goes on with `>`
    size_t children = 0;           // `any` and those by name
  };

  // Takes the first token off what is left of a channel or pattern, and the dot behind it. False
  // once nothing is left: what ends with a dot ends with an empty token.
  struct Rest {
    Bytes text;
    bool more = true;
  };
  static Bytes TakeToken(Rest* rest);

  Node* Find(const Node* parent, Bytes token) const;
  Node* ChildFor(Node* parent, Bytes token);
  void Prune(Node* node);
  Subject** PlaceFor(Node* node, bool rest) { return rest ? &node->rest : &node->ends_here; }

  Node root_{nullptr};
  LinkedTable<Node> nodes_;
  size_t node_bytes_ = 0;
};

template <typename Visit>
void TokenTrie::ForEachMatch(Bytes channel, Visit visit) const {
  struct Step {
    const Node* node;
    Rest rest;
  };
  // Each step takes one away and adds two at most, one token further down. No way is longer than a
  // pattern, which has no empty tokens.
  std::array<Step, limits::kNameBytes / 2 + 3> open;
  size_t count = 0;
  open[count++] = {&root_, {channel}};
  while (count > 0) {
    auto [node, rest] = open[--count];
    if (!rest.more) {
      if (node->ends_here != nullptr) visit(node->ends_here);
      continue;
    }
    if (node->rest != nullptr) visit(node->rest);
    const Bytes token = TakeToken(&rest);
    if (node->any != nullptr) open[count++] = {node->any, rest};
    const Node* const named = node->children == 0 ? nullptr : Find(node, token);
    if (named != nullptr) open[count++] = {named, rest};
  }
}

}  // namespace kontor

#endif  // KONTOR_BROKER_TOKEN_TRIE_H_
