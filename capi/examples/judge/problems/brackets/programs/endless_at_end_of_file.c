#include <stdio.h>

int main(void) {
  long depth = 0;
  for (;;) {
    int c = getchar(); /* EOF is not looked for */
    if (c == '(' || c == '[' || c == '{') depth++;
    if (c == ')' || c == ']' || c == '}') depth--;
    if (c == '#') break;
  }
  puts(depth == 0 ? "yes" : "no");
  return 0;
}
