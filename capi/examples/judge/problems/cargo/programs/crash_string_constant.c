#include <stdio.h>

static char *volatile best = "salt"; /* lives where nobody may write */

int main(void) {
  char word[31];
  while (scanf("%30s", word) == 1) {
    for (int i = 0; word[i] != 0 && i < 4; i++) best[i] = word[i];
  }
  printf("%s 1\n", best);
  return 0;
}
