#include "report.h"

#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace judge {
namespace {

constexpr std::string_view kFailed = "failed";

void WriteLine(int descriptor, std::string line) {
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void SendReport(int descriptor, std::string_view kind, std::initializer_list<Figure> figures) {
  std::string line(kind);
  for (const auto& [name, value] : figures) {
    line += ' ';
    line += name;
    line += '=' + std::to_string(value);
  }
  WriteLine(descriptor, std::move(line));
}

void SendFailure(int descriptor, std::string_view text) {
  WriteLine(descriptor, std::string(kFailed) + ' ' + std::string(text));
}

Report ParseReport(std::string_view line) {
  Report report;
  report.kind = line.substr(0, line.find(' '));
  if (line.size() <= report.kind.size()) return report;
  const std::string rest(line.substr(report.kind.size() + 1));
  if (report.kind == kFailed) {
    report.text = rest;
    return report;
  }
  std::istringstream words(rest);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) continue;
    report.figures[word.substr(0, equals)] = std::stoll(word.substr(equals + 1));
  }
  return report;
}

}  // namespace judge
