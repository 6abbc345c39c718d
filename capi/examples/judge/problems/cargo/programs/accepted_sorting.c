#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char words[5000][31];

static int compare(const void *a, const void *b) {
  return strcmp(a, b);
}

int main(void) {
  size_t n = 0;
  while (n < 5000 && scanf("%30s", words[n]) == 1) n++;
  qsort(words, n, sizeof words[0], compare);
  size_t best = 0;
  int most = 0;
  for (size_t i = 0; i < n;) {
    size_t j = i;
    while (j < n && strcmp(words[i], words[j]) == 0) j++;
    if ((int)(j - i) > most) {
      most = (int)(j - i);
      best = i;
    }
    i = j;
  }
  printf("%s %d\n", words[best], most);
  return 0;
}
