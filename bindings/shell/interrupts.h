// Ctrl-C and polite requests to end, made visible to every place where the shell waits.
#ifndef KONTOR_SHELL_INTERRUPTS_H_
#define KONTOR_SHELL_INTERRUPTS_H_

namespace kontor::shell {

enum class Ready { kSignal, kFirst, kSecond };

// One per process. SIGINT, SIGTERM and SIGHUP end every wait through a descriptor; nothing else
// happens in the handler. SIGPIPE is ignored, so that a closed pipe is an error of writing and the
// engine still closes in order. Belongs to the main thread.
class Interrupts {
 public:
  // Installs the handlers. False when the system gives no descriptor.
  bool Install();

  // The last signal since Reset; 0 if there was none.
  int pending() const;
  // Whether the process was asked to end: SIGTERM or SIGHUP at any time.
  bool asked_to_end() const;
  // Forgets a Ctrl-C: before each command of an interactive shell. A request to end is never
  // forgotten.
  void Reset();
  // Waits until one of the descriptors can be read or has ended (-1: not waited for). A signal goes
  // before the first, and the first before the second.
  Ready WaitReadable(int first, int second) const;
  // Waits until the descriptor can be written to. False if a signal came.
  bool WaitWritable(int descriptor) const;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_INTERRUPTS_H_
