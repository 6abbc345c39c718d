#include "line_editor.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <vector>

#include "completion.h"

namespace kontor::shell {
namespace {

constexpr int kHistoryLines = 1000;

// libedit keeps characters, not bytes: without a UTF-8 locale it could not take what a terminal
// sends.
void ChooseLocale() {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
}

size_t TerminalColumns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

LineEditor::LineEditor(const CommandTable* table, const Interrupts* interrupts)
    : table_(table), interrupts_(interrupts) {
  ChooseLocale();
  history_.reset(history_init());
  HistEvent event;
  history(history_.get(), &event, H_SETSIZE, kHistoryLines);
  history(history_.get(), &event, H_SETUNIQUE, 1);
  editor_.reset(el_init("kontor", stdin, stdout, stderr));
  EditLine* editor = editor_.get();
  el_set(editor, EL_CLIENTDATA, this);
  el_set(editor, EL_PROMPT, &LineEditor::PromptOf);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, history, history_.get());
  el_set(editor, EL_GETCFN, &LineEditor::ReadCharacter);
  el_set(editor, EL_ADDFN, "kontor-complete", "Complete commands and options", &LineEditor::OnTab);
  el_set(editor, EL_BIND, "\t", "kontor-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(editor, nullptr);  // the user's own ~/.editrc, if there is one
}

LineEditor* LineEditor::Of(EditLine* editor) {
  void* client_data = nullptr;
  el_get(editor, EL_CLIENTDATA, &client_data);
  return static_cast<LineEditor*>(client_data);
}

char* LineEditor::PromptOf(EditLine* editor) { return Of(editor)->prompt_.data(); }

// One character, or an end as soon as a signal comes: libedit itself would go on reading.
int LineEditor::ReadCharacter(EditLine* editor, wchar_t* character) {
  std::mbstate_t state = {};
  for (;;) {
    if (Of(editor)->interrupts_->WaitReadable(STDIN_FILENO, -1) == Ready::kSignal) return -1;
    char byte = 0;
    const ssize_t taken = read(STDIN_FILENO, &byte, 1);
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return static_cast<int>(taken);
    const size_t length = std::mbrtowc(character, &byte, 1, &state);
    if (length == static_cast<size_t>(-1)) {
      state = {};  // not a character of this locale: it is skipped
    } else if (length != static_cast<size_t>(-2)) {
      return 1;
    }
  }
}

unsigned char LineEditor::OnTab(EditLine* editor, int) {
  const LineEditor* self = Of(editor);
  const LineInfo* info = el_line(editor);
  const std::string_view before(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
  const Completion completion = Complete(before, *self->table_);
  if (completion.choices.empty()) return CC_REFRESH_BEEP;
  const bool grows = completion.common.size() > completion.word_length;
  const bool single = completion.choices.size() == 1;
  if (!grows && !single) {
    self->ShowChoices(completion.choices);
    return CC_REDISPLAY;
  }
  const std::string inserted = completion.common + (single ? " " : "");
  el_deletestr(editor, static_cast<int>(completion.word_length));
  return el_insertstr(editor, inserted.c_str()) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
}

void LineEditor::ShowChoices(const std::vector<std::string>& choices) const {
  size_t width = 2;
  for (const std::string& choice : choices) width = std::max(width, choice.size() + 2);
  const size_t per_line = std::max<size_t>(1, TerminalColumns() / width);
  std::string out = "\n";
  for (size_t i = 0; i < choices.size(); ++i) {
    out += choices[i];
    const bool last = i + 1 == choices.size() || (i + 1) % per_line == 0;
    out += last ? "\n" : std::string(width - choices[i].size(), ' ');
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
}

void LineEditor::LoadHistory(const std::string& path) {
  history_path_ = path;
  if (path.empty()) return;
  HistEvent event;
  history(history_.get(), &event, H_LOAD, path.c_str());
}

bool LineEditor::SaveHistory(std::string* message) {
  if (history_path_.empty()) return true;
  HistEvent event;
  if (history(history_.get(), &event, H_GETSIZE) == 0 && event.num == 0) return true;
  const mode_t previous_mask = umask(077);
  const bool saved = history(history_.get(), &event, H_SAVE, history_path_.c_str()) >= 0;
  const int reason = errno;
  umask(previous_mask);
  if (saved) return true;
  *message = "The history could not be written to " + history_path_ + ": " + std::strerror(reason) +
             ". KONTOR_HISTORY names another file.";
  return false;
}

void LineEditor::Remember(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  HistEvent event;
  history(history_.get(), &event, H_ENTER, line.c_str());
}

LineRead LineEditor::Next(const std::string& prompt, std::string* line) {
  prompt_ = prompt;
  el_resize(editor_.get());
  // Before the prompt shows, so that nothing typed at it is still taken by the terminal's own
  // editing.
  el_set(editor_.get(), EL_PREP_TERM, 1);
  int count = 0;
  const char* text = el_gets(editor_.get(), &count);
  if (interrupts_->pending() != 0) {
    std::fputc('\n', stdout);
    return interrupts_->asked_to_end() ? LineRead::kEnd : LineRead::kCancelled;
  }
  if (text == nullptr || count <= 0) {
    std::fputc('\n', stdout);
    return LineRead::kEnd;
  }
  line->assign(text, static_cast<size_t>(count));
  while (!line->empty() && line->back() == '\n') line->pop_back();
  Remember(*line);
  return LineRead::kLine;
}

std::string HistoryPath() {
  if (const char* path = std::getenv("KONTOR_HISTORY")) return path;
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? std::string() : std::string(home) + "/.kontor_history";
}

}  // namespace kontor::shell
