#ifndef KONTOR_BROKER_SUBSCRIPTION_H_
#define KONTOR_BROKER_SUBSCRIPTION_H_

#include <cstdint>

#include "broker/member_array.h"
#include "broker/subject.h"

namespace kontor {

class Mailbox;

// One channel or pattern as one mailbox is subscribed to it. It belongs to the mailbox, whose
// entries point to it, and stays until those that did when it ended were read.
struct Subscription {
  Subscription(Mailbox* of_mailbox, Subject* of_subject)
      : mailbox(of_mailbox), subject(of_subject) {
    subject->AddReference();
  }
  ~Subscription() { subject->DropReference(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  Mailbox* const mailbox;
  Subject* const subject;
  // Its tags and what finds them (broker/tag_registry.h). Changed with the locks of the index and
  // of the mailbox's tags, so either will do for reading.
  MemberArray members;
  uint64_t newest_since = 0;  // of its members
  uint32_t number = 0;        // in the registry
  // Guarded by the ChannelIndex's lock.
  uint32_t reader_place = 0;  // among the readers of its subject
  Subscription* next_in_bucket = nullptr;
  uint32_t hash = 0;
  // Once it has ended: how many entries had been put into the mailbox by then, and what ended
  // before it.
  uint64_t ended_at = 0;
  Subscription* next_ended = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_SUBSCRIPTION_H_
