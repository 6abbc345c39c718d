#include <stdio.h>
#include <stdlib.h>

int main(void) {
  int n = 0;
  if (scanf("%d", &n) != 1) return 1;
  long long *tolls = malloc(sizeof *tolls * (size_t)n);
  if (tolls == NULL) return 1;
  for (int i = 0; i < n; i++) {
    if (scanf("%lld", &tolls[i]) != 1) return 1;
  }
  long long sum = 0;
  while (n > 0) sum += tolls[--n];
  free(tolls);
  printf("%lld\n", sum);
  return 0;
}
