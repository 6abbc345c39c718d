#include <stdio.h>
#include <string.h>

static int next;

/* Reads up to the bracket that closes this level and returns it; 0 at the end of the line, -1 where it is unbalanced. */
static int level(void) {
  static const char opening[] = "([{";
  static const char closing[] = ")]}";
  for (;;) {
    next = getchar();
    if (next == EOF || next == '\n' || next == 0) return 0;
    const char *open = strchr(opening, next);
    if (open != NULL && level() != closing[open - opening]) return -1;
    if (open == NULL && strchr(closing, next) != NULL) return next;
  }
}

int main(void) {
  puts(level() == 0 ? "yes" : "no");
  return 0;
}
