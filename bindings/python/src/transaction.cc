#include "transaction.h"

#include <pybind11/stl.h>

#include "error.h"
#include "reply.h"

namespace kontor::python {

std::unique_ptr<Transaction> Transaction::Make(const Database& db) {
  kontor_txn* handle = nullptr;
  CallReleased([&](kontor_error* error) { return kontor_txn_new(db.handle(), &handle, error); });
  return std::make_unique<Transaction>(handle, db.codec());
}

template <typename Step>
void Transaction::Add(Step step) {
  CallReleased([&](kontor_error* error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return step(error);
  });
}

void Transaction::Set(py::handle key, py::handle value, int64_t ttl_ms) {
  const Argument name(key, *codec_);
  const Argument bytes(value, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_set(handle_, name.data(), name.size(), bytes.data(), bytes.size(), ttl_ms,
                          error);
  });
}

void Transaction::Delete(py::handle key) {
  const Argument name(key, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_delete(handle_, name.data(), name.size(), error);
  });
}

void Transaction::Increment(py::handle key, int64_t delta) {
  const Argument name(key, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_increment(handle_, name.data(), name.size(), delta, error);
  });
}

void Transaction::HashSet(py::handle key, py::handle field, py::handle value) {
  const Argument name(key, *codec_);
  const Argument member(field, *codec_);
  const Argument bytes(value, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_hash_set(handle_, name.data(), name.size(), member.data(), member.size(),
                               bytes.data(), bytes.size(), error);
  });
}

void Transaction::HashIncrement(py::handle key, py::handle field, int64_t delta) {
  const Argument name(key, *codec_);
  const Argument member(field, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_hash_increment(handle_, name.data(), name.size(), member.data(),
                                     member.size(), delta, error);
  });
}

void Transaction::ListPush(py::handle key, uint32_t side, py::handle value) {
  const Argument name(key, *codec_);
  const Argument bytes(value, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_list_push(handle_, name.data(), name.size(), side, bytes.data(), bytes.size(),
                                error);
  });
}

void Transaction::Execute(const py::args& values) {
  const Arguments arguments(values, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_exec(handle_, arguments.size(), arguments.pointers(), arguments.lengths(),
                           error);
  });
}

void Transaction::Enqueue(const Queue& queue, py::handle body, const EnqueueArguments& arguments) {
  const Argument bytes(body, *codec_);
  const OwnedEnqueueOptions options = MakeEnqueueOptions(*codec_, arguments);
  Add([&](kontor_error* error) {
    return kontor_txn_enqueue_with(handle_, queue.handle(), bytes.data(), bytes.size(),
                                   options.get(), error);
  });
}

void Transaction::Acknowledge(const Queue& queue, uint64_t receipt, py::handle result) {
  if (result.is_none()) {
    return Add([&](kontor_error* error) {
      return kontor_txn_acknowledge(handle_, queue.handle(), receipt, error);
    });
  }
  const Argument bytes(result, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_complete(handle_, queue.handle(), receipt, bytes.data(), bytes.size(), error);
  });
}

void Transaction::Publish(py::handle channel, py::handle body) {
  const Argument name(channel, *codec_);
  const Argument bytes(body, *codec_);
  Add([&](kontor_error* error) {
    return kontor_txn_publish(handle_, name.data(), name.size(), bytes.data(), bytes.size(), error);
  });
}

void Transaction::SetDurability(uint32_t durability) {
  Add([&](kontor_error* error) { return kontor_txn_set_durability(handle_, durability, error); });
}

py::object Transaction::Commit() {
  kontor_reply* made = nullptr;
  Add([&](kontor_error* error) { return kontor_txn_commit(handle_, &made, error); });
  const OwnedReply replies(made);
  return ToPython(replies.get(), *codec_);
}

void DefineTransaction(py::module_& module) {
  py::class_<Transaction>(module, "Transaction")
      .def("set", &Transaction::Set, py::arg("key"), py::arg("value"), py::arg("ttl_ms"))
      .def("delete", &Transaction::Delete, py::arg("key"))
      .def("increment", &Transaction::Increment, py::arg("key"), py::arg("delta"))
      .def("hash_set", &Transaction::HashSet, py::arg("key"), py::arg("field"), py::arg("value"))
      .def("hash_increment", &Transaction::HashIncrement, py::arg("key"), py::arg("field"),
           py::arg("delta"))
      .def("list_push", &Transaction::ListPush, py::arg("key"), py::arg("side"), py::arg("value"))
      .def("execute", &Transaction::Execute)
      .def(
          "enqueue",
          [](Transaction& txn, const Queue& queue, py::handle body, uint32_t priority,
             int64_t delay_ms, py::handle group, py::handle deduplication_id, uint32_t children,
             const Queue* parent_queue, uint64_t parent_id, std::optional<int64_t> parent_step) {
            txn.Enqueue(queue, body,
                        {priority, delay_ms, group, deduplication_id, children, parent_queue,
                         parent_id, parent_step});
          },
          py::arg("queue"), py::arg("body"), py::arg("priority"), py::arg("delay_ms"),
          py::arg("group"), py::arg("deduplication_id"), py::arg("children"),
          py::arg("parent_queue"), py::arg("parent_id"), py::arg("parent_step"))
      .def("acknowledge", &Transaction::Acknowledge, py::arg("queue"), py::arg("receipt"),
           py::arg("result"))
      .def("publish", &Transaction::Publish, py::arg("channel"), py::arg("body"))
      .def("set_durability", &Transaction::SetDurability, py::arg("durability"))
      .def("commit", &Transaction::Commit);
}

}  // namespace kontor::python
