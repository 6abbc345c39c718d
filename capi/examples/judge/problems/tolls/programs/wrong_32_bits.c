#include <stdio.h>

int main(void) {
  int n = 0;
  unsigned sum = 0; /* too narrow for the larger harbours */
  if (scanf("%d", &n) != 1) return 1;
  for (int i = 0; i < n; i++) {
    int toll = 0;
    if (scanf("%d", &toll) != 1) return 1;
    sum += (unsigned)toll;
  }
  printf("%d\n", (int)sum);
  return 0;
}
