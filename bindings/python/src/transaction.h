#ifndef KONTOR_BINDINGS_PYTHON_SRC_TRANSACTION_H_
#define KONTOR_BINDINGS_PYTHON_SRC_TRANSACTION_H_

#include <kontor/kontor.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "codec.h"
#include "database.h"
#include "queue.h"

namespace kontor::python {

// A kontor_txn. The library wants one thread at a time; the mutex sees to that, whatever Python's
// threads do.
class Transaction {
 public:
  // Takes the handle over.
  Transaction(kontor_txn* handle, SharedCodec codec) : handle_(handle), codec_(std::move(codec)) {}
  ~Transaction() { kontor_txn_free(handle_); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  static std::unique_ptr<Transaction> Make(const Database& db);

  void Set(py::handle key, py::handle value, int64_t ttl_ms);
  void Delete(py::handle key);
  void Increment(py::handle key, int64_t delta);
  void HashSet(py::handle key, py::handle field, py::handle value);
  void HashIncrement(py::handle key, py::handle field, int64_t delta);
  void ListPush(py::handle key, uint32_t side, py::handle value);
  void Execute(const py::args& arguments);
  void Enqueue(const Queue& queue, py::handle body, const EnqueueArguments& arguments);
  void Acknowledge(const Queue& queue, uint64_t receipt, py::handle result);
  void Publish(py::handle channel, py::handle body);
  void SetDurability(uint32_t durability);
  // One reply per step.
  py::object Commit();

 private:
  template <typename Step>
  void Add(Step step);

  std::mutex mutex_;  // taken without the GIL
  kontor_txn* const handle_;
  const SharedCodec codec_;
};

void DefineTransaction(py::module_& module);

}  // namespace kontor::python

#endif  // KONTOR_BINDINGS_PYTHON_SRC_TRANSACTION_H_
