#include <kontor/kontor.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  const char* version = kontor_version_string();
  if (argc != 2 || version == NULL || strcmp(version, argv[1]) != 0) {
    fprintf(stderr, "kontor_version_string() is %s\n", version ? version : "NULL");
    return 1;
  }
  printf("kontor %s\n", version);
  return 0;
}
