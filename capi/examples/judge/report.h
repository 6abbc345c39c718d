// What the engine's process tells its supervisor: lines of "<kind> <name>=<number>..." in a pipe.
#ifndef JUDGE_REPORT_H_
#define JUDGE_REPORT_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace judge {

struct Report {
  std::string kind;  // recovered, progress, done, failed
  std::map<std::string, int64_t, std::less<>> figures;
  std::string text;  // of "failed"

  // 0 if the report does not have it.
  int64_t operator[](std::string_view name) const {
    const auto found = figures.find(name);
    return found == figures.end() ? 0 : found->second;
  }
};

using Figure = std::pair<std::string_view, int64_t>;
// Both write one line; a supervisor that is gone is no error, its engine ends with it.
void SendReport(int descriptor, std::string_view kind, std::initializer_list<Figure> figures);
void SendFailure(int descriptor, std::string_view text);

// `line` without its newline.
Report ParseReport(std::string_view line);

}  // namespace judge

#endif  // JUDGE_REPORT_H_
