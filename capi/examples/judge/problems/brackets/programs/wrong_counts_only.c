#include <stdio.h>
#include <string.h>

int main(void) {
  long depth = 0; /* "(]" is balanced for somebody who only counts */
  for (int c = getchar(); c != EOF && c != '\n'; c = getchar()) {
    if (c != 0 && strchr("([{", c) != NULL) depth++;
    if (c != 0 && strchr(")]}", c) != NULL) depth--;
  }
  puts(depth == 0 ? "yes" : "no");
  return 0;
}
