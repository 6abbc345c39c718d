#include <stdio.h>

static char map[200][201];

int main(void) {
  static const int step[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
  int height = 0;
  int width = 0;
  volatile int y = 0;
  volatile int x = 0;
  long moves = 0;
  if (scanf("%d %d", &height, &width) != 2) return 1;
  for (int row = 0; row < height; row++) {
    if (scanf("%200s", map[row]) != 1) return 1;
  }
  for (int i = 0; y != height || x != width; i = (i + 1) % 4) { /* a corner that does not exist */
    int v = y + step[i][0];
    int u = x + step[i][1];
    moves++;
    if (v < 0 || u < 0 || v >= height || u >= width || map[v][u] == '#') continue;
    y = v;
    x = u;
  }
  printf("%ld\n", moves);
  return 0;
}
