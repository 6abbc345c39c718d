#include "queues/beanstalk.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace bench {

Beanstalk::Beanstalk(const std::string& socket) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(place.sun_path)) throw std::runtime_error("a path that is too long");
  std::memcpy(place.sun_path, socket.data(), socket.size());
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor_, reinterpret_cast<sockaddr*>(&place), sizeof(place)) != 0) {
    throw std::runtime_error("no connection to beanstalkd");
  }
}

Beanstalk::~Beanstalk() { close(descriptor_); }

void Beanstalk::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("beanstalkd went away");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void Beanstalk::Fill() {
  constexpr size_t kMost = 65536;
  buffer_.erase(0, used_);
  used_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kMost);
  const ssize_t taken = recv(descriptor_, buffer_.data() + before, kMost, 0);
  if (taken <= 0) throw std::runtime_error("beanstalkd went away");
  buffer_.resize(before + static_cast<size_t>(taken));
}

std::string_view Beanstalk::ReadLine() {
  for (;;) {
    const size_t end = buffer_.find("\r\n", used_);
    if (end != std::string::npos) {
      const std::string_view line(buffer_.data() + used_, end - used_);
      used_ = end + 2;
      return line;
    }
    Fill();
  }
}

void Beanstalk::SendPuts(std::string_view body, int count) {
  requests_.clear();
  for (int i = 0; i < count; ++i) {
    requests_.append("put 0 0 60 ").append(std::to_string(body.size())).append("\r\n");
    requests_.append(body).append("\r\n");
  }
  Send(requests_);
}

void Beanstalk::ReceivePuts(int count) {
  for (int i = 0; i < count; ++i) {
    if (ReadLine().substr(0, 9) != "INSERTED ")
      throw std::runtime_error("beanstalkd refuses a put");
  }
}

void Beanstalk::SendReserves(int count) {
  requests_.clear();
  for (int i = 0; i < count; ++i) requests_.append("reserve\r\n");
  Send(requests_);
}

bool Beanstalk::ReceiveReserves(int count, size_t body_bytes) {
  bool good = true;
  ids_.clear();
  for (int i = 0; i < count; ++i) {
    const std::string line(ReadLine());  // RESERVED id bytes
    const size_t id = line.find(' ') + 1;
    const size_t end = line.find(' ', id);
    if (line.substr(0, 9) != "RESERVED " || end == std::string::npos) {
      throw std::runtime_error("beanstalkd refuses a reserve: " + line);
    }
    ids_.push_back(line.substr(id, end - id));
    good = ReadLine().size() == body_bytes && good;
  }
  return good;
}

void Beanstalk::SendDeletes() {
  requests_.clear();
  for (const std::string& id : ids_) requests_.append("delete ").append(id).append("\r\n");
  Send(requests_);
}

void Beanstalk::ReceiveDeletes() {
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (ReadLine() != "DELETED") throw std::runtime_error("beanstalkd refuses a delete");
  }
}

}  // namespace bench
