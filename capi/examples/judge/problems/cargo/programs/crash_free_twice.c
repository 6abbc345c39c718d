#include <stdio.h>
#include <stdlib.h>

static char *volatile word;

int main(void) {
  word = malloc(64);
  if (word == NULL || scanf("%30s", word) != 1) return 1;
  printf("%s 1\n", word);
  free(word);
  free(word);
  return 0;
}
