#include <stdio.h>

int main(void) {
  int depth = 0;
  for (int c = getchar(); c != EOF; c = getchar()) {
    if (c == '(') depth++;
    if (c == ')') depth--;
  puts(depth == 0 ? "yes" : "no");
  return 0;
}
