#include <stdio.h>

static char *volatile top; /* starts at the null pointer, not at a stack */

int main(void) {
  for (int c = getchar(); c != EOF && c != '\n'; c = getchar()) *top++ = (char)c;
  puts("yes");
  return 0;
}
