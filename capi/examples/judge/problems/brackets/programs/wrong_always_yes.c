#include <stdio.h>

int main(void) {
  puts("yes");
  return 0;
}
