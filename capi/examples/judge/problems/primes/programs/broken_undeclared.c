#include <stdio.h>

int main(void) {
  int n = 0;
  if (scanf("%d", &n) != 1) return 1;
  for (int i = 2; i <= n; i++) count++;
  printf("%d\n", count);
  return 0;
}
