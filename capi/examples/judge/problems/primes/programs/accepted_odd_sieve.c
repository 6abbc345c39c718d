#include <stdio.h>

static unsigned char odd[1000001];

int main(void) {
  long n = 0;
  if (scanf("%ld", &n) != 1) return 1;
  long count = n >= 2;
  for (long i = 3; i <= n; i += 2) {
    if (odd[i / 2]) continue;
    count++;
    for (long j = i * i; j <= n; j += 2 * i) odd[j / 2] = 1;
  }
  printf("%ld\n", count);
  return 0;
}
