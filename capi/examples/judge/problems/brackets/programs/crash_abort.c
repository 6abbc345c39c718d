#include <stdio.h>
#include <stdlib.h>

int main(void) {
  long depth = 0;
  for (int c = getchar(); c != EOF && c != '\n'; c = getchar()) {
    if (c == '(' || c == '[' || c == '{') depth++;
    if (c == ')' || c == ']' || c == '}') depth--;
    if (depth > 1) abort(); /* "that cannot happen" */
  }
  puts(depth == 0 ? "yes" : "no");
  return 0;
}
