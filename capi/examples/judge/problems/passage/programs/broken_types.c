#include <stdio.h>

struct field {
  int y;
  int x;
};

int main(void) {
  struct field start = 0;
  struct field goal = start + 1;
  printf("%d\n", goal.x);
  return 0;
}
