// A line typed at a terminal: editing, history and completion, by libedit.
#ifndef KONTOR_SHELL_LINE_EDITOR_H_
#define KONTOR_SHELL_LINE_EDITOR_H_

#include <histedit.h>

#include <memory>
#include <string>

#include "command_table.h"
#include "interrupts.h"

namespace kontor::shell {

enum class LineRead { kLine, kCancelled, kEnd };

// At most one at a time, on the main thread. The table and the interrupts must outlive it.
class LineEditor {
 public:
  LineEditor(const CommandTable* table, const Interrupts* interrupts);

  // Reads the history; a file that is missing is an empty history. An empty path keeps none.
  void LoadHistory(const std::string& path);
  // Writes it back, for its owner only. False with a message when that is not possible.
  bool SaveHistory(std::string* message);

  // kCancelled after Ctrl-C, kEnd at the end of the input or when the process was asked to end.
  LineRead Next(const std::string& prompt, std::string* line);

 private:
  struct EndEditLine {
    void operator()(EditLine* editor) const { el_end(editor); }
  };
  struct EndHistory {
    void operator()(History* history) const { history_end(history); }
  };

  static LineEditor* Of(EditLine* editor);
  static char* PromptOf(EditLine* editor);
  static int ReadCharacter(EditLine* editor, wchar_t* character);
  static unsigned char OnTab(EditLine* editor, int key);
  void ShowChoices(const std::vector<std::string>& choices) const;
  void Remember(const std::string& line);

  const CommandTable* table_;
  const Interrupts* interrupts_;
  std::string prompt_;
  std::string history_path_;
  std::unique_ptr<History, EndHistory> history_;
  std::unique_ptr<EditLine, EndEditLine> editor_;
};

// $KONTOR_HISTORY, else ~/.kontor_history; empty (no history is kept) where that variable is empty
// or there is no home.
std::string HistoryPath();

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_LINE_EDITOR_H_
