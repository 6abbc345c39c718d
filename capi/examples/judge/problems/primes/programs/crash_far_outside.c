#include <stdio.h>

static volatile char composite[100];

int main(void) {
  int n = 0;
  int count = 0;
  if (scanf("%d", &n) != 1) return 1;
  for (long i = 2; i <= n; i++) {
    count += !composite[i];
    for (long j = i * i * 100000; j <= 4000000000; j += i * 100000) composite[j] = 1;
  }
  printf("%d\n", count);
  return 0;
}
