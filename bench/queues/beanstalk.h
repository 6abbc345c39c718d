#ifndef KONTOR_BENCH_QUEUES_BEANSTALK_H_
#define KONTOR_BENCH_QUEUES_BEANSTALK_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// A connection to a beanstalkd at a Unix socket. Requests are sent without waiting for the reply to
// the one before, so that the server is never idle for want of one. (Its protocol: doc/protocol.txt
// of beanstalkd.) Throws std::runtime_error at a reply that was not expected.
class Beanstalk {
 public:
  explicit Beanstalk(const std::string& socket);
  ~Beanstalk();
  Beanstalk(const Beanstalk&) = delete;
  Beanstalk& operator=(const Beanstalk&) = delete;

  void SendPuts(std::string_view body, int count);
  void ReceivePuts(int count);
  void SendReserves(int count);
  // Keeps the ids for SendDeletes. False if a body is not of this size.
  bool ReceiveReserves(int count, size_t body_bytes);
  void SendDeletes();
  void ReceiveDeletes();

 private:
  void Send(std::string_view bytes);
  // Up to the end of the line, without it. Valid until the next call.
  std::string_view ReadLine();
  void Fill();

  int descriptor_ = -1;
  std::string buffer_;
  size_t used_ = 0;  // of buffer_
  std::string requests_;
  std::vector<std::string> ids_;
};

}  // namespace bench

#endif  // KONTOR_BENCH_QUEUES_BEANSTALK_H_
