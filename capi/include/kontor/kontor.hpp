// Kontor for C++20: owned handles, exceptions and standard types over kontor.h, and nothing more.
// What each call does, which threads may make it and whether it blocks is written in kontor.h; the
// parts say only what differs.
//
// - Failures (negative codes) throw kontor::Error. Ordinary outcomes come back as std::optional or
// bool.
// - Objects own their handle, can be moved but not copied, and lend it with handle(). A moved-from
// object may only be
//   destroyed or assigned to.
// - Bytes go in as std::string_view and come out as std::string; views that an object lends live as
// long as the object.
// - Times are std::chrono: a negative timeout (kForever) waits for ever, zero only looks.
#ifndef KONTOR_KONTOR_HPP_
#define KONTOR_KONTOR_HPP_

#include <kontor/cpp/channel.hpp>
#include <kontor/cpp/common.hpp>
#include <kontor/cpp/consumer.hpp>
#include <kontor/cpp/database.hpp>
#include <kontor/cpp/fetch.hpp>
#include <kontor/cpp/lane.hpp>
#include <kontor/cpp/mailbox.hpp>
#include <kontor/cpp/queue.hpp>
#include <kontor/cpp/schedule.hpp>
#include <kontor/cpp/session.hpp>
#include <kontor/cpp/transaction.hpp>
#include <kontor/cpp/wait_set.hpp>

#endif  // KONTOR_KONTOR_HPP_
