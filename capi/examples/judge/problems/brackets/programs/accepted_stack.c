#include <stdio.h>

static char stack[100001];

int main(void) {
  int depth = 0;
  int balanced = 1;
  for (int c = getchar(); c != EOF && c != '\n' && balanced; c = getchar()) {
    if (c == '(') stack[depth++] = ')';
    if (c == '[') stack[depth++] = ']';
    if (c == '{') stack[depth++] = '}';
    if (c == ')' || c == ']' || c == '}') balanced = depth > 0 && stack[--depth] == c;
  }
  puts(balanced && depth == 0 ? "yes" : "no");
  return 0;
}
