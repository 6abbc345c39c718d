#include <stdio.h>
#include <cargo/manifest.h>

int main(void) {
  manifest_print(stdin);
  return 0;
}
