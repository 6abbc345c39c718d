#include <stdio.h>

static long long *volatile tolls; /* never given any memory */

int main(void) {
  int n = 0;
  long long sum = 0;
  if (scanf("%d", &n) != 1) return 1;
  for (int i = 0; i < n; i++) {
    tolls[i] = i;
    sum += tolls[i];
  }
  printf("%lld\n", sum);
  return 0;
}
