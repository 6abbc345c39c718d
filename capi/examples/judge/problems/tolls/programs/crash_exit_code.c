#include <stdio.h>

int main(void) {
  int n = 0;
  long long sum = 0;
  if (scanf("%d", &n) != 1) return 1;
  for (int i = 0; i < n; i++) {
    long long toll = 0;
    if (scanf("%lld", &toll) != 1) return 1;
    sum += toll;
  }
  printf("%lld\n", sum);
  return 3; /* the answer is right, the program says it failed */
}
