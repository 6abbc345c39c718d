#include "broker/token_trie.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "broker/name_hash.h"
#include "broker/naming.h"

namespace kontor {
namespace {

constexpr Bytes kAny = "*";
constexpr Bytes kRest = ">";

}  // namespace

TokenTrie::~TokenTrie() { nodes_.ForEach(Node::Free); }

Bytes TokenTrie::TakeToken(Rest* rest) {
  const size_t dot = rest->text.find('.');
  const Bytes token = rest->text.substr(0, dot);
  rest->more = dot != Bytes::npos;
  rest->text = rest->more ? rest->text.substr(dot + 1) : Bytes();
  return token;
}

Status TokenTrie::Validate(Bytes pattern) {
  Rest rest{pattern};
  for (size_t number = 1; rest.more; ++number) {
    const Bytes token = TakeToken(&rest);
    if (token.empty()) {
      return Status(Code::kInvalid, absl::StrCat("token ", number, " of the pattern ",
                                                 Quoted(pattern), " is empty"));
    }
    if (token == kRest && rest.more) {
      return Status(Code::kInvalid,
                    absl::StrCat("token ", number, " of the pattern ", Quoted(pattern),
                                 " is '>', which may only be the last one"));
    }
  }
  return Ok();
}

// A child by name is in the table under its token, `*` under that name: nobody asks for it there.
TokenTrie::Node* TokenTrie::Find(const Node* parent, Bytes token) const {
  return nodes_.Find(NameHash(token, parent), [&](const Node& node) {
    return node.parent == parent && &node != parent->any && node.name() == token;
  });
}

TokenTrie::Node* TokenTrie::ChildFor(Node* parent, Bytes token) {
  Node* child = token == kAny ? parent->any : Find(parent, token);
  if (child != nullptr) return child;
  child = Node::Make(token, NameHash(token, parent), parent);
  nodes_.Insert(child);
  node_bytes_ += child->heap_bytes();
  ++parent->children;
  if (token == kAny) parent->any = child;
  return child;
}

void TokenTrie::Prune(Node* node) {
  while (node != &root_ && node->is_empty()) {
    Node* const parent = node->parent;
    if (parent->any == node) parent->any = nullptr;
    --parent->children;
    nodes_.Remove(node);
    node_bytes_ -= node->heap_bytes();
    Node::Free(node);
    node = parent;
  }
}

void TokenTrie::Add(Subject* pattern) {
  Node* node = &root_;
  Rest rest{pattern->name()};
  bool ends_with_rest = false;
  try {
    while (rest.more) {
      const Bytes token = TakeToken(&rest);
      ends_with_rest = token == kRest;
      if (!ends_with_rest) node = ChildFor(node, token);
    }
  } catch (...) {
    Prune(node);
    throw;
  }
  Subject** const place = PlaceFor(node, ends_with_rest);
  KONTOR_CHECK(*place == nullptr);
  *place = pattern;
}

void TokenTrie::Remove(Subject* pattern) {
  Node* node = &root_;
  Rest rest{pattern->name()};
  bool ends_with_rest = false;
  while (rest.more) {
    const Bytes token = TakeToken(&rest);
    ends_with_rest = token == kRest;
    if (ends_with_rest) break;
    node = token == kAny ? node->any : Find(node, token);
    KONTOR_CHECK(node != nullptr);
  }
  Subject** const place = PlaceFor(node, ends_with_rest);
  KONTOR_CHECK(*place == pattern);
  *place = nullptr;
  Prune(node);
}

}  // namespace kontor
