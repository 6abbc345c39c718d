#include <stdio.h>
#include <string.h>

static char now[202][203];
static char after[202][203];

int main(void) {
  int height = 0;
  int width = 0;
  memset(now, '#', sizeof now); /* rock all around */
  if (scanf("%d %d", &height, &width) != 2) return 1;
  for (int y = 1; y <= height; y++) {
    if (scanf("%200s", now[y] + 1) != 1) return 1;
    now[y][width + 1] = '#';
  }
  int round = 0;
  int changed = 1;
  now[1][1] = '@';
  while (changed && now[height][width] != '@') {
    changed = 0;
    memcpy(after, now, sizeof now);
    for (int y = 1; y <= height; y++) {
      for (int x = 1; x <= width; x++) {
        if (now[y][x] != '.') continue;
        if (now[y - 1][x] == '@' || now[y + 1][x] == '@' || now[y][x - 1] == '@' || now[y][x + 1] == '@') {
          after[y][x] = '@';
          changed = 1;
        }
      }
    }
    memcpy(now, after, sizeof now);
    round++;
  }
  printf("%d\n", now[height][width] == '@' ? round : -1);
  return 0;
}
