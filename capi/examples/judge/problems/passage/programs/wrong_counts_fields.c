#include <stdio.h>

static char map[200][201];
static int fields[200][200];
static int queue[200 * 200];

int main(void) {
  static const int step[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
  int height = 0;
  int width = 0;
  if (scanf("%d %d", &height, &width) != 2) return 1;
  for (int y = 0; y < height; y++) {
    if (scanf("%200s", map[y]) != 1) return 1;
  }
  int head = 0;
  int tail = 0;
  queue[tail++] = 0;
  fields[0][0] = 1;
  while (head < tail) {
    int y = queue[head] / width;
    int x = queue[head++] % width;
    for (int i = 0; i < 4; i++) {
      int v = y + step[i][0];
      int u = x + step[i][1];
      if (v < 0 || u < 0 || v >= height || u >= width) continue;
      if (map[v][u] == '#' || fields[v][u] != 0) continue;
      fields[v][u] = fields[y][x] + 1;
      queue[tail++] = v * width + u;
    }
  }
  printf("%d\n", fields[height - 1][width - 1]); /* one more than the moves */
  return 0;
}
