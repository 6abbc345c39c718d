#include <stdio.h>

int main(void) {
  int height = 0;
  int width = 0;
  if (scanf("%d %d", &height, &width) != 2) return 1;
  printf("%d\n", height + width - 2); /* ships cannot fly */
  return 0;
}
