#include <assert.h>
#include <stdio.h>

int main(void) {
  int height = 0;
  int width = 0;
  if (scanf("%d %d", &height, &width) != 2) return 1;
  assert(height == width); /* "maps are square" */
  printf("%d\n", height + width - 2);
  return 0;
}
