#include <stdio.h>

int main(void) {
  int n = 0;
  volatile int paid = 0;
  long long sum = 0;
  if (scanf("%d", &n) != 1) return 1;
  while (paid < n) sum += paid; /* nobody pays */
  printf("%lld\n", sum);
  return 0;
}
