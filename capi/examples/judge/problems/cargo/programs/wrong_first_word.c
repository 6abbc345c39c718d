#include <stdio.h>
#include <string.h>

int main(void) {
  char first[31];
  char word[31];
  int count = 1;
  if (scanf("%30s", first) != 1) return 1;
  while (scanf("%30s", word) == 1) count += strcmp(first, word) == 0;
  printf("%s %d\n", first, count);
  return 0;
}
