#include <stdio.h>

static volatile char composite[2000001];

int main(void) {
  int n = 0;
  int count = 0;
  if (scanf("%d", &n) != 1) return 1;
  for (long i = 0; i <= n; i++) {
    if (composite[i]) continue;
    count++;
    for (long j = i * i; j <= n; j += i) composite[j] = 1; /* the step from 0 is 0 */
  }
  printf("%d\n", count);
  return 0;
}
