#ifndef KONTOR_BINDINGS_PYTHON_SRC_CHANNEL_H_
#define KONTOR_BINDINGS_PYTHON_SRC_CHANNEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "database.h"
#include "mailbox.h"

// Channels that keep messages.
namespace kontor::python {

// Raises InvalidError for KONTOR_NOT_FOUND: the channel keeps no messages.
void MustKeepMessages(int32_t code);

// `options`: numbers by KONTOR_CHANNEL_*.
void DeclareChannel(const Database& db, py::handle channel,
                    const std::vector<std::pair<uint32_t, int64_t>>& options);
// False where it kept no messages.
bool DeleteChannel(const Database& db, py::handle channel);
std::vector<std::unique_ptr<Delivery>> ReadChannel(const Database& db, py::handle channel,
                                                   uint64_t sequence, size_t maximum);
// First and last sequence, count, bytes.
std::array<uint64_t, 4> ChannelFigures(const Database& db, py::handle channel);
// Who is in it.
std::vector<uint64_t> ChannelTags(const Database& db, py::handle channel);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_CHANNEL_H_
