#include <stdio.h>

static char map[200][201];
static int height;
static int width;
static volatile int visits;

/* Sails back and forth until the stack is full. */
static int sail(int y, int x) {
  volatile char log[1024];
  if (y < 0 || x < 0 || y >= height || x >= width || map[y][x] == '#') return 1000000;
  log[visits++ % 1024] = 1;
  int best = sail(y, x == 0 ? 1 : 0);
  int down = sail(y == 0 ? 1 : 0, x);
  return (best < down ? best : down) + log[0];
}

int main(void) {
  if (scanf("%d %d", &height, &width) != 2) return 1;
  for (int y = 0; y < height; y++) {
    if (scanf("%200s", map[y]) != 1) return 1;
  }
  printf("%d\n", sail(0, 0));
  return 0;
}
