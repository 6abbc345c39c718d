#ifndef KONTOR_BROKER_LINKED_LINE_H_
#define KONTOR_BROKER_LINKED_LINE_H_

#include "base/check.h"

namespace kontor {

// What stands in a line: its neighbours. `Tag` tells the lines apart in which the same thing may
// stand at the same time.
template <typename Tag>
struct Linked {
  Linked* previous = nullptr;
  Linked* next = nullptr;
};

// A line of things that others own, each derived from Linked<Tag>: constant time everywhere, and
// no change can fail.
template <typename T, typename Tag>
class LinkedLine {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return static_cast<T*>(first_); }
  // Null behind the last one.
  static T* Next(const T* item) {
    const Linked<Tag>* const link = item;
    return static_cast<T*>(link->next);
  }
  void PushBack(T* item) { Link(last_, item, nullptr); }
  void PushFront(T* item) { Link(nullptr, item, first_); }
  // An item of this line.
  void Remove(T* item) {
    Linked<Tag>* const link = item;
    KONTOR_CHECK(link->previous != nullptr ? link->previous->next == link : first_ == link);
    (link->previous != nullptr ? link->previous->next : first_) = link->next;
    (link->next != nullptr ? link->next->previous : last_) = link->previous;
    link->previous = nullptr;
    link->next = nullptr;
  }
  // Lets go of all.
  void Clear() { first_ = last_ = nullptr; }

 private:
  void Link(Linked<Tag>* before, Linked<Tag>* link, Linked<Tag>* after) {
    link->previous = before;
    link->next = after;
    (before != nullptr ? before->next : first_) = link;
    (after != nullptr ? after->previous : last_) = link;
  }

  Linked<Tag>* first_ = nullptr;
  Linked<Tag>* last_ = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_LINKED_LINE_H_
