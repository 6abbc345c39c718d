#include <stdio.h>

int main(void) {
  char word[31];
  volatile long words = 0;
  while (scanf("%30s", word) != 0) words++; /* at the end scanf answers -1 for ever */
  printf("%ld\n", words);
  return 0;
}
